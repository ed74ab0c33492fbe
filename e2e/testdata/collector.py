"""Holds blocks on the device and tells what its garbage collector did; answers each line of standard input with one of JSON.

stats          collections of each generation so far, and what counts towards the next
allocate N     makes N lists in a hundred steps and keeps them, then others that do not stay; as stats
toggle MS      switches the collector off and on; how often it was not as switched
"""

import gc
import json
import os
import sys
import time

import torch

blocks = [torch.empty(512, device="cuda") for _ in range(int(sys.argv[1]))]
gc.collect()
kept = []


def stats():
    return {"collections": [generation["collections"] for generation in gc.get_stats()], "count": gc.get_count()}


def allocate(count):
    for _ in range(100):
        for _ in range(count // 100):
            kept.append([])
        end = time.monotonic() + 0.03
        while time.monotonic() < end:
            {None}  # comes and goes, from no free list: if more counts beside it, it brings a collection on
    return stats()


def toggle(ms):
    end, wrong, rounds = time.monotonic() + ms / 1000, 0, 0
    while time.monotonic() < end:
        gc.disable()
        for _ in range(200):
            wrong += gc.isenabled()
        gc.enable()
        for _ in range(200):
            wrong += not gc.isenabled()
        rounds += 1
    return {"wrong": wrong, "rounds": rounds}


print(json.dumps({"pid": os.getpid()}), flush=True)
for line in sys.stdin:
    word, *arguments = line.split()
    if word == "quit":
        sys.exit(0)
    answer = globals()[word](*map(int, arguments))
    print(json.dumps(answer), flush=True)
