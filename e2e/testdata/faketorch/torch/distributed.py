import torch

if "ranks" in torch.MODE:

    def is_initialized():
        return True

    def get_rank(group=None):
        return -1 if torch.MODE == "wild ranks" else 3

    def get_world_size(group=None):
        return 1 << 70 if torch.MODE == "wild ranks" else 8

    def get_backend(group=None):
        return "undefined"

    def get_backend_config(group=None):
        return "cpu:gloo,cuda:nccl"
