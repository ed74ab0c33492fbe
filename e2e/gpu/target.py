"""Starts and asks the programs of e2e/gpu/check, and says PASS, FAIL or SKIP."""
import json
import os
import statistics
import subprocess
import sys

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "program.py")


class Target:
    """program.py, instrumented unless told otherwise."""

    def __init__(self, tool, instrumented=True, env=None):
        self.tool = tool
        front = [tool, "run", "--"] if instrumented else []
        self.process = subprocess.Popen(front + [sys.executable, PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, env={**os.environ, **(env or {})})
        self.pid = json.loads(self.process.stdout.readline())["pid"]

    def send(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def answer(self):
        return json.loads(self.process.stdout.readline())

    def ask(self, command):
        self.send(command)
        return self.answer()

    def row(self):
        """Its only row of --json."""
        text = subprocess.run([self.tool, "--json", "-p", str(self.pid)], stdout=subprocess.PIPE, text=True, check=True).stdout
        rows = json.loads(text)["processes"]
        assert len(rows) == 1, "%d rows for the target" % len(rows)
        return rows[0]

    def release(self, *flags):
        """Exit code and outcome of a release."""
        done = subprocess.run([self.tool, "release", str(self.pid), "--yes", "--json", *flags], stdout=subprocess.PIPE, text=True)
        return done.returncode, json.loads(done.stdout)

    def end(self):
        """Its exit code."""
        self.process.stdin.close()
        return self.process.wait(60)


class Verdicts:
    def __init__(self):
        self.failed = 0

    def __call__(self, ok, step, words):
        print("PASS" if ok else "FAIL", " %s: %s" % (step, words), flush=True)
        self.failed += not ok

    def skip(self, step, words):
        print("SKIP  %s: %s" % (step, words), flush=True)


def quantiles(times):
    """Median and worst, in words."""
    return "%.2f ms median, %.2f ms worst of %d" % (statistics.median(times), max(times), len(times))
