import time

MIB = 1 << 20
BLOCKS = 3000
history = {"on": False, "switched": []}
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


def _cuda_memorySnapshot(arguments=(0, 0, False)):  # PyTorch before 2.7 has none
    assert arguments in ((0, 0, False), (0, 0, True)), arguments
    calls["snapshot"] += 1
    mode = _mode()
    if mode == "traces raise" and arguments[2]:
        raise ValueError("no \x1b[31mtraces\ntoday")
    if mode == "rubbish":
        return {"segments": [3, None, {"blocks": 7}]}
    states = ["active_allocated", "inactive", "active_awaiting_free"]
    blocks = [
        {"address": MIB + i * 512, "size": 512, "requested_size": 500, "state": states[i % 3], "frames": []}
        for i in range(BLOCKS)
    ]
    if mode == "wild":
        blocks[100] = {"size": 512, "state": object()}
    segment = {
        "device": 0, "address": MIB, "total_size": BLOCKS * 512, "stream": 7, "segment_type": "small",
        "segment_pool_id": (1, 2), "is_expandable": True, "blocks": blocks,
    }  # fmt: skip
    return {"segments": [segment, dict(segment, device=5)], "device_traces": _traces(mode), "allocator_settings": {"PYTORCH_CUDA_ALLOC_CONF": "large_segment_size_mb:32"}}


def _traces(mode):
    if mode == "traces are rubbish":
        return [{"no": "list"}]
    if mode == "traces are wild":
        return [[{"action": object(), "addr": -1, "size": 1 << 80, "stream": "x", "time_us": None, "pool_id": 7}, {"action": "oom", "size": 1 << 63, "device_free": 5, "pool_id": (1, 2)}]]
    if mode == "traces are of nothing":
        return [[None, 3]]
    return [[{"action": "alloc", "addr": MIB, "size": 500, "stream": 7, "time_us": 1, "frames": []}]]


def _cuda_record_memory_history(enabled, context, stacks, max_entries, clear_history, compile_context, global_record_annotations, skip_actions):
    assert (context, stacks, clear_history, compile_context, global_record_annotations, skip_actions) == (None, "python", False, False, True, [])
    history["switched"].append(enabled)
    mode = _mode()
    if mode == "on raises" and enabled:
        raise ValueError("not \x1b[31mon\ntoday")
    if mode == "off raises" and not enabled and len(history["switched"]) < 4:
        raise ValueError("not off today")
    if mode != "silent":
        history["on"] = enabled == "all"


def _cuda_isHistoryEnabled():
    return history["on"]


def _cuda_getAllocatorBackend():
    return "native"


def _cuda_getMemoryFraction(device):
    return 0.5


def _cuda_setDevice(device):
    calls["device"].append(device)


def _cuda_emptyCache():
    calls["empty"] += 1
    if _mode() == "empties slowly":
        time.sleep(1.5)
