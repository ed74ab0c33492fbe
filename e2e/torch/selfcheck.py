"""Checks the stand-ins: runs program.py under every setting and compares PyTorch's counters with a walk over its snapshot, and with the ledger.

usage: selfcheck.py        (after sourcing the env.sh that `install` made)
"""

import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

MIB = 1 << 20
CONTEXT = 300 * MIB


class Program:
    """program.py, started with the given environment and a ledger of its own."""

    def __init__(self, seed=1, **environment):
        self.folder = tempfile.TemporaryDirectory()
        env = {**os.environ, "GFT_FAKE_DIR": self.folder.name, **environment}
        command = [sys.executable, str(Path(__file__).with_name("program.py")), str(seed)]
        self.process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ledger_file = Path(env["GFT_FAKE_DIR"], str(json.loads(self.process.stdout.readline())["pid"]))

    def try_(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def do(self, command):
        answer = self.try_(command)
        assert "error" not in answer, (command, answer)
        return answer

    def ledger(self):
        """Bytes charged per device, from the ledger's file."""
        records = self.ledger_file.read_text().splitlines() if self.ledger_file.exists() else []
        return {int(r[30:32], 16): int(r[33:]) for r in records}

    def quit(self, code):
        self.process.stdin.write(f"quit {code}\n")
        self.process.stdin.close()
        assert self.process.wait() == code
        assert not self.ledger_file.exists(), "the ledger's file outlives a normal exit"
        self.process.stdout.close()


def walk(segments, device):
    """What memory_stats should say, from the segments."""
    found = dict.fromkeys(["reserved", "allocated", "active", "requested", "inactive_split", "pending"], 0)
    for segment in (s for s in segments if s["device"] == device):
        address = segment["address"]
        found["reserved"] += segment["total_size"]
        for block in segment["blocks"]:
            assert block["address"] == address, "blocks do not follow each other"
            address += block["size"]
            if block["state"] == "inactive":
                if len(segment["blocks"]) > 1 and not segment["is_expandable"]:
                    found["inactive_split"] += block["size"]
                continue
            found["active"] += block["size"]
            found["requested"] += block["requested_size"]
            found["allocated" if block["state"] == "active_allocated" else "pending"] += block["size"]
        assert address == segment["address"] + segment["total_size"], "blocks do not fill their segment"
    return found


def check(program):
    """Compares counters, walk and ledger at one moment; answers the walks."""
    stats = program.do("stats")
    ledger = program.ledger()
    walks = []
    for device, counters in enumerate(stats["devices"]):
        found = walk(stats["segments"], device)
        for name in ("reserved", "allocated", "active", "requested", "inactive_split"):
            assert counters[f"{name}_bytes.all.current"] == found[name], (device, name, counters, found)
        assert ledger.get(device, 0) == (CONTEXT + found["reserved"] if device in ledger else 0), (device, ledger, found)
        walks.append(found)
    return walks


def random_moments(program, count=20):
    order = random.Random(0)
    for _ in range(count):
        program.do(f"step {order.randint(1, 60)}")
        walks = check(program)
    return walks


def plain(**environment):
    program = Program(**environment)
    program.do("init")
    assert program.ledger() == {} and sum(program.do("contexts")["contexts"]) == 0, "torch.cuda.init() made a context"
    random_moments(program)
    expandable = {s["is_expandable"] for s in program.do("stats")["segments"]}
    assert expandable == {"expandable_segments:True" in environment["PYTORCH_CUDA_ALLOC_CONF"]}, expandable
    assert len(program.ledger()) == int(environment["GFT_FAKE_DEVICES"])
    program.do("empty")
    check(program)
    program.do("clear")
    program.do("empty")
    assert all(w["reserved"] == 0 for w in check(program))
    program.quit(3)


def pending(**environment):
    program = Program(GFT_FAKE_EVENTS="hold", **environment)
    walks = random_moments(program)
    assert walks[0]["pending"] > 0
    program.do("complete")
    program.do("step 1")  # the allocator looks at its events when it allocates
    while walks[0]["pending"]:
        program.do("step 1")
        program.do("complete")
        walks = check(program)
    random_moments(program, 3)
    program.do("empty")  # waits for the events itself
    assert check(program)[0]["pending"] == 0
    program.quit(0)


def pools(**environment):
    program = Program(**environment)
    random_moments(program, 3)
    program.do("mempool 20")
    check(program)
    assert any(s["segment_pool_id"] != [0, 0] for s in program.do("stats")["segments"])
    program.do("mempool enter")
    assert "error" in program.try_("empty thread"), "another thread's empty_cache is refused while a pool is in use"
    program.do("empty")  # on this thread it means that pool only
    program.do("mempool leave")
    program.do("capture begin")
    program.do("step 10")
    check(program)
    assert "error" in program.try_("empty"), "empty_cache is refused during a capture"
    program.do("step 10")
    program.do("capture end")
    random_moments(program, 3)
    program.do("clear")
    program.do("mempool drop")
    program.do("capture drop")
    program.do("empty")
    check(program)
    program.quit(0)


def out_of_memory(**environment):
    program = Program(GFT_FAKE_TOTAL_MIB="2048", **environment)
    random_moments(program, 3)
    answer = program.try_(f"alloc {2048 * MIB}")
    assert answer["error"] == "OutOfMemoryError", answer
    assert "this process has" in answer["message"].lower(), "NVML's part of the message is missing"
    check(program)
    assert program.do("stats")["devices"][0]["num_ooms"] == 1
    program.quit(0)


def history(**environment):
    program = Program(**environment)
    program.do("history on")
    random_moments(program, 3)
    program.do("history off")
    program.do("hold 10")
    program.quit(0)


def shared_device():
    """Two processes on one GPU, the second of which knows it by its UUID, as one of two: what one takes the other has no more."""
    first = Program(GFT_FAKE_DEVICES="2", GFT_FAKE_TOTAL_MIB="8192")
    folder = first.folder.name
    second = Program(GFT_FAKE_DEVICES="2", GFT_FAKE_TOTAL_MIB="8192", GFT_FAKE_DIR=folder, CUDA_VISIBLE_DEVICES="GPU-67707566-7261-6774-6f70-2d66616b6501")
    first.do(f"alloc {5000 * MIB} 1")
    assert second.try_(f"alloc {5000 * MIB}")["error"] == "OutOfMemoryError"
    first.do("clear")
    first.do("empty")
    second.do(f"alloc {5000 * MIB}")
    assert first.ledger() == {1: CONTEXT} and second.ledger() == {1: CONTEXT + 5000 * MIB}, (first.ledger(), second.ledger())
    second.quit(0)
    first.quit(0)


def stream_ordered():
    """The cudaMallocAsync backend: no snapshot, and empty_cache trims the pool."""
    program = Program(PYTORCH_CUDA_ALLOC_CONF="backend:cudaMallocAsync", GFT_FAKE_DEVICES="1")
    program.do("step 100")
    assert "error" in program.try_("stats")
    program.do("clear")
    assert program.ledger()[0] > CONTEXT
    program.do("empty")
    assert program.ledger() == {0: CONTEXT}
    program.quit(0)


def main():
    for scenario in (shared_device, stream_ordered):
        scenario()
        print(f"ok {scenario.__name__}", flush=True)
    for scenario in (plain, pending, pools, out_of_memory, history):
        for conf in ("expandable_segments:False", "expandable_segments:True"):
            for devices in ("1", "2"):
                scenario(PYTORCH_CUDA_ALLOC_CONF=conf, GFT_FAKE_DEVICES=devices)
                print(f"ok {scenario.__name__}, {conf}, {devices} devices", flush=True)


if __name__ == "__main__":
    main()
