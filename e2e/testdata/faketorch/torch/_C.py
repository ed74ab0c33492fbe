import time

MIB = 1 << 20
BLOCKS = 3000
calls = {"snapshot": 0, "empty": 0, "device": []}


def _mode():
    import torch

    return torch.MODE


def _figure(value):
    return {"all": {"current": value, "peak": value + MIB}}


def _cuda_memoryStats(device):
    mode = _mode()
    if mode == "raises":
        raise ValueError("no \x1b[31mfigures\ntoday")
    if mode == "rubbish":
        return {"reserved_bytes": {"all": {"current": "many", "peak": -1}}, "active": {"all": {"current": 1 << 70}}}
    if mode == "blocks":
        time.sleep(0.3)
    third = BLOCKS // 3
    stats = {
        "reserved_bytes": BLOCKS * 512, "allocated_bytes": third * 512, "active_bytes": 2 * third * 512,
        "requested_bytes": 2 * third * 500, "inactive_split_bytes": third * 512,
        "segment": 1, "active": 2 * third, "inactive_split": third,
    }  # fmt: skip
    stats = {name: _figure(value) for name, value in stats.items()}
    return stats | {"num_alloc_retries": 1, "num_ooms": 2, "num_device_alloc": 3, "num_device_free": 4}


def _cuda_memorySnapshot(arguments):
    assert arguments == (0, 0, False), arguments
    calls["snapshot"] += 1
    mode = _mode()
    if mode == "rubbish":
        return {"segments": [3, None, {"blocks": 7}]}
    states = ["active_allocated", "inactive", "active_awaiting_free"]
    blocks = [
        {"address": MIB + i * 512, "size": 512, "requested_size": 500, "state": states[i % 3], "frames": []}
        for i in range(BLOCKS)
    ]
    if mode == "wild":
        blocks[100] = {"size": object(), "state": 5}
    segment = {
        "device": 0, "address": MIB, "total_size": BLOCKS * 512, "stream": 7, "segment_type": "small",
        "segment_pool_id": (1, 2), "is_expandable": True, "blocks": blocks,
    }  # fmt: skip
    return {"segments": [segment, dict(segment, device=5)], "device_traces": [], "allocator_settings": {"PYTORCH_CUDA_ALLOC_CONF": "large_segment_size_mb:32"}}


def _cuda_isHistoryEnabled():
    return False


def _cuda_getAllocatorBackend():
    return "native"


def _cuda_getMemoryFraction(device):
    return 0.5


def _cuda_setDevice(device):
    calls["device"].append(device)


def _cuda_emptyCache():
    calls["empty"] += 1
