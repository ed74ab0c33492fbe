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
    return bool(ask and _backend(C) == "native" and ask())  # the others raise


def _allowed(C, ordinal, total):
    """The cap that set_per_process_memory_fraction made, in bytes; None = none known."""
    ask = getattr(C, "_cuda_getMemoryFraction", None)
    if not ask or not total:
        return None
    fraction = ask(ordinal)
    return round(fraction * total) if fraction < 1 else None


def _figure(name, which="current"):
    return name, "all", which


# Where the figures lie in PyTorch's statistics, in the order of struct gft_device.
_FIGURES = (
    _figure("reserved_bytes"), _figure("reserved_bytes", "peak"),
    _figure("allocated_bytes"), _figure("allocated_bytes", "peak"),
    _figure("active_bytes"), _figure("active_bytes", "peak"),
    _figure("requested_bytes"), _figure("inactive_split_bytes"),
    _figure("segment"), _figure("active"), _figure("inactive_split"),
    ("num_alloc_retries",), ("num_ooms",), ("num_device_alloc",), ("num_device_free",),
)  # fmt: skip


def _at(stats, path):
    for key in path:
        stats = stats.get(key) if type(stats) is dict else None
    return stats


def _device(C, ordinal, total, stats=None):
    """One device: ordinal, then the figures of struct gft_device in its order; now, or as its stats told them."""
    if stats is None:
        figures = pick(C._cuda_memoryStats, ordinal, _FIGURES)  # noqa: F821
    else:
        figures = tuple(_at(stats, path) for path in _FIGURES)
    return (ordinal,) + figures + (_allowed(C, ordinal, total),)


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
    return _told(names, C, devices)


def look_back(told):
    """As look, for the one device whose stats were taken a moment ago: (contexts, stats)."""
    ready = _ready()
    if not ready:
        return ready
    names, _, C = ready
    (contexts, stats) = told
    return _told(names, C, [_device(C, ordinal, total, stats) for ordinal, total in contexts])


def _told(names, C, devices):
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
        _ranks(names),
    )


def _large_segment():
    for part in _settings.split(","):
        name, _, value = part.partition(":")
        if name.strip() == "large_segment_size_mb" and value.strip().isdigit():
            return int(value) << 20
    return 20 << 20


_RANKS_INITIALIZED, _RANKS_NCCL, _RANKS_GIL = 1, 2, 4  # GFT_RANKS_*


def _ranks(names):
    """(flags, rank, number of ranks) as torch.distributed has them now."""
    flags = _RANKS_GIL if _holds_gil(names) else 0
    distributed = modules.get("torch.distributed")
    if distributed is None or getattr(vars(distributed).get("__spec__"), "_initializing", False):
        return flags, 0, 0
    ask = vars(distributed)
    try:
        if not ask["is_initialized"]():
            return flags, 0, 0
        rank, world = int(ask["get_rank"]()), int(ask["get_world_size"]())
        backends = [str(ask[name]()) for name in ("get_backend", "get_backend_config") if name in ask]
    except Exception:  # not available in this build, or not what it was
        return flags, 0, 0
    if any("nccl" in backend.lower() for backend in backends):
        flags |= _RANKS_NCCL
    return flags | _RANKS_INITIALIZED, rank, world


def _snapshot_arguments(names):
    """How a snapshot is asked for: without traces where PyTorch allows that."""
    if _version(names) >= (2, 11):
        return ((0, 0, False),)
    if _version(names) >= (2, 7):
        return (None,)
    return ()


def snapshot_call():
    """PyTorch's function for a snapshot of all segments, and its arguments."""
    names, _, C = _ready()
    return C._cuda_memorySnapshot, _snapshot_arguments(names)


def learn(settings):
    """Keeps the settings that a snapshot told."""
    global _settings
    _settings = settings.get("PYTORCH_CUDA_ALLOC_CONF") or _settings


def segments_of(snapshot):
    """The segments of a snapshot."""
    global _settings
    if type(snapshot) is dict:  # PyTorch 2.0; a bare list before
        _settings = snapshot.get("allocator_settings", {}).get("PYTORCH_CUDA_ALLOC_CONF") or _settings
        snapshot = snapshot["segments"]
    if type(snapshot) is not list:
        raise TypeError("the snapshot is not a list of segments")
    return snapshot


def oom_attach(observer):
    """Has PyTorch call observer(device, asked, total or cap, free) when it gives up. None: not yet. (): it has no observers.

    Else what the observer needs, so that it calls nothing but C: the snapshot and its arguments, stats of a device, the
    current stream of one, whether a snapshot would copy the history, sys._getframe and sys._current_frames.
    """
    ready = _ready()
    if not ready:
        return None
    names, _, C = ready
    attach = getattr(C, "_cuda_attach_out_of_memory_observer", None)
    if attach is None or _version(names) < (2, 1) or _backend(C) != "native":  # 2.0 calls them with the allocator's lock held
        return ()
    sys = vars(modules["sys"])
    tools = (
        C._cuda_memorySnapshot,
        _snapshot_arguments(names),
        C._cuda_memoryStats,
        getattr(C, "_cuda_getCurrentRawStream", None),
        getattr(C, "_cuda_isHistoryEnabled", None) if _version(names) < (2, 11) else None,
        sys.get("_getframe"),
        sys.get("_current_frames"),
    )
    attach(observer)
    return tools


