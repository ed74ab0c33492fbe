"""Runs a command and prints the most memory that it held, in bytes. The test
itself cannot ask: a child's figure begins with that of whoever started it."""
import resource, subprocess, sys

subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
