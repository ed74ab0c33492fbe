package explain

// corpus is messages of our own, in the formats of PyTorch 1.13 and newer and of
// others, each with the figures and the verdict that it must give.
var corpus = []sample{
	{
		name: "2.6, holes",
		text: "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.25 GiB. GPU 0 has a total capacity of 23.50 GiB of which 412.50 MiB is free. Including non-PyTorch memory, this process has 23.00 GiB memory in use. " +
			"Of the allocated memory 17.75 GiB is allocated by PyTorch, and 4.50 GiB is reserved by PyTorch but unallocated." + advice,
		verdict: Stranded, source: "PyTorch (CUDA)",
		figures: Figures{
			Request: hundredths(125, gib), Capacity: hundredths(2350, gib), Free: hundredths(41250, mib), Process: exactly(23 * gib),
			Used: hundredths(1775, gib), Unallocated: hundredths(450, gib), Reserved: hundredths(2225, gib),
		},
		says:  []string{"fragmentation is the likely cause", "expandable_segments:True plausibly helps", "4.50 GiB", "could not have helped", "gpufragtop whatif PID --set expandable_segments:True", "private pools"},
		never: []string{"Too big"},
	},
	{
		name: "2.1 and its capacty, holes, capture by log",
		text: "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 3 has a total capacty of 79.25 GiB of which 1.50 GiB is free. Process 3311 has 77.75 GiB memory in use. " +
			"Of the allocated memory 60.00 GiB is allocated by PyTorch, and 16.50 GiB is reserved by PyTorch but unallocated." + adviceOf21,
		verdict: Stranded, source: "PyTorch (CUDA)", device: 3, self: 3311,
		figures: Figures{
			Request: exactly(2 * gib), Capacity: hundredths(7925, gib), Free: hundredths(150, gib), Process: hundredths(7775, gib),
			Used: exactly(60 * gib), Unallocated: hundredths(1650, gib), Reserved: hundredths(7650, gib),
		},
		says: []string{"Process 3311 in the list is this program itself", "16.5 GiB"}, never: []string{"Other processes held", "--pid"},
	},
	{
		name: "2.2, the GPU's number is a raw byte",
		text: "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 64.00 MiB. GPU \x01 has a total capacity of 11.00 GiB of which 12.25 MiB is free. Including non-PyTorch memory, this process has 10.98 GiB memory in use. " +
			"Of the allocated memory 10.50 GiB is allocated by PyTorch, and 90.25 MiB is reserved by PyTorch but unallocated." + advice,
		verdict: TooBig, source: "PyTorch (CUDA)", device: -1,
		figures: Figures{
			Request: exactly(64 * mib), Capacity: exactly(11 * gib), Free: hundredths(1225, mib), Process: hundredths(1098, gib),
			Used: hundredths(1050, gib), Unallocated: hundredths(9025, mib), Reserved: exactly(10752*mib + 90*mib + mib/4),
		},
		says: []string{"live memory fills the GPU", "hardly have helped"}, never: []string{"plausibly"},
	},
	{
		name: "2.4 and newer, pools of CUDA graphs",
		text: "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 3.00 GiB. GPU 0 has a total capacity of 80.00 GiB of which 1.00 GiB is free. Including non-PyTorch memory, this process has 79.00 GiB memory in use. " +
			"Of the allocated memory 77.00 GiB is allocated by PyTorch, with 12.50 GiB allocated in private pools (e.g., CUDA Graphs), and 768.00 MiB is reserved by PyTorch but unallocated." + advice,
		verdict: PrivatePools, source: "PyTorch (CUDA)",
		figures: Figures{
			Request: exactly(3 * gib), Capacity: exactly(80 * gib), Free: exactly(gib), Process: exactly(79 * gib), Used: hundredths(6450, gib),
			Parked: hundredths(1250, gib), Unallocated: exactly(768 * mib), Reserved: hundredths(7775, gib),
		},
		says: []string{"12.5 GiB is free inside pools", "calls it allocated", "Fewer or smaller graphs"}, never: []string{"does not tell them apart", "plausibly"},
	},
	{
		name: "2.4 and newer, pools and larger holes",
		text: "CUDA out of memory. Tried to allocate 2.50 GiB. GPU 1 has a total capacity of 40.00 GiB of which 1.00 GiB is free. Including non-PyTorch memory, this process has 38.50 GiB memory in use. " +
			"Of the allocated memory 30.00 GiB is allocated by PyTorch, with 1.25 GiB allocated in private pools (e.g., CUDA Graphs), and 6.00 GiB is reserved by PyTorch but unallocated." + advice,
		verdict: Stranded, source: "PyTorch (CUDA)", device: 1,
		figures: Figures{
			Request: hundredths(250, gib), Capacity: exactly(40 * gib), Free: exactly(gib), Process: hundredths(3850, gib), Used: hundredths(2875, gib),
			Parked: hundredths(125, gib), Unallocated: exactly(6 * gib), Reserved: exactly(36 * gib),
		},
		says: []string{"1.25 GiB is free in private pools", "2.50 GiB of this process is not PyTorch's"},
	},
	{
		name: "2.10 and its name of the setting",
		text: "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB. GPU 5 has a total capacity of 140.00 GiB of which 5.50 MiB is free. Including non-PyTorch memory, this process has 139.98 GiB memory in use. " +
			"Of the allocated memory 138.00 GiB is allocated by PyTorch, and 512.00 MiB is reserved by PyTorch but unallocated. If reserved but unallocated memory is large try setting PYTORCH_ALLOC_CONF=expandable_segments:True to avoid fragmentation.",
		verdict: TooBig, source: "PyTorch (CUDA)", device: 5,
		figures: Figures{
			Request: exactly(20 * mib), Capacity: exactly(140 * gib), Free: hundredths(550, mib), Process: hundredths(13998, gib),
			Used: exactly(138 * gib), Unallocated: exactly(512 * mib), Reserved: hundredths(13850, gib),
		},
		says: []string{"a segment for tensors of 1 to 10 MiB", "--total"},
	},
	{
		name:    "new generic wording without a backend",
		text:    "torch.OutOfMemoryError: Out of memory. Tried to allocate 5.00 GiB. GPU 0 has a total capacity of 4.00 GiB of which 3.50 GiB is free. Of the allocated memory 128.00 MiB is allocated by PyTorch, and 0 bytes is reserved by PyTorch but unallocated.",
		verdict: TooBig, source: "PyTorch",
		figures: Figures{
			Request: exactly(5 * gib), Capacity: exactly(4 * gib), Free: hundredths(350, gib), Used: exactly(128 * mib), Unallocated: exactly(0), Reserved: exactly(128 * mib),
		},
		says: []string{"larger than the whole GPU"}, never: []string{"expandable_segments"},
	},
	{
		name: "the request is the nonsense",
		text: "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 130000.00 GiB. GPU 0 has a total capacity of 24.00 GiB of which 16.00 GiB is free. Including non-PyTorch memory, this process has 7.00 GiB memory in use. " +
			"Of the allocated memory 5.00 GiB is allocated by PyTorch, and 1.00 GiB is reserved by PyTorch but unallocated." + advice,
		verdict: TooBig, source: "PyTorch (CUDA)",
		figures: Figures{
			Request: exactly(130000 * gib), Capacity: exactly(24 * gib), Free: exactly(16 * gib), Process: exactly(7 * gib),
			Used: exactly(5 * gib), Unallocated: exactly(gib), Reserved: exactly(6 * gib),
		},
		says: []string{"larger than the whole GPU", "127 TiB"}, never: []string{"plausibly"},
	},
	{
		name:    "more than an exabyte",
		text:    "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate more than 1EB memory.",
		verdict: TooBig, source: "PyTorch (CUDA)", device: -1,
		says: []string{"A size went wrong"},
	},
	{
		name: "large holes, larger request",
		text: "CUDA out of memory. Tried to allocate 22.75 GiB. GPU 0 has a total capacity of 31.50 GiB of which 2.75 GiB is free. Including non-PyTorch memory, this process has 28.75 GiB memory in use. " +
			"Of the allocated memory 19.00 GiB is allocated by PyTorch, and 9.25 GiB is reserved by PyTorch but unallocated." + advice,
		verdict: TooBig, source: "PyTorch (CUDA)",
		figures: Figures{
			Request: hundredths(2275, gib), Capacity: hundredths(3150, gib), Free: hundredths(275, gib), Process: hundredths(2875, gib),
			Used: exactly(19 * gib), Unallocated: hundredths(925, gib), Reserved: hundredths(2825, gib),
		},
		says: []string{"12.0 GiB would have been free", "hardly have helped"}, never: []string{"plausibly"},
	},
	{
		name: "one other process",
		text: "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 18.00 MiB. GPU 0 has a total capacity of 11.75 GiB of which 30.50 MiB is free. Process 11391 has 6.50 GiB memory in use. Including non-PyTorch memory, this process has 5.25 GiB memory in use. " +
			"Of the allocated memory 4.75 GiB is allocated by PyTorch, and 16.25 MiB is reserved by PyTorch but unallocated." + advice,
		verdict: OtherProcesses, source: "PyTorch (CUDA)",
		figures: Figures{
			Request: exactly(18 * mib), Capacity: hundredths(1175, gib), Free: hundredths(3050, mib), Process: hundredths(525, gib),
			Used: hundredths(475, gib), Unallocated: hundredths(1625, mib), Reserved: exactly(4864*mib + 16*mib + mib/4),
		},
		others: []Holder{{PID: 11391, Bytes: hundredths(650, gib)}},
		says:   []string{"the driver keeps"},
	},
	{
		name: "two other processes, listed before this one",
		text: "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 130.00 MiB. GPU 0 has a total capacity of 95.00 GiB of which 59.50 MiB is free. Process 502587 has 1.75 GiB memory in use. Process 745081 has 86.50 GiB memory in use. " +
			"Including non-PyTorch memory, this process has 6.50 GiB memory in use. Of the allocated memory 6.00 GiB is allocated by PyTorch, and 116.25 MiB is reserved by PyTorch but unallocated." + advice,
		verdict: OtherProcesses, source: "PyTorch (CUDA)",
		figures: Figures{
			Request: exactly(130 * mib), Capacity: exactly(95 * gib), Free: hundredths(5950, mib), Process: hundredths(650, gib),
			Used: exactly(6 * gib), Unallocated: hundredths(11625, mib), Reserved: exactly(6*gib + 116*mib + mib/4),
		},
		others: []Holder{{PID: 502587, Bytes: hundredths(175, gib)}, {PID: 745081, Bytes: hundredths(8650, gib)}},
		says:   []string{"88.2 GiB", "745081 (86.5 GiB)", "gpufragtop --pid 502587,745081", "A release in the other processes may have"}, never: []string{"plausibly", "nobody"},
	},
	{
		name: "nobody is named: another container",
		text: "CUDA out of memory. Tried to allocate 256.00 MiB. GPU 0 has a total capacity of 39.50 GiB of which 47.00 MiB is free. Including non-PyTorch memory, this process has 5.00 GiB memory in use. " +
			"Of the allocated memory 4.25 GiB is allocated by PyTorch, and 64.00 MiB is reserved by PyTorch but unallocated." + advice,
		verdict: OtherProcesses, source: "PyTorch (CUDA)",
		figures: Figures{
			Request: exactly(256 * mib), Capacity: hundredths(3950, gib), Free: exactly(47 * mib), Process: exactly(5 * gib),
			Used: hundredths(425, gib), Unallocated: exactly(64 * mib), Reserved: exactly(4352*mib + 64*mib),
		},
		says: []string{"34.5 GiB is held by nobody the message names", "other containers"},
	},
	{
		name: "in a container, with others: which one is this?",
		text: "CUDA out of memory. Tried to allocate 12.50 GiB. GPU 0 has a total capacity of 95.00 GiB of which 4.00 GiB is free. Process 608946 has 35.00 GiB memory in use. Process 734147 has 56.00 GiB memory in use. " +
			"Of the allocated memory 25.50 GiB is allocated by PyTorch, and 3.00 GiB is reserved by PyTorch but unallocated." + advice,
		verdict: OtherProcesses, source: "PyTorch (CUDA)", self: 608946,
		figures: Figures{
			Request: hundredths(1250, gib), Capacity: exactly(95 * gib), Free: exactly(4 * gib), Process: exactly(35 * gib),
			Used: hundredths(2550, gib), Unallocated: exactly(3 * gib), Reserved: hundredths(2850, gib),
		},
		others: []Holder{{PID: 734147, Bytes: exactly(56 * gib)}},
		says:   []string{"Process 608946 in the list is this program itself", "gpufragtop --pid 734147"},
	},
	{
		name: "a cap, as 2.x writes it",
		text: "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 250.00 MiB. GPU 0 has a total capacity of 79.00 GiB of which 20.00 GiB is free. Including non-PyTorch memory, this process has 41.00 GiB memory in use. 40.00 GiB allowed; " +
			"Of the allocated memory 39.25 GiB is allocated by PyTorch, and 640.00 MiB is reserved by PyTorch but unallocated." + advice,
		verdict: Cap, source: "PyTorch (CUDA)",
		figures: Figures{
			Request: exactly(250 * mib), Capacity: exactly(79 * gib), Free: exactly(20 * gib), Process: exactly(41 * gib), Allowed: exactly(40 * gib),
			Used: hundredths(3925, gib), Unallocated: exactly(640 * mib), Reserved: exactly(40192*mib + 640*mib),
		},
		says: []string{"may reserve 40.0 GiB", "raise the cap", "under the cap", "gpufragtop fit 250MiB PID"},
	},
	{
		name: "a cap that did not bind",
		text: "CUDA out of memory. Tried to allocate 4.00 GiB. GPU 0 has a total capacity of 24.00 GiB of which 1.00 GiB is free. Process 900 has 12.00 GiB memory in use. Including non-PyTorch memory, this process has 11.00 GiB memory in use. 18.00 GiB allowed; " +
			"Of the allocated memory 10.00 GiB is allocated by PyTorch, and 256.00 MiB is reserved by PyTorch but unallocated." + advice,
		verdict: OtherProcesses, source: "PyTorch (CUDA)",
		figures: Figures{
			Request: exactly(4 * gib), Capacity: exactly(24 * gib), Free: exactly(gib), Process: exactly(11 * gib), Allowed: exactly(18 * gib),
			Used: exactly(10 * gib), Unallocated: exactly(256 * mib), Reserved: exactly(10*gib + 256*mib),
		},
		others: []Holder{{PID: 900, Bytes: exactly(12 * gib)}}, never: []string{"A cap", "The cap"},
	},
	{
		name: "HIP",
		text: "torch.OutOfMemoryError: HIP out of memory. Tried to allocate 6.50 GiB. GPU 0 has a total capacity of 20.00 GiB of which 6.00 GiB is free. Of the allocated memory 5.50 GiB is allocated by PyTorch, and 7.00 GiB is reserved by PyTorch but unallocated. " +
			"If reserved but unallocated memory is large try setting PYTORCH_HIP_ALLOC_CONF=expandable_segments:True to avoid fragmentation.",
		verdict: Stranded, source: "PyTorch (HIP)",
		figures: Figures{
			Request: hundredths(650, gib), Capacity: exactly(20 * gib), Free: exactly(6 * gib), Used: hundredths(550, gib), Unallocated: exactly(7 * gib), Reserved: hundredths(1250, gib),
		},
	},
	{
		name: "HIP, with a cap and graphs of HIP",
		text: "HIP out of memory. Tried to allocate 76.00 MiB. GPU 0 has a total capacity of 255.50 GiB of which 252.75 GiB is free. 1.25 GiB allowed; Of the allocated memory 1.25 GiB is allocated by PyTorch, with 17.00 MiB allocated in private pools (e.g., HIP Graphs), " +
			"and 0 bytes is reserved by PyTorch but unallocated." + advice,
		verdict: Cap, source: "PyTorch (HIP)",
		figures: Figures{
			Request: exactly(76 * mib), Capacity: hundredths(25550, gib), Free: hundredths(25275, gib), Allowed: hundredths(125, gib),
			Used: exactly(1280*mib - 17*mib), Parked: exactly(17 * mib), Unallocated: exactly(0), Reserved: hundredths(125, gib),
		},
	},
	{
		name:    "room, and refused all the same",
		text:    "torch.OutOfMemoryError: HIP out of memory. Tried to allocate 2.00 MiB. GPU 7 has a total capacity of 288.00 GiB of which 203.50 GiB is free. Of the allocated memory 68.50 GiB is allocated by PyTorch, and 14.75 GiB is reserved by PyTorch but unallocated." + advice,
		verdict: Unclear, source: "PyTorch (HIP)", device: 7,
		figures: Figures{
			Request: exactly(2 * mib), Capacity: exactly(288 * gib), Free: hundredths(20350, gib), Used: hundredths(6850, gib), Unallocated: hundredths(1475, gib), Reserved: hundredths(8325, gib),
		},
		says: []string{"the GPU had room", "not fragmentation", "tensors up to 1 MiB"}, never: []string{"plausibly"},
	},
	{
		name:    "XPU, without what is free",
		text:    "torch.OutOfMemoryError: XPU out of memory. Tried to allocate 3.00 GiB. GPU 0 has a total capacity of 15.50 GiB. Of the allocated memory 11.00 GiB is allocated by PyTorch, and 4.00 GiB is reserved by PyTorch but unallocated. Please use `empty_cache` to release all unoccupied cached memory.",
		verdict: Stranded, source: "PyTorch (XPU)",
		figures: Figures{
			Request: exactly(3 * gib), Capacity: hundredths(1550, gib), Used: exactly(11 * gib), Unallocated: exactly(4 * gib), Reserved: exactly(15 * gib),
		},
	},
	{
		name: "Windows: NVML does not tell, and a cap",
		text: "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.25 GiB. GPU 0 has a total capacity of 8.00 GiB of which 6.00 GiB is free. Process 9132 has 17179869184.00 GiB memory in use. Including non-PyTorch memory, this process has 17179869184.00 GiB memory in use. 2.75 GiB allowed; " +
			"Of the allocated memory 954.00 MiB is allocated by PyTorch, and 0 bytes is reserved by PyTorch but unallocated." + advice,
		verdict: Cap, source: "PyTorch (CUDA)",
		figures: Figures{
			Request: hundredths(225, gib), Capacity: exactly(8 * gib), Free: exactly(6 * gib), Allowed: hundredths(275, gib), Used: exactly(954 * mib), Unallocated: exactly(0), Reserved: exactly(954 * mib),
		},
		others: []Holder{{PID: 9132}},
	},
	{
		name:    "Windows: more allocated than the GPU has",
		text:    "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; 8.00 GiB total capacity; 19.75 GiB already allocated; 0 bytes free; 22.25 GiB reserved in total by PyTorch)" + oldAdvice,
		verdict: TooBig, source: "PyTorch (CUDA)",
		figures: Figures{
			Request: exactly(2 * gib), Capacity: exactly(8 * gib), Free: exactly(0), Used: hundredths(1975, gib), Reserved: hundredths(2225, gib), Unallocated: hundredths(250, gib),
		},
		says: []string{"as on Windows"},
	},
	{
		name: "NVML tells nothing of this process",
		text: "CUDA out of memory. Tried to allocate 10.00 GiB. GPU 0 has a total capacity of 94.50 GiB of which 9.50 GiB is free. Including non-PyTorch memory, this process has 0 bytes memory in use. " +
			"Of the allocated memory 80.50 GiB is allocated by PyTorch, and 3.50 GiB is reserved by PyTorch but unallocated." + advice,
		verdict: Stranded, source: "PyTorch (CUDA)",
		figures: Figures{
			Request: exactly(10 * gib), Capacity: hundredths(9450, gib), Free: hundredths(950, gib), Used: hundredths(8050, gib), Unallocated: hundredths(350, gib), Reserved: exactly(84 * gib),
		},
	},
	{
		name:    "1.13, holes",
		text:    "RuntimeError: CUDA out of memory. Tried to allocate 1.50 GiB (GPU 0; 15.75 GiB total capacity; 9.50 GiB already allocated; 384.00 MiB free; 14.25 GiB reserved in total by PyTorch)" + oldAdvice,
		verdict: Stranded, source: "PyTorch (CUDA)",
		figures: Figures{
			Request: hundredths(150, gib), Capacity: hundredths(1575, gib), Free: exactly(384 * mib), Used: hundredths(950, gib), Reserved: hundredths(1425, gib), Unallocated: hundredths(475, gib),
		},
		says: []string{"came with PyTorch 2.1", "does not tell them apart", "gpufragtop whatif PID --all"},
	},
	{
		name:    "1.13, live memory",
		text:    "RuntimeError: CUDA out of memory. Tried to allocate 20.00 MiB (GPU 4; 31.75 GiB total capacity; 30.25 GiB already allocated; 3.75 MiB free; 30.50 GiB reserved in total by PyTorch)",
		verdict: TooBig, source: "PyTorch (CUDA)", device: 4,
		figures: Figures{
			Request: exactly(20 * mib), Capacity: hundredths(3175, gib), Free: hundredths(375, mib), Used: hundredths(3025, gib), Reserved: hundredths(3050, gib), Unallocated: exactly(256 * mib),
		},
	},
	{
		name:    "2.0, others",
		text:    "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 46.00 MiB (GPU 1; 7.75 GiB total capacity; 54.75 MiB already allocated; 39.25 MiB free; 74.00 MiB reserved in total by PyTorch)" + oldAdvice,
		verdict: OtherProcesses, source: "PyTorch (CUDA)", device: 1,
		figures: Figures{
			Request: exactly(46 * mib), Capacity: hundredths(775, gib), Free: hundredths(3925, mib), Used: hundredths(5475, mib), Reserved: exactly(74 * mib), Unallocated: hundredths(1925, mib),
		},
		says: []string{"this message lists none"},
	},
	{
		name:    "2.0, a cap",
		text:    "CUDA out of memory. Tried to allocate 5.50 GiB (GPU 0; 11.25 GiB total capacity; 0 bytes already allocated; 11.00 GiB free; 5.00 GiB allowed; 0 bytes reserved in total by PyTorch)" + oldAdvice,
		verdict: Cap, source: "PyTorch (CUDA)",
		figures: Figures{
			Request: hundredths(550, gib), Capacity: hundredths(1125, gib), Free: exactly(11 * gib), Allowed: exactly(5 * gib), Used: exactly(0), Reserved: exactly(0), Unallocated: exactly(0),
		},
	},
	{
		name:    "1.4 said cached",
		text:    "RuntimeError: CUDA out of memory. Tried to allocate 512.00 MiB (GPU 0; 8.00 GiB total capacity; 5.00 GiB already allocated; 128.00 MiB free; 2.00 GiB cached)",
		verdict: Stranded, source: "PyTorch (CUDA)",
		figures: Figures{
			Request: exactly(512 * mib), Capacity: exactly(8 * gib), Free: exactly(128 * mib), Used: exactly(5 * gib), Unallocated: exactly(2 * gib), Reserved: exactly(7 * gib),
		},
	},
	{
		name:    "NPU has one figure more",
		text:    "RuntimeError: NPU out of memory. Tried to allocate 5.00 GiB (NPU 3; 61.00 GiB total capacity; 49.50 GiB already allocated; 49.50 GiB current active; 1.25 GiB free; 57.50 GiB reserved in total by PyTorch) If reserved memory is >> allocated memory try setting max_split_size_mb to avoid fragmentation.",
		verdict: Stranded, source: "PyTorch (NPU)", device: 3,
		figures: Figures{
			Request: exactly(5 * gib), Capacity: exactly(61 * gib), Free: hundredths(125, gib), Used: hundredths(4950, gib), Reserved: hundredths(5750, gib), Unallocated: exactly(8 * gib),
		},
	},
	{
		name: "cudaMallocAsync, no limit",
		text: "torch.OutOfMemoryError: Allocation on device 0 would exceed allowed memory. (out of memory)\nCurrently allocated     : 13.25 GiB\nRequested               : 721.00 MiB\nDevice limit            : 15.75 GiB\n" +
			"Free (according to CUDA): 16.50 MiB\nPyTorch limit (set by user-supplied memory fraction)\n                        : 17179869184.00 GiB\n",
		verdict: TooBig, source: "PyTorch (cudaMallocAsync)",
		figures: Figures{
			Request: exactly(721 * mib), Capacity: hundredths(1575, gib), Free: hundredths(1650, mib), Used: hundredths(1325, gib),
		},
		says: []string{"Whether a release could have helped is not told"}, never: []string{"expandable"},
	},
	{
		name: "cudaMallocAsync, its limit",
		text: "torch.cuda.OutOfMemoryError: Allocation on device 2 would exceed allowed memory. (out of memory)\r\nCurrently allocated     : 7.50 GiB\r\nRequested               : 1.00 GiB\r\nDevice limit            : 80.00 GiB\r\n" +
			"Free (according to CUDA): 70.00 GiB\r\nPyTorch limit (set by user-supplied memory fraction)\r\n                        : 8.00 GiB\r\n",
		verdict: Cap, source: "PyTorch (cudaMallocAsync)", device: 2,
		figures: Figures{
			Request: exactly(gib), Capacity: exactly(80 * gib), Free: exactly(70 * gib), Used: hundredths(750, gib), Allowed: exactly(8 * gib),
		},
	},
	{
		name:    "the beginning only",
		text:    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 3725.25 GiB. GPU ",
		verdict: Unclear, source: "PyTorch (CUDA)", device: -1,
		figures: Figures{Request: exactly(372525 * gib / 100)},
		says:    []string{"Nothing certain can be said", "Paste the whole message"}, never: []string{"release"},
	},
	{
		name:    "the end only, cut in the middle of a figure",
		text:    "Tried to allocate 1.00 GiB. GPU 0 has a total capacity of 23.50 GiB of which 1",
		verdict: Unclear, source: "PyTorch",
		figures: Figures{Request: exactly(gib), Capacity: hundredths(2350, gib)},
		says:    []string{"what was free", "what PyTorch held"},
	},
	{
		name: "expandable segments are on",
		text: "+ export PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True\n+ python train.py\ntorch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 24.00 GiB of which 1.00 GiB is free. Including non-PyTorch memory, this process has 23.00 GiB memory in use. " +
			"Of the allocated memory 17.00 GiB is allocated by PyTorch, and 5.00 GiB is reserved by PyTorch but unallocated." + advice,
		verdict: Stranded, source: "PyTorch (CUDA)",
		figures: Figures{
			Request: exactly(2 * gib), Capacity: exactly(24 * gib), Free: exactly(gib), Process: exactly(23 * gib), Used: exactly(17 * gib), Unallocated: exactly(5 * gib), Reserved: exactly(22 * gib),
		},
		says: []string{"is on already, by this text"}, never: []string{"plausibly helps", "--set"},
	},
	{
		name: "NCCL fell over afterwards",
		text: "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 24.00 GiB of which 1.00 GiB is free. Including non-PyTorch memory, this process has 23.00 GiB memory in use. " +
			"Of the allocated memory 21.50 GiB is allocated by PyTorch, and 100.00 MiB is reserved by PyTorch but unallocated." + advice + "\nnode1:77:90 [0] include/alloc.h:228 NCCL WARN Cuda failure 'out of memory'\n",
		verdict: TooBig, source: "PyTorch (CUDA)",
		figures: Figures{
			Request: exactly(2 * gib), Capacity: exactly(24 * gib), Free: exactly(gib), Process: exactly(23 * gib), Used: hundredths(2150, gib), Unallocated: exactly(100 * mib), Reserved: exactly(22016*mib + 100*mib),
		},
		says: []string{"NCCL was refused memory too"},
	},

	// Others than PyTorch's allocator.
	{name: "the driver", text: "RuntimeError: CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported at some other API call, so the stacktrace below might be incorrect.\n",
		verdict: OtherAllocator, source: "the CUDA driver", device: -1, says: []string{"A release could have helped", "reports errors late", "gpufragtop release PID"}},
	{name: "the HIP driver", text: "torch.AcceleratorError: HIP error: out of memory\n", verdict: OtherAllocator, source: "the HIP driver", device: -1},
	{name: "cuBLAS", text: "RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`", verdict: OtherAllocator, source: "cuBLAS", device: -1},
	{name: "NCCL", text: "host:1:2 [0] NCCL WARN Failed to CUDA calloc 10485760 bytes", verdict: OtherAllocator, source: "NCCL", device: -1, figures: Figures{Request: exactly(10485760)}, says: []string{"10.0 MiB"}},
	{name: "llama.cpp", text: "ggml_backend_cuda_buffer_type_alloc_buffer: allocating 1024.00 MiB on device 0: cudaMalloc failed: out of memory", verdict: OtherAllocator, source: "llama.cpp (ggml)", device: -1, figures: Figures{Request: exactly(gib)}},
	{name: "JAX", text: "jaxlib.xla_extension.XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory while trying to allocate 6442450944 bytes.", verdict: OtherAllocator, source: "JAX (XLA)", device: -1, figures: Figures{Request: exactly(6 * gib)}, says: []string{"allocator of its own"}},
	{name: "JAX, newer", text: "jax.errors.JaxRuntimeError: RESOURCE_EXHAUSTED: Out of memory while trying to allocate 60.50GiB.", verdict: OtherAllocator, source: "JAX (XLA)", device: -1, figures: Figures{Request: hundredths(6050, gib)}},
	{name: "CuPy", text: "cupy.cuda.memory.OutOfMemoryError: Out of memory allocating 805,306,368 bytes (allocated so far: 536,870,912 bytes, limit set to: 1,073,741,824 bytes).", verdict: OtherAllocator, source: "CuPy", device: -1, figures: Figures{Request: exactly(768 * mib)}},
	{name: "TensorFlow", text: "ResourceExhaustedError: OOM when allocating tensor with shape[64,512,512,64] and type float on /job:localhost/replica:0/task:0/device:GPU:0 by allocator GPU_0_bfc", verdict: OtherAllocator, source: "TensorFlow", device: -1},
	{name: "MPS", text: "RuntimeError: MPS backend out of memory (MPS allocated: 9.50 GiB, other allocations: 17.25 GiB, max allowed: 27.25 GiB). Tried to allocate 292.50 MiB on private pool.", verdict: OtherAllocator, source: "PyTorch (MPS)", device: -1, figures: Figures{Request: hundredths(29250, mib)}},
	{name: "the machine's memory", text: "RuntimeError: [enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 34359738368 bytes. Error code 12 (Cannot allocate memory)", verdict: OtherAllocator, source: "PyTorch (CPU)", device: -1, figures: Figures{Request: exactly(32 * gib)}, says: []string{"Not GPU memory"}, never: []string{"release"}},
	{name: "the kernel's killer", text: "[12345.678] Out of memory: Killed process 4242 (python) total-vm:123456kB", verdict: OtherAllocator, source: "Linux (out-of-memory killer)", device: -1},
	{name: "the words alone", text: "RuntimeError: CUDA out of memory.", verdict: Unclear, source: "PyTorch", device: -1, says: []string{"Paste the whole message"}},
}