def refusal():
    """Why a release would do harm; None if it would not."""
    names, _, _ = _ready()
    distributed = modules.get("torch.distributed")
    if distributed is None or not _holds_gil(names):
        return None
    ask = vars(distributed)
    if ask.get("is_initialized", bool)() and ask["get_world_size"]() > 1:  # whatever it raises refuses, too
        return "PyTorch %s would hold the GIL: it could wait for a rank that waits for it" % names.get("__version__")
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


# Recording the memory history: on for a time, by us, without stacks. The numbers are those of enum gft_history.
_STARTED, _THEIRS, _OURS, _OFF = range(4)
_SWITCHES = ("_cuda_record_memory_history", "_cuda_record_memory_history_legacy")
_recording = None  # while history is on by us: (calls seen, {name of a switch: (real, ours)}, arguments that switch it off)


def _switch_arguments(**values):
    """The arguments that this PyTorch's switch takes, by the names that PyTorch gives them; values has ours for them."""
    memory = modules.get("torch.cuda.memory")
    code = getattr(vars(memory).get("_record_memory_history_impl") if memory else None, "__code__", None)
    if code is None:
        return None
    names = code.co_varnames[: code.co_argcount]
    return tuple(values[name] for name in names if name != "device")  # PyTorch passes all on but this


def record(entries):
    """Switches history on for all devices, unless it is; a str says why it cannot be done."""
    global _recording
    names, _, C = _ready()
    if _recording:
        return "it is being recorded already"
    # Annotations by a global callback: one of this thread could not be taken back by another thread.
    common = dict(context=None, stacks="python", clear_history=False, compile_context=False, global_record_annotations=True, skip_actions=[])
    try:
        on = _switch_arguments(enabled="all", max_entries=entries, **common)
        off = _switch_arguments(enabled=None, max_entries=1, **common)
    except KeyError as unknown:
        return "PyTorch %s wants to know %s to record history" % (names.get("__version__"), unknown)
    if on is None or _SWITCHES[0] not in vars(C) or not hasattr(C, "_cuda_isHistoryEnabled"):
        return "PyTorch %s is older than 2.1, or cannot record history" % names.get("__version__")
    places = {}
    for name in _SWITCHES:
        if name in vars(C):
            places[name] = vars(C)[name], watch(vars(C)[name])  # noqa: F821
            setattr(C, name, places[name][1])
    _recording = calls(), places, off  # noqa: F821
    try:
        if switch((places[_SWITCHES[0]][0], on, _recording[0], C._cuda_isHistoryEnabled)):  # noqa: F821
            return _STARTED
    except BaseException:
        record_end()
        raise
    _forget(C)
    return _THEIRS


def recorded():
    """Whose the history is that we switched on."""
    _, _, C = _ready()
    if not _recording:
        return _THEIRS if _history(C) else _OFF
    if not _history(C):
        _forget(C)
        return _OFF
    if calls() != _recording[0]:  # noqa: F821
        _forget(C)
        return _THEIRS
    return _OURS


def record_end():
    """Switches history off, if it is on by us and nobody has touched it since."""
    if not _recording:
        return
    seen, places, off = _recording
    switch((places[_SWITCHES[0]][0], off, seen, None))  # noqa: F821
    _forget(modules["torch"]._C)


def _forget(C):
    """Takes our functions out of torch._C again."""
    global _recording
    for name, (real, ours) in _recording[1].items():
        if vars(C).get(name) is ours:
            setattr(C, name, real)
    _recording = None


def _counts(C, contexts):
    """Numbers that differ when an allocator did anything in between."""
    out = []
    for ordinal, _ in contexts:
        try:
            stats = C._cuda_memoryStats(ordinal)
        except RuntimeError:
            continue
        for name in ("allocation", "active", "segment", "reserved_bytes", "requested_bytes"):
            all = stats.get(name, {}).get("all", {})
            out += [all.get("allocated"), all.get("freed")]
        out.append(stats.get("num_ooms"))
    return out


def _traces(take, arguments):
    """A snapshot with traces."""
    global _settings
    snapshot = quietly(take, arguments)  # noqa: F821
    if type(snapshot) is not dict or type(snapshot["segments"]) is not list or type(snapshot["device_traces"]) is not list:
        raise TypeError("the snapshot has no traces")
    _settings = snapshot.get("allocator_settings", {}).get("PYTORCH_CUDA_ALLOC_CONF") or _settings
    return snapshot["segments"], snapshot["device_traces"]


def trace(contexts):
    """The segments, and the trace of each device, which ends in that state.

    PyTorch copies the traces first and then walks, and a thread without the
    interpreter's lock may allocate in between. Where one did, the walk has left
    its mark in the traces of the next copy, which are cut there.
    """
    names, _, C = _ready()
    take, arguments = C._cuda_memorySnapshot, ()
    if _version(names) >= (2, 11):
        arguments = ((0, 0, True),)
    elif _version(names) >= (2, 7):
        arguments = (None,)
    before = _counts(C, contexts)
    segments, traces = _traces(take, arguments)
    if _counts(C, contexts) == before:
        return segments, traces
    for _ in range(3):
        later, traces = _traces(take, arguments)
        if all([_cut_at_walk(events, segments, ordinal) for ordinal, events in enumerate(traces)]):
            return segments, traces
        segments = later  # the mark has been written over already
    raise RuntimeError("the program allocates too quickly: no trace and walk of one moment were to be had")


def _cut_at_walk(events, segments, ordinal):
    """Cuts a trace at the newest mark of a walk that saw these segments; False: it is not there."""
    active = sum(s["active_size"] for s in segments if s["device"] == ordinal)
    for at in range(len(events) - 1, -1, -1):
        if events[at]["action"] == "snapshot" and events[at]["size"] == active:
            del events[at:]
            return True
    return not events and not active
