"""Step 9 of e2e/gpu/check: programs and monitors that are killed leave nothing behind.

python3 faults.py GPUFRAGTOP. Kills only what it started."""
import json
import os
import signal
import subprocess
import sys
import time

from target import Target, Verdicts


def used(tool):
    return [gpu["memory_used_bytes"] for gpu in json.loads(subprocess.check_output([tool, "--json"], text=True))["gpus"]]


def main(tool):
    verdict, before = Verdicts(), used(tool)
    target = Target(tool)
    target.ask("step 300")
    target.send("train 20000")
    time.sleep(0.5)
    os.kill(target.pid, signal.SIGKILL)
    target.process.wait()
    time.sleep(2)
    document = json.loads(subprocess.check_output([tool, "--json"], text=True))
    gone = all(row["pid"] != target.pid for row in document["processes"])
    verdict(gone, "9 faults", "a program killed while it allocates is gone from the screen")
    verdict(max(abs(a - b) for a, b in zip(used(tool), before)) < 64 << 20, "9 faults", "and its memory is back")

    target = Target(tool)
    for _ in range(10):
        monitor = subprocess.Popen([tool, "--json", "--watch", "-d", "0.1"], stdout=subprocess.DEVNULL)
        target.ask("train 200")
        monitor.kill()
        monitor.wait()
    verdict("error" not in target.ask("step 100"), "9 faults", "ten monitors killed while they watch: the program goes on")
    target.process.send_signal(signal.SIGSTOP)
    code, outcome = target.release()
    verdict(code == 1 and outcome["status"] == "stopped", "9 faults", "a stopped program is not released: %s" % outcome["reason"])
    target.process.send_signal(signal.SIGCONT)
    verdict(target.end() == 0, "9 faults", "and ends as without us")
    return verdict.failed > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
