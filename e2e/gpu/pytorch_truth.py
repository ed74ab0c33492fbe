"""Steps 3 to 5 of e2e/gpu/check: figures, fits and release against PyTorch's own.

python3 pytorch_truth.py GPUFRAGTOP FACTS-FILE starts itself as an instrumented
child, holds it still, and compares what the monitor says with what the child
knows. Prints PASS or FAIL lines; exit code 1 if one failed."""
import json
import random
import subprocess
import sys

KEYS = {
    "reserved_bytes": "reserved_bytes.all.current",
    "used_bytes": "allocated_bytes.all.current",
    "requested_bytes": "requested_bytes.all.current",
}


def child():
    """Allocates at random, answers commands on standard input."""
    import torch

    rng, live, step = random.Random(7), [], 0
    torch.cuda.init()
    for line in sys.stdin:
        word, *rest = line.split()
        if word == "step":
            for _ in range(int(rest[0])):
                step += 1
                if live and rng.random() < 0.45:
                    live.pop(rng.randrange(len(live)))
                else:
                    live.append(torch.empty(int(2 ** rng.uniform(9, 27)), dtype=torch.uint8, device="cuda"))
            torch.cuda.synchronize()
            answer = {}
        elif word == "stats":
            answer = dict(torch.cuda.memory_stats())
        elif word == "try":
            try:
                torch.empty(int(rest[0]), dtype=torch.uint8, device="cuda")
                answer = {"fits": True}
            except torch.cuda.OutOfMemoryError:
                answer = {"fits": False}
        print(json.dumps(answer), flush=True)


class Target:
    def __init__(self, tool):
        self.tool = tool
        self.process = subprocess.Popen([tool, "run", "--", sys.executable, __file__, "--child"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def row(self):
        text = subprocess.run([self.tool, "--json", "-p", str(self.process.pid)],
                              stdout=subprocess.PIPE, text=True, check=True).stdout
        rows = json.loads(text)["processes"]
        assert len(rows) == 1, "%d rows for the target" % len(rows)
        return rows[0]


def main(tool, facts_file):
    target, failed, facts = Target(tool), 0, {"moments": []}

    def verdict(ok, step, words):
        nonlocal failed
        print("PASS" if ok else "FAIL", " %s: %s" % (step, words))
        failed += not ok

    different = 0
    for _ in range(20):
        target.ask("step 200")
        stats, row = target.ask("stats"), target.row()
        wrong = {key: (row[key], stats[name]) for key, name in KEYS.items() if row[key] != stats[name]}
        different += bool(wrong)
        facts["moments"].append({"wrong": wrong, "other_bytes": row["other_bytes"], "watching": row["watching"]})
    verdict(different == 0, "3 truth", "%d of 20 moments equal PyTorch's counters to the byte" % (20 - different))

    now, after = row["fits_now_bytes"], row["fits_after_release_bytes"]
    facts["fits"] = {"now": now, "after": after, "asked": target.ask("try %d" % now)}
    verdict(facts["fits"]["asked"]["fits"], "4 fits", "an allocation of fits_now_bytes = %s succeeds" % now)

    target.ask("step 500")
    outcome = subprocess.run([tool, "release", str(target.process.pid), "--yes", "--json"], stdout=subprocess.PIPE, text=True)
    facts["release"] = json.loads(outcome.stdout)
    gpus = facts["release"]["gpus"]
    verdict(outcome.returncode == 0 and all(g["released_bytes"] == g["estimate_bytes"] for g in gpus),
            "5 release", "estimate and bytes back: %s" % [(g["estimate_bytes"], g["released_bytes"]) for g in gpus])
    target.process.stdin.close()
    verdict(target.process.wait(60) == 0, "5 release", "the program ends as without us")
    json.dump(facts, open(facts_file, "w"), indent=1)
    return 1 if failed else 0


if __name__ == "__main__":
    child() if sys.argv[1] == "--child" else sys.exit(main(sys.argv[1], sys.argv[2]))
