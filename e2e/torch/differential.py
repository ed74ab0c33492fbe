"""Random allocation programs on the real allocator, each with its history, for the comparison with the model.

usage: differential.py FOLDER FIRST COUNT [--fraction SHARE] [--pools] [--plain]

Runs COUNT programs, seeds FIRST, FIRST + 1, …, one after the other in this process: each begins with an allocator without memory and without history. For
each it writes FOLDER/SEED.pickle, its snapshot, and FOLDER/SEED.json, {"stats": memory_stats at the end, "releases": how often empty_cache returned memory}. The settings come from the environment.
--pools: with MemPools. --plain: the program does nothing that depends on time or on the allocator's answers, and releases nothing: the same under all settings.
"""

import argparse
import gc
import json
import random
import warnings

warnings.filterwarnings("ignore")  # PyTorch's, about the missing NumPy
import torch  # noqa: E402

from standin import Driver  # noqa: E402

MIB = 1 << 20
SIZES = [(1, 4096), (4096, MIB), (MIB - 2048, MIB + 2048), (MIB + 1, 10 * MIB), (10 * MIB - 4096, 10 * MIB + 4096), (10 * MIB, 72 * MIB)]
MOVES = 420


class Differential:
    def __init__(self, seed, driver, options):
        self.random = random.Random(seed)
        self.driver = driver
        self.plain, self.with_pools = options.plain, options.pools
        self.streams = [torch.cuda.default_stream()] + [torch.cuda.Stream() for _ in range(self.random.choice([0, 1, 3]))]
        self.most = self.random.choice([12, 40, 120])
        self.live = []
        self.releases = 0 if seed % 2 else None  # every other program never asks for a release
        self.pools = []

    def run(self):
        for _ in range(MOVES):
            self.move()

    def move(self):
        dice = self.random.random()
        if dice < 0.5 or not self.live:
            self.allocate()
        elif dice < 0.95 or self.plain:
            self.free()
        elif dice < 0.965 and self.releases is not None:
            before = torch.cuda.memory_reserved()
            torch.cuda.empty_cache()
            self.releases += torch.cuda.memory_reserved() < before
        elif dice < 0.98:
            self.driver.hold_events(self.random.random() < 0.5)
        else:
            self.driver.complete_events()

    def allocate(self):
        if len(self.live) >= self.most:
            self.free()
        size, stream, other = self.random.randint(*self.random.choice(SIZES)), self.random.choice(self.streams), self.random.choice(self.streams)
        used_elsewhere, pool = self.random.random() < 0.2, self.random.random() < 0.15
        try:
            if self.with_pools and pool:
                tensor = self.from_pool(size)
            else:
                with torch.cuda.stream(stream):
                    tensor = torch.empty(size, dtype=torch.uint8, device="cuda")
        except torch.OutOfMemoryError:
            return
        if used_elsewhere and not self.plain:
            tensor.record_stream(other)
        self.live.append(tensor)

    def from_pool(self, size):
        if len(self.pools) < 2:
            self.pools.append(torch.cuda.MemPool())
        with torch.cuda.use_mem_pool(self.random.choice(self.pools)):
            return torch.empty(size, dtype=torch.uint8, device="cuda")

    def free(self):
        if self.live:
            at = self.random.randrange(len(self.live))
            self.live[at], self.live[-1] = self.live[-1], self.live[at]
            self.live.pop()


def clean(driver):
    """Leaves an allocator without memory."""
    driver.hold_events(False)
    driver.complete_events()
    torch.cuda.synchronize()
    gc.collect()
    torch.cuda.empty_cache()
    assert torch.cuda.memory_reserved() == 0, torch.cuda.memory_reserved()
    torch.cuda.reset_peak_memory_stats()
    torch.cuda.reset_accumulated_memory_stats()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("first", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("--fraction", type=float)
    parser.add_argument("--pools", action="store_true")
    parser.add_argument("--plain", action="store_true")
    options = parser.parse_args()
    torch.cuda.init()
    driver = Driver()
    if options.fraction:
        torch.cuda.set_per_process_memory_fraction(options.fraction)
    for seed in range(options.first, options.first + options.count):
        clean(driver)
        before = torch.cuda.memory_stats()
        torch.cuda.memory._record_memory_history(enabled="all", context=None, stacks="python", max_entries=1_000_000)
        program = Differential(seed, driver, options)
        program.run()
        stats = torch.cuda.memory_stats()
        for counter in ("num_alloc_retries", "num_ooms", "num_device_alloc", "num_device_free"):
            stats[counter] -= before[counter]
        torch.cuda.memory._dump_snapshot(f"{options.folder}/{seed}.pickle")
        with open(f"{options.folder}/{seed}.json", "w") as out:
            json.dump({"stats": stats, "releases": program.releases or 0}, out)
        torch.cuda.memory._record_memory_history(enabled=None)
        del program


if __name__ == "__main__":
    main()
