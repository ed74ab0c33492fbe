"""Step 6 of e2e/gpu/check: what a release does to a program that works meanwhile.

python3 harm.py GPUFRAGTOP FACTS-FILE. Under graph capture, under torch.profiler, during a training-like loop, and of one
rank and of both ranks of an all_reduce."""
import json
import os
import socket
import sys
import time

from target import Target, Verdicts, quantiles

SPAN = int(os.environ.get("GPUFRAGTOP_CHECK_MS", "3000"))  # of each measurement
AT_ONCE = {"GPUFRAGTOP_RELEASE_INTERVAL_MS": "0"}


def under_capture(tool, verdict):
    target = Target(tool, env=AT_ONCE)
    target.ask("step 200")
    target.ask("capture begin")
    code, outcome = target.release()
    verdict(code == 1 and outcome["status"] == "capture", "6 harm", "refused under graph capture: %s" % outcome["reason"])
    ended = target.ask("capture end")
    verdict("error" not in ended, "6 harm", "the captured graph ends and replays %s" % ended)
    code, outcome = target.release()
    verdict(code == 0, "6 harm", "after the capture: %s" % outcome["status"])
    target.end()


def during(target, command, release):
    """The program's answer to a command during which, at about a third, release() is called."""
    target.send(command)
    time.sleep(SPAN / 3000)
    outcome = release()
    return target.answer(), outcome


def under_profiler(tool, verdict, facts):
    bare, target = Target(tool, instrumented=False), Target(tool, env=AT_ONCE)
    facts["kernels bare"] = bare.ask("profile %d" % SPAN)
    if "error" in facts["kernels bare"]:
        verdict.skip("6 harm", "torch.profiler does not work here without us either: %(message)s" % facts["kernels bare"])
        return
    answer, (_, outcome) = during(target, "profile %d" % (2 * SPAN), target.release)
    facts["kernels with release"] = answer
    verdict("error" not in answer and (answer["kernels"] > 0) == (facts["kernels bare"]["kernels"] > 0), "6 harm",
            "torch.profiler beside us: %s; bare: %s; release: %s" % (answer, facts["kernels bare"], outcome["status"]))
    bare.end()
    target.end()


def in_training(tool, verdict, facts):
    target = Target(tool, env=AT_ONCE)
    target.ask("segments 200")
    before = target.ask("train %d" % SPAN)["steps"]
    answer, (code, outcome) = during(target, "train %d" % SPAN, target.release)
    after = target.ask("train %d" % SPAN)["steps"]
    facts["training"] = {"before": before, "during": answer["steps"], "after": after, "outcome": outcome, "math": answer["math"]}
    verdict(code == 0, "6 harm", "step time before: %s; with a release: %s; after: %s; the release: %s ms" %
            (quantiles(before), quantiles(answer["steps"]), quantiles(after), outcome["took_ms"]))
    target.end()


def of_ranks(tool, verdict, facts):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ranks = [Target(tool, env={**AT_ONCE, "RANK": str(rank), "WORLD_SIZE": "2"}) for rank in range(2)]
    for rank, target in enumerate(ranks):
        target.send("join %d 2 %d" % (rank, port))
    joined = [target.answer() for target in ranks]
    if any("error" in answer for answer in joined):
        verdict.skip("6 harm", "two ranks could not be joined: %s" % joined)
        return
    for who in (ranks[:1], ranks):
        for target in ranks:
            target.ask("segments 50")
            target.send("reduce %d" % SPAN)
        time.sleep(SPAN / 3000)
        outcomes = [target.release() for target in who]
        times = [target.answer()["steps"] for target in ranks]
        facts["%d of 2 ranks" % len(who)] = {"outcomes": [outcome for _, outcome in outcomes], "times": times}
        verdict(all(code == 0 for code, _ in outcomes), "6 harm", "all_reduce by %s, %d of 2 ranks released: %s; %s" % (
            joined[0]["backend"], len(who), [outcome["status"] for _, outcome in outcomes], [quantiles(t) for t in times]))
    for target in ranks:
        target.end()


def main(tool, facts_file):
    verdict, facts = Verdicts(), {}
    under_capture(tool, verdict)
    under_profiler(tool, verdict, facts)
    in_training(tool, verdict, facts)
    of_ranks(tool, verdict, facts)
    json.dump(facts, open(facts_file, "w"), indent=1)
    return verdict.failed > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
