"""A PyTorch of pure Python, which does what FAKE_TORCH says: ok, raises, rubbish, blocks, half, wild;
and when it is recorded: old, asks for more, on raises, off raises, traces raise, traces are rubbish, traces are wild, silent;
and when it is released: empties slowly, ranks (one of eight, with NCCL), old ranks (the same, by a PyTorch that keeps the GIL), wild ranks."""

import os
import sys

MODE = os.environ.get("FAKE_TORCH", "ok")
__version__ = "2.5.1+fake" if MODE == "old ranks" else "2.11.0+fake"


def __getattr__(name):
    print("somebody asked for torch." + name, file=sys.stderr)  # as a lazy module, this would import
    raise AttributeError(name)


if MODE == "half":
    import threading

    threading.Event().wait(0.5)  # still being imported

import torch._C, torch.cuda, torch.distributed  # noqa: E401, E402, F401: "from . import" would ask __getattr__ first
