"""Random allocations with PyTorch, the same for the same seed."""

import random

import torch

MIB = 1 << 20

# Sizes that go down each road of the allocator: small blocks, 20 MiB segments cut up, segments of their own.
SIZES = [(1, 4096), (4096, MIB), (MIB + 1, 10 * MIB), (10 * MIB, 64 * MIB)]
SIDE_STREAMS = 3
MAX_LIVE = 150


class Workload:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.devices = range(torch.cuda.device_count())
        self.streams = {d: [torch.cuda.default_stream(d)] + [torch.cuda.Stream(d) for _ in range(SIDE_STREAMS)] for d in self.devices}
        self.live = []

    def step(self, count):
        """Makes count moves: an allocation, or a free; more of these the more is live."""
        for _ in range(count):
            if self.random.random() * MAX_LIVE < len(self.live):
                self.free()
            else:
                self.live.append(self.allocate())

    def allocate(self):
        """One tensor of random size on a random stream; every fourth is used on another stream, too, so that its free has to wait for an event."""
        streams = self.streams[self.random.choice(self.devices)]
        stream = self.random.choice(streams)
        with torch.cuda.stream(stream):
            tensor = torch.empty(self.size(), dtype=torch.uint8, device=stream.device)
        if self.random.random() < 0.25:
            tensor.record_stream(self.random.choice(streams))
        return tensor

    def allocate_here(self, count):
        """Allocates on the current device and stream."""
        self.live += [torch.empty(self.size(), dtype=torch.uint8, device="cuda") for _ in range(count)]

    def free(self):
        at = self.random.randrange(len(self.live))
        self.live[at], self.live[-1] = self.live[-1], self.live[at]
        self.live.pop()

    def size(self):
        return self.random.randint(*self.random.choice(SIZES))
