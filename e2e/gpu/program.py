"""The program that steps 3 to 9 of e2e/gpu/check watch: does what it is told, line by line, and stands still in between.

Each line of standard input is a command, a method of Program with its words; each gets one line of JSON. Started, it says {"pid": …}."""
import ctypes
import json
import os
import random
import sys
import tempfile
import time

import torch


class Program:
    def __init__(self):
        self.random = random.Random(7)
        self.live = []
        self.graph = None
        torch.cuda.init()

    def step(self, count):
        """COUNT random allocations and frees."""
        for _ in range(int(count)):
            if self.live and self.random.random() < 0.45:
                self.live.pop(self.random.randrange(len(self.live)))
            else:
                self.live.append(torch.empty(int(2 ** self.random.uniform(9, 27)), dtype=torch.uint8, device="cuda"))
        torch.cuda.synchronize()

    def segments(self, count):
        """A cache of COUNT free segments of 20 MiB, beside what is live."""
        held = [torch.empty(20 << 20, dtype=torch.uint8, device="cuda") for _ in range(int(count))]
        del held

    def clear(self):
        self.live.clear()

    def stats(self):
        return dict(torch.cuda.memory_stats())

    def attempt(self, size):
        """One allocation of SIZE bytes."""
        try:
            torch.empty(int(size), dtype=torch.uint8, device="cuda")
            return {"fits": True}
        except torch.cuda.OutOfMemoryError:
            return {"fits": False}

    def contexts(self):
        """On how many devices of the process there is a context."""
        driver = ctypes.CDLL("libcuda.so.1")
        count, active, flags, device = ctypes.c_int(), ctypes.c_int(), ctypes.c_uint(), ctypes.c_int()
        driver.cuDeviceGetCount(ctypes.byref(count))
        total = 0
        for ordinal in range(count.value):
            driver.cuDeviceGet(ctypes.byref(device), ordinal)
            driver.cuDevicePrimaryCtxGetState(device, ctypes.byref(flags), ctypes.byref(active))
            total += active.value
        return {"contexts": total, "devices": count.value}

    def train(self, milliseconds):
        """A training-like loop of dynamic batches for a time; the times of its steps in milliseconds."""
        times, end = [], time.monotonic() + int(milliseconds) / 1000
        while time.monotonic() < end:
            began = time.monotonic()
            training_step(self.random)
            times.append((time.monotonic() - began) * 1000)
        return {"steps": times, "math": MATH}

    def capture(self, what):
        """capture begin: a CUDA graph on a stream of its own; capture end: ends it and replays it."""
        if what == "begin":
            self.graph, self.stream = torch.cuda.CUDAGraph(), torch.cuda.Stream()
            self.context = torch.cuda.stream(self.stream)
            self.context.__enter__()
            self.graph.capture_begin()
            self.captured = torch.zeros(1 << 20, device="cuda")
        else:
            self.graph.capture_end()
            self.context.__exit__(None, None, None)
            self.graph.replay()
            torch.cuda.synchronize()

    def profile(self, milliseconds):
        """Trains under torch.profiler; how many kernels it saw."""
        activities = [torch.profiler.ProfilerActivity.CPU, torch.profiler.ProfilerActivity.CUDA]
        with torch.profiler.profile(activities=activities) as profiler:
            self.train(milliseconds)
            torch.cuda.synchronize()
        return {"kernels": sum(event.device_type == torch.autograd.DeviceType.CUDA for event in profiler.events())}

    def join(self, rank, world, port):
        """Becomes a rank: NCCL where there is a GPU for each rank, else gloo."""
        rank, world = int(rank), int(world)
        os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=port)
        backend = "nccl" if torch.cuda.device_count() >= world else "gloo"
        if backend == "nccl":
            torch.cuda.set_device(rank)
        torch.distributed.init_process_group(backend, rank=rank, world_size=world)
        return {"backend": backend}

    def reduce(self, milliseconds):
        """all_reduce after all_reduce for a time, the same number on every rank; the times of the calls in milliseconds."""
        tensor, times, end = torch.ones(1 << 18, device="cuda"), [], time.monotonic() + int(milliseconds) / 1000
        more = torch.ones(1)
        while more.item() > 0:
            began = time.monotonic()
            torch.distributed.all_reduce(tensor)
            torch.cuda.synchronize()
            times.append((time.monotonic() - began) * 1000)
            tensor.fill_(1)
            more = torch.tensor([float(time.monotonic() < end)])
            if torch.distributed.get_backend() == "nccl":
                more = more.cuda()
            torch.distributed.all_reduce(more, op=torch.distributed.ReduceOp.MIN)
        return {"steps": times}

    def prices(self):
        """What allocator and driver calls cost: {name: [milliseconds, …]}."""
        return {name: [timed(call) for _ in range(rounds)] for name, rounds, call in self._calls()}

    def _calls(self):
        C = torch._C
        yield "memory_stats", 50, lambda: C._cuda_memoryStats(0)
        yield "snapshot without traces", 10, snapshot
        for mib in (2, 64, 1024, 4096):
            yield "new segment of %d MiB" % mib, 5, lambda: self._fresh(mib << 20)
        for count in (10, 100, 1000):
            yield "empty_cache of %d segments" % count, 3, lambda: self._emptied(count)

    def _fresh(self, size):
        torch.cuda.empty_cache()
        began = time.perf_counter()
        block = torch.empty(size, dtype=torch.uint8, device="cuda")
        torch.cuda.synchronize()
        del block
        return time.perf_counter() - began

    def _emptied(self, count):
        self.segments(count)
        torch.cuda.synchronize()
        began = time.perf_counter()
        torch.cuda.empty_cache()
        return time.perf_counter() - began


def timed(call):
    """Milliseconds of a call; a call that measures itself returns seconds."""
    began = time.perf_counter()
    own = call()
    return 1000 * (own if isinstance(own, float) else time.perf_counter() - began)


def snapshot():
    version = tuple(int(part) for part in torch.__version__.split(".")[:2])
    torch._C._cuda_memorySnapshot(*([(0, 0, False)] if version >= (2, 11) else [None] if version >= (2, 7) else []))


def training_step(rng):
    """One step of dynamic batch size: an allocation storm, and mathematics where the libraries have it."""
    batch, width = rng.randrange(8, 65), 1024
    blocks = [torch.empty(rng.randrange(1 << 12, 1 << 22), dtype=torch.uint8, device="cuda") for _ in range(40)]
    if MATH:
        x = torch.zeros(batch, width, device="cuda", requires_grad=True)
        weight = torch.zeros(width, width, device="cuda", requires_grad=True)
        (x @ weight).relu().sum().backward()
    del blocks
    torch.cuda.synchronize()


def has_mathematics():
    try:
        torch.zeros(2, 2, device="cuda") @ torch.zeros(2, 2, device="cuda")
        torch.cuda.synchronize()
        return True
    except RuntimeError:  # a stand-in for cuBLAS
        return False


def main():
    program = Program()
    print(json.dumps({"pid": os.getpid()}), flush=True)
    for line in sys.stdin:
        word, *rest = line.split()
        try:
            answer = getattr(program, word)(*rest) or {}
        except Exception as error:  # the driver of the program decides what it means
            answer = {"error": type(error).__name__, "message": str(error)[:500]}
        print(json.dumps(answer), flush=True)


MATH = has_mathematics()
if __name__ == "__main__":
    main()
