"""A PyTorch program for end-to-end tests: does what it is told, line by line, and stands still in between.

usage: program.py [SEED]

Each line of standard input is a command; each gets one line of JSON as its answer, {"error": …, "message": …} if it raised. CUDA is first touched
by the first command that needs it. Started, it says {"pid": …}. Commands are the methods of Program: `step 20` calls step("20").
"""

import atexit
import ctypes
import json
import os
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

warnings.filterwarnings("ignore")  # PyTorch's, about the missing NumPy
import torch  # noqa: E402

from standin import Driver, hold_gil  # noqa: E402
from workload import Workload  # noqa: E402


class Program:
    def __init__(self, seed):
        self.seed = seed
        self._workload = None
        self._driver = None
        self.pool = None
        self.using_pool = None
        self.graph = None
        self.capture_stream = None
        self.named = {}
        self.spare = None
        self.own_calls, self.own_threads = 0, set()

    @property
    def workload(self):
        if not self._workload:
            self._workload = Workload(self.seed)
        return self._workload

    @property
    def driver(self):
        if not self._driver:
            torch.cuda.init()
            self._driver = Driver()
        return self._driver

    def init(self):
        """Initializes CUDA, which creates no context."""
        torch.cuda.init()

    def step(self, count="1"):
        """Makes COUNT random allocations and frees. During a capture: allocations on the capturing stream only."""
        if self.capture_stream:
            with torch.cuda.stream(self.capture_stream):
                self.workload.allocate_here(int(count))
        else:
            self.workload.step(int(count))
        return {"live": len(self.workload.live)}

    def run(self, milliseconds):
        """Makes random moves for a time."""
        end = time.monotonic() + int(milliseconds) / 1000
        moves = 0
        while time.monotonic() < end:
            self.workload.step(1)
            moves += 1
        return {"moves": moves}

    def churn(self, what):
        """churn N: N allocations and frees on the first device by another thread, which does without the interpreter's lock. churn join: waits for it."""
        if what == "join":
            self.thread.join()
            return
        torch.jit.script(churn)(10)  # compiled
        self.thread = threading.Thread(target=torch.jit.script(churn), args=(int(what),), daemon=True)
        self.thread.start()

    def alloc(self, size, device="0"):
        """Allocates SIZE bytes on the device's current stream and answers the address, which `free` takes."""
        tensor = torch.empty(int(size), dtype=torch.uint8, device=f"cuda:{device}")
        self.named[tensor.data_ptr()] = tensor
        return {"address": tensor.data_ptr()}

    def streams(self):
        """The handles of some streams that nothing was allocated on, but by `attempt`."""
        if not self.spare:
            self.spare = [torch.cuda.Stream() for _ in range(4)]
        return {"spare": [s.cuda_stream for s in self.spare]}

    def attempt(self, size, handle):
        """Allocates SIZE bytes on the stream with a handle, and frees them: whether that succeeded, where, and what the counters of the device say before and after."""
        known = (self._workload.streams[0] if self._workload else []) + (self.spare or []) + [torch.cuda.default_stream()]
        stream = next(s for s in known if s.cuda_stream == int(handle))
        names = {"retries": "num_alloc_retries", "allocs": "num_device_alloc", "ooms": "num_ooms"}
        before = torch.cuda.memory_stats()
        address = None
        with torch.cuda.stream(stream):
            try:
                tensor = torch.empty(int(size), dtype=torch.uint8, device="cuda")
                address = tensor.data_ptr()
                del tensor
            except torch.cuda.OutOfMemoryError:
                pass
        after = torch.cuda.memory_stats()
        return {"address": address, **{name: after.get(key, 0) - before.get(key, 0) for name, key in names.items()}}

    def free(self, address):
        del self.named[int(address)]

    def own(self, what="on"):
        """own on: registers a release function by ctypes, which gives all up that `alloc` made, and says so. own slow: one that also takes a second.
        own off: takes it back. own calls: how often it was called, and on which thread."""
        library = ctypes.CDLL(None)
        prototype = ctypes.CFUNCTYPE(ctypes.c_size_t, ctypes.c_void_p)
        library.gpufragtop_set_release.argtypes = [prototype, ctypes.c_void_p, ctypes.c_char_p]
        if what == "calls":
            return {"calls": self.own_calls, "main": threading.main_thread().native_id in self.own_threads}
        if what == "off":
            return {"result": library.gpufragtop_set_release(prototype(), None, None)}

        def give(_):
            self.own_calls += 1
            self.own_threads.add(threading.get_native_id())
            if what == "slow":
                time.sleep(1)
            size = sum(t.nbytes for t in self.named.values())
            self.named.clear()
            return size

        self.give = prototype(give)  # kept: it must not go while it is registered
        return {"result": library.gpufragtop_set_release(self.give, None, b"tensors by name")}

    def distributed(self, rank, world, path):
        """Joins the ranks that meet at a file."""
        torch.distributed.init_process_group("gloo", init_method="file://" + path, rank=int(rank), world_size=int(world))

    def device(self):
        """The current device of this thread."""
        return {"device": torch.cuda.current_device()}

    def clear(self):
        """Frees everything but what the capture and the pool hold."""
        if self._workload:
            self._workload.live.clear()
        self.named.clear()

    def mempool(self, what):
        """mempool N: N random allocations from a MemPool, then N // 2 frees of anything. mempool enter | leave: the pool is in use until told. mempool drop: it is given up."""
        if what == "drop":
            self.pool = None
            return None
        self.pool = self.pool or torch.cuda.MemPool()
        if what == "enter":
            self.using_pool = torch.cuda.use_mem_pool(self.pool)
            self.using_pool.__enter__()
        elif what == "leave":
            self.using_pool.__exit__(None, None, None)
        else:
            with torch.cuda.use_mem_pool(self.pool):
                self.workload.allocate_here(int(what))
            for _ in range(int(what) // 2):
                self.workload.free()
        return {"pool": self.pool.id}

    def capture(self, what):
        """capture begin | end: of a CUDA graph, on a stream of its own. capture drop: the graph is given up."""
        if what == "begin":
            self.capture_stream = self.capture_stream or torch.cuda.Stream()
            self.graph = torch.cuda.CUDAGraph()
            with torch.cuda.stream(self.capture_stream):
                self.graph.capture_begin()
        elif what == "end":
            stream, self.capture_stream = self.capture_stream, None
            with torch.cuda.stream(stream):
                self.graph.capture_end()
        elif what == "drop":
            self.graph = None
        else:
            raise ValueError(what)

    def events(self, what):
        """events hold | free: whether events stay pending until told."""
        self.driver.hold_events({"hold": True, "free": False}[what])

    def complete(self):
        """Completes the events recorded so far; the allocator notices when it allocates next."""
        self.driver.complete_events()

    def empty(self, where="here"):
        """empty: torch.cuda.empty_cache(). empty thread: the same, called by a thread that is new to CUDA."""
        if where == "here":
            torch.cuda.empty_cache()
            return
        with ThreadPoolExecutor(1) as threads:
            threads.submit(torch.cuda.empty_cache).result()

    def stats(self):
        """PyTorch's own figures: `devices`, memory_stats() of each, and `segments`, memory_snapshot()."""
        return {
            "devices": [torch.cuda.memory_stats(d) for d in range(torch.cuda.device_count())],
            "segments": torch.cuda.memory_snapshot(),
        }

    def contexts(self):
        """How many contexts have been created on each device."""
        return {"contexts": [self.driver.contexts(d) for d in range(torch.cuda.device_count())]}

    def history(self, what, entries=str(sys.maxsize)):
        """history on | bare | legacy [ENTRIES]: with Python stacks; without; by the old arguments. history off. history ask: whether it is on, and its entries on the first device. history frames: how many have stacks. history switch: what PyTorch calls to do so."""
        record, entries = torch.cuda.memory._record_memory_history, int(entries)
        if what == "on":
            record("all", stacks="python", max_entries=entries)
        elif what == "bare":
            record("all", context=None, stacks="python", max_entries=entries)
        elif what == "legacy":
            record(True, trace_alloc_max_entries=entries)
        elif what == "off":
            record(None)
        elif what == "switch":
            return {"switch": [repr(vars(torch._C)[name]) for name in sorted(vars(torch._C)) if "record_memory_history" in name].__repr__()}
        else:
            traces = torch.cuda.memory._snapshot()["device_traces"]
            if what == "frames":
                return {"with_frames": sum(bool(e.get("frames")) for e in traces[0])}
            return {"on": torch._C._cuda_isHistoryEnabled(), "entries": len(traces[0]) if traces else 0}

    def atexit(self, path):
        """Writes into a file, at the end, whether history is on."""
        atexit.register(lambda: open(path, "w").write(f"history on: {torch._C._cuda_isHistoryEnabled()}"))

    def fraction(self, share, device="0"):
        torch.cuda.set_per_process_memory_fraction(float(share), int(device))

    def hold(self, milliseconds):
        """Holds the interpreter's lock for a time."""
        hold_gil(int(milliseconds))

    def quit(self, code="0"):
        sys.exit(int(code))


def churn(n: int):
    kept = [torch.empty([1], dtype=torch.uint8, device="cuda:0")]
    busy = 0
    for i in range(n):
        kept.append(torch.empty([1000 + 700 * (i % 3001)], dtype=torch.uint8, device="cuda:0"))
        if len(kept) > 40:
            kept.pop((i * 7) % 40)
        for j in range(40):  # about as quick as a real program may be
            busy += j * i
    return len(kept) + busy


def answer(**values):
    print(json.dumps(values), flush=True)


def main():
    program = Program(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    answer(pid=os.getpid())
    for line in sys.stdin:
        name, *arguments = line.split()
        try:
            answer(**(getattr(program, name)(*arguments) or {}))
        except Exception as e:
            answer(error=type(e).__name__, message=str(e))


if __name__ == "__main__":
    main()
