"""Steps 3 to 5 of e2e/gpu/check: figures, fits and release against PyTorch's own.

python3 pytorch_truth.py GPUFRAGTOP FACTS-FILE holds an instrumented program still and compares what the monitor says with
what the program knows. Exit code 1 if a step failed."""
import json
import sys

from target import Target, Verdicts

KEYS = {
    "reserved_bytes": "reserved_bytes.all.current",
    "used_bytes": "allocated_bytes.all.current",
    "requested_bytes": "requested_bytes.all.current",
}


def main(tool, facts_file):
    target, verdict, facts = Target(tool), Verdicts(), {"moments": []}
    different = 0
    for _ in range(20):
        target.ask("step 200")
        stats, row = target.ask("stats"), target.row()
        wrong = {key: (row[key], stats[name]) for key, name in KEYS.items() if row[key] != stats[name]}
        different += bool(wrong)
        facts["moments"].append({"wrong": wrong, "other_bytes": row["other_bytes"], "watching": row["watching"]})
    verdict(different == 0, "3 truth", "%d of 20 moments equal PyTorch's counters to the byte" % (20 - different))

    row = target.row()
    now, after = row["fits_now_bytes"], row["fits_after_release_bytes"]
    facts["fits"] = {"now": now, "after": after, "asked": target.ask("attempt %d" % now)}
    verdict(facts["fits"]["asked"]["fits"], "4 fits", "an allocation of fits_now_bytes = %s succeeds" % now)

    target.ask("step 500")
    contexts = target.ask("contexts")
    code, facts["release"] = target.release()
    gpus = facts["release"]["gpus"]
    verdict(code == 0 and bool(gpus) and all(g["released_bytes"] == g["estimate_bytes"] for g in gpus),
            "5 release", "estimate and bytes back: %s" % [(g["estimate_bytes"], g["released_bytes"]) for g in gpus])
    verdict(target.ask("contexts") == contexts, "5 release", "no context was made: %(contexts)d on %(devices)d devices" % contexts)
    verdict(target.end() == 0, "5 release", "the program ends as without us")
    json.dump(facts, open(facts_file, "w"), indent=1)
    return verdict.failed > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
