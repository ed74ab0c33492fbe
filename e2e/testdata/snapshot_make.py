"""Writes a snapshot of so many blocks, as torch.cuda.memory._dump_snapshot does."""
import pickle, random, sys

count, path, protocol = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
r = random.Random(count)
stacks = [[{"name": "forward", "filename": "/app/model.py", "line": 10 * i + d} for d in range(4)] for i in range(50)]
segments, address, made = [], 0x7F0000000000, 0
while made < count:
    blocks, size, used, active = [], 0, 0, 0
    for _ in range(min(r.randint(1, 60), count - made)):
        requested = r.randint(1, 1 << 20)
        length = (requested + 511) // 512 * 512
        state = r.choice(["active_allocated", "inactive", "active_allocated", "active_allocated", "inactive", "active_pending_free"])
        used += length if state == "active_allocated" else 0
        active += length if state != "inactive" else 0
        blocks.append({"address": address + size, "size": length, "requested_size": requested, "state": state, "frames": r.choice(stacks)})
        size += length
        made += 1
    segments.append({"device": 0, "address": address, "total_size": size, "allocated_size": used, "active_size": active,
        "requested_size": 0, "stream": 0, "segment_type": "large", "segment_pool_id": (0, 0), "is_expandable": False,
        "frames": stacks[0], "blocks": blocks})
    address += size + (2 << 20)
with open(path, "wb") as file:
    pickle.dump({"segments": segments, "device_traces": [[]]}, file, protocol)
