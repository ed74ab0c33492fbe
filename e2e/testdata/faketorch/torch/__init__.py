"""A PyTorch of pure Python, which does what FAKE_TORCH says: ok, raises, rubbish, blocks, half, wild, holds;
and when it is recorded: old, asks for more, on raises, off raises, traces raise, traces are rubbish, traces are wild, silent."""

import os
import sys

__version__ = "2.11.0+fake"
MODE = os.environ.get("FAKE_TORCH", "ok")


def __getattr__(name):
    print("somebody asked for torch." + name, file=sys.stderr)  # as a lazy module, this would import
    raise AttributeError(name)


if MODE == "half":
    import threading

    threading.Event().wait(0.5)  # still being imported

import torch._C, torch.cuda  # noqa: E401, E402, F401: "from . import" would ask __getattr__ first
