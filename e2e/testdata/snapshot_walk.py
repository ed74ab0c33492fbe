"""What a Python script does to learn the figures of a snapshot: pickle.load and
a walk. Prints the best time of some rounds in seconds, the memory that one
round took in bytes, and the figures."""
import gc, json, pickle, sys, time


def walk(snapshot):
    total = dict(reserved=0, used=0, pending=0, requested=0, free=0, largest=0, releasable=0)
    for segment in snapshot["segments"]:
        total["reserved"] += segment["total_size"]
        live = False
        for block in segment["blocks"]:
            size, state = block["size"], block["state"]
            if state == "active_allocated":
                total["used"] += size
                total["requested"] += block["requested_size"]
                live = True
            elif state == "inactive":
                total["free"] += size
                total["largest"] = max(total["largest"], size)
            else:
                total["pending"] += size
                total["requested"] += block["requested_size"]
                live = True
        if not live:
            total["releasable"] += segment["total_size"]
    return total


def peak():
    # Not getrusage: its figure begins with that of whoever started us.
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


before = peak()
best = None
for _ in range(int(sys.argv[2])):
    began = time.perf_counter()
    with open(sys.argv[1], "rb") as file:
        snapshot = pickle.load(file)
    figures = walk(snapshot)
    took = time.perf_counter() - began
    best = took if best is None else min(best, took)
    memory = memory if _ else peak() - before
    del snapshot
    gc.collect()
json.dump({"seconds": best, "bytes": memory, "figures": figures}, sys.stdout)
