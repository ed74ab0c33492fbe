"""Steps 7 and 8 of e2e/gpu/check: what calls cost, and what watching costs.

python3 prices.py GPUFRAGTOP FACTS-FILE prints the tables for RESULTS.md. Watching: steps of a training-like loop bare, with
the shim, and with a monitor at 1 s and 0.1 s, five times in turn; FAIL below 0.99 of bare."""
import json
import statistics
import subprocess
import sys

from target import Target, Verdicts

ROUNDS, TIME_MS = 5, 3000


def price_table(tool, facts):
    target = Target(tool, instrumented=False)
    facts["prices"] = target.ask("prices")
    target.end()
    print("| call | median ms | worst ms | n |\n|---|---|---|---|")
    for name, times in facts["prices"].items():
        print("| %s | %.3f | %.3f | %d |" % (name, statistics.median(times), max(times), len(times)))


def release_table(tool, facts):
    """Releases by the monitor, of caches of different sizes."""
    target, facts["releases"] = Target(tool, env={"GPUFRAGTOP_RELEASE_INTERVAL_MS": "0"}), []
    print("| segments | released MiB | wall ms | GIL ms |\n|---|---|---|---|")
    for count in (10, 100, 1000):
        target.ask("segments %d" % count)
        _, outcome = target.release()
        facts["releases"].append({"segments": count, "outcome": outcome})
        back = sum(gpu["released_bytes"] or 0 for gpu in outcome["gpus"])
        print("| %d | %d | %s | %s |" % (count, back >> 20, outcome["took_ms"], outcome["hold_ms"]))
    target.end()


def watched(tool, how):
    """Steps a second of one run."""
    monitor = None
    target = Target(tool, instrumented=how != "bare")
    try:
        target.ask("train 500")
        if how.startswith("watched"):
            monitor = subprocess.Popen([tool, "--json", "--watch", "-d", how.split()[1]], stdout=subprocess.DEVNULL)
            target.ask("train 500")
        return len(target.ask("train %d" % TIME_MS)["steps"]) * 1000 / TIME_MS
    finally:
        if monitor:
            monitor.kill()
            monitor.wait()
        target.end()


def overhead(tool, verdict, facts):
    ways = ["bare", "shim", "watched 1", "watched 0.1"]
    facts["overhead"] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way in ways:
            facts["overhead"][way].append(watched(tool, way))
    bare = statistics.median(facts["overhead"]["bare"])
    for way in ways[1:]:
        ratio = statistics.median(facts["overhead"][way]) / bare
        verdict(ratio >= 0.99, "8 overhead", "%s: %.4f of bare (%.0f steps a second; all: %s)" %
                (way, ratio, bare, [round(x) for x in facts["overhead"][way]]))


def main(tool, facts_file):
    verdict, facts = Verdicts(), {}
    price_table(tool, facts)
    release_table(tool, facts)
    verdict(True, "7 prices", "see the tables")
    overhead(tool, verdict, facts)
    json.dump(facts, open(facts_file, "w"), indent=1)
    return verdict.failed > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
