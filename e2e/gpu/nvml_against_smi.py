"""Compares a --json document with nvidia-smi: python3 nvml_against_smi.py DOCUMENT"""
import json
import subprocess
import sys

MIB = 1 << 20
document = json.load(open(sys.argv[1]))
query = ["nvidia-smi", "--query-gpu=uuid,memory.total,memory.reserved", "--format=csv,noheader,nounits"]
wrong = 0
for line in subprocess.check_output(query, text=True).splitlines():
    uuid, total, reserved = [field.strip() for field in line.split(",")]
    gpu = next((g for g in document["gpus"] if g["uuid"] == uuid), None)
    if gpu is None:
        print("missing GPU", uuid)
        wrong += 1
        continue
    parts = [gpu[k] for k in ("memory_used_bytes", "memory_free_bytes", "memory_driver_reserved_bytes")]
    closes = None not in parts and sum(parts) == gpu["memory_total_bytes"]
    same = abs(gpu["memory_total_bytes"] - int(total) * MIB) <= MIB and \
        abs(gpu["memory_driver_reserved_bytes"] - int(reserved) * MIB) <= MIB
    print(uuid, "sum closes" if closes else "sum does not close", "equals nvidia-smi" if same else "differs from nvidia-smi")
    wrong += (not closes) + (not same)
sys.exit(bool(wrong))
