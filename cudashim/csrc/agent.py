# Runs inside the program that is watched, in a namespace of its own. The shim
# gives `modules` (sys.modules). Nothing is imported; module attributes are read
# through vars(), because a module's __getattr__ may import.

_settings = ""  # as the last snapshot told them


def _ready():
    """PyTorch's names, those of torch.cuda and torch._C; None where there is no PyTorch, () where its CUDA is not initialized."""
    torch = modules.get("torch")
    cuda = modules.get("torch.cuda")
    if torch is None or cuda is None or "_C" not in vars(torch):
        return None
    for module in (torch, cuda):
        if getattr(vars(module).get("__spec__"), "_initializing", False):
            return None
    if not vars(cuda)["is_initialized"]():
        return ()
    return vars(torch), vars(cuda), vars(torch)["_C"]


def _version(names):
    """(major, minor) of PyTorch."""
    parts = str(names.get("__version__", "")).split(".")
    return tuple(int("".join(c for c in part if c.isdigit()) or 0) for part in (parts + ["0", "0"])[:2])


def _holds_gil(names):
    """Whether this PyTorch keeps the GIL while it empties the cache; 2.6 is the first seen to give it up."""
    return _version(names) < (2, 6)


def _backend(C):
    ask = getattr(C, "_cuda_getAllocatorBackend", None)  # PyTorch 2.0
    return ask() if ask else "native"


def _history(C):
    ask = getattr(C, "_cuda_isHistoryEnabled", None)  # PyTorch 2.1
    return bool(ask and ask())


def _allowed(C, ordinal, total):
    """The cap that set_per_process_memory_fraction made, in bytes; None = none known."""
    ask = getattr(C, "_cuda_getMemoryFraction", None)
    if not ask or not total:
        return None
    fraction = ask(ordinal)
    return round(fraction * total) if fraction < 1 else None


def _device(C, ordinal, total):
    """One device: ordinal, then the figures of struct gft_device in its order."""
    stats = C._cuda_memoryStats(ordinal)

    def of(name, which="current"):
        return stats.get(name, {}).get("all", {}).get(which)

    return (
        ordinal,
        of("reserved_bytes"), of("reserved_bytes", "peak"),
        of("allocated_bytes"), of("allocated_bytes", "peak"),
        of("active_bytes"), of("active_bytes", "peak"),
        of("requested_bytes"), of("inactive_split_bytes"),
        of("segment"), of("active"), of("inactive_split"),
        stats.get("num_alloc_retries"), stats.get("num_ooms"),
        stats.get("num_device_alloc"), stats.get("num_device_free"),
        _allowed(C, ordinal, total),
    )  # fmt: skip


def look(contexts):
    """What the framework is and how its allocators stand.

    contexts: (ordinal, total bytes) of the devices that have a context already.
    None: no framework. (): its CUDA is not initialized.
    """
    ready = _ready()
    if not ready:
        return ready
    names, _, C = ready
    devices = []
    for ordinal, total in contexts:
        try:
            devices.append(_device(C, ordinal, total))
        except RuntimeError:  # no allocator on this device yet
            pass
    version = _version(names)
    history = _history(C)
    return (
        str(names.get("__version__", "")),
        _backend(C),
        _settings,
        int(history),
        int(history and version < (2, 11)),  # a snapshot would copy the history
        _large_segment(),
        tuple(devices),
    )


def _large_segment():
    for part in _settings.split(","):
        name, _, value = part.partition(":")
        if name.strip() == "large_segment_size_mb" and value.strip().isdigit():
            return int(value) << 20
    return 20 << 20


def segments():
    """All segments of all devices, a list of dicts; without traces where PyTorch allows that."""
    global _settings
    names, _, C = _ready()
    take = C._cuda_memorySnapshot
    if _version(names) >= (2, 11):
        snapshot = take((0, 0, False))
    elif _version(names) >= (2, 7):
        snapshot = take(None)
    else:
        snapshot = take()
    if type(snapshot) is dict:  # PyTorch 2.0; a bare list before
        _settings = snapshot.get("allocator_settings", {}).get("PYTORCH_CUDA_ALLOC_CONF") or _settings
        snapshot = snapshot["segments"]
    if type(snapshot) is not list:
        raise TypeError("the snapshot is not a list of segments")
    return snapshot


def refusal():
    """Why a release would do harm; None if it would not."""
    names, _, _ = _ready()
    distributed = modules.get("torch.distributed")
    if distributed is None or not _holds_gil(names):
        return None
    ask = vars(distributed)
    if ask.get("is_initialized", bool)() and ask["get_world_size"]() > 1:
        return "one of several ranks, and this PyTorch would hold the GIL: it could wait for a rank that waits for it"
    return None


def reserved(contexts):
    """Reserved bytes of each device of contexts; None where there is no allocator."""
    _, _, C = _ready()
    out = []
    for ordinal, _ in contexts:
        try:
            out.append(C._cuda_memoryStats(ordinal)["reserved_bytes"]["all"]["current"])
        except RuntimeError:
            out.append(None)
    return tuple(out)


def release(ordinal):
    """Empties the cache; tells whether the GIL was held all the while.

    ordinal is a device that has a context: on any other, the first free would make one.
    """
    names, _, C = _ready()
    C._cuda_setDevice(ordinal)
    C._cuda_emptyCache()
    return _holds_gil(names)
