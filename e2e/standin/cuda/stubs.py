#!/usr/bin/env python3
"""Writes empty stand-ins for the NVIDIA libraries that PyTorch's libraries are linked with.

usage: stubs.py TORCH_LIB OUTDIR

For every NVIDIA soname among the NEEDED entries: OUTDIR/<soname>.c, a function for each symbol that PyTorch wants from it, and OUTDIR/<soname>.map,
their versions. The functions are weak, so that those written in C stand before them, and answer "not supported". OUTDIR/folders tells where the
real package has each library: one line "<soname> <folder>".
"""

import re
import subprocess
import sys
from pathlib import Path

NVIDIA = re.compile(r"lib(cu|nv|nccl)")
DRIVER = "libcuda.so.1"
NOT_SUPPORTED = 801

# Folders of the packages whose names do not follow from the library's.
FOLDERS = {
    "cudart": "nvidia/cuda_runtime/lib",
    "cupti": "nvidia/cuda_cupti/lib",
    "nvrtc": "nvidia/cuda_nvrtc/lib",
    "cublasLt": "nvidia/cublas/lib",
    "nvToolsExt": "nvidia/nvtx/lib",
    "cusparseLt": "cusparselt/lib",
    "cuda": "driver",
}

# Functions that return text: an error number there would be taken for an address.
TEXT = re.compile(r"(Get(Last)?Error(String|Name)?|GetStatus(String|Name)|GetErrorString)$")


def readelf(option, library):
    return subprocess.run(["readelf", "-W", option, library], check=True, capture_output=True, text=True).stdout


def stem(soname):
    return soname[len("lib"):soname.index(".so")]


def needed(library):
    found = re.findall(r"\(NEEDED\).*\[(.+?)\]", readelf("-d", library))
    return [soname for soname in found if NVIDIA.match(soname)]


def undefined(library):
    """Yields (symbol, version or "") of each symbol the library takes from others."""
    for name in re.findall(r" UND (\S+)", readelf("--dyn-syms", library)):
        symbol, _, version = name.partition("@")
        yield symbol, version.lstrip("@")


def owner(symbol, version, sonames):
    """The library a symbol comes from: its version names it; without a version the longest matching name does."""
    if version:
        return version if version in sonames else None
    prefixes = {"cu" if s == DRIVER else stem(s): s for s in sonames}
    matching = [p for p in prefixes if re.match(p + "[A-Z]", symbol)]
    return prefixes[max(matching, key=len)] if matching else None


def looked_up(library):
    """The driver functions that a library finds by dlsym: their names stand among its strings."""
    return {m.decode() for m in re.findall(rb"\0(cu[A-Z][A-Za-z0-9]+)(?=\0)", library.read_bytes())}


def wanted(libraries):
    """Maps each NVIDIA soname to its symbols: {soname: {symbol: version}}."""
    symbols = {}
    for library in libraries:
        sonames = needed(library)
        for soname in sonames:
            symbols.setdefault(soname, {})
        for symbol, version in undefined(library):
            soname = owner(symbol, version, sonames)
            if soname:
                symbols[soname][symbol] = version
        if library.name == "libc10_cuda.so":
            symbols.setdefault(DRIVER, {}).update(dict.fromkeys(looked_up(library), ""))
    return symbols


def source(symbols):
    lines = []
    for symbol in sorted(symbols):
        result, value = ("const char *", '"not supported"') if TEXT.search(symbol) else ("int ", NOT_SUPPORTED)
        lines.append(f"__attribute__((weak)) {result}{symbol}(void) {{ return {value}; }}\n")
    return "".join(lines)


def version_map(symbols):
    """One node per version; symbols without a version need no node."""
    nodes = {}
    for symbol, version in sorted(symbols.items()):
        nodes.setdefault(version, []).append(symbol)
    unversioned = nodes.pop("", None)
    if not nodes:
        return "{ global: *; };\n" if unversioned else ""
    return "".join(f"{version} {{ global: {'; '.join(names)}; }};\n" for version, names in nodes.items())


def main():
    torch_lib, out = Path(sys.argv[1]), Path(sys.argv[2])
    libraries = [p for p in sorted(torch_lib.glob("lib*.so")) if NVIDIA.search(readelf("-d", p))]
    folders = []
    for soname, symbols in sorted(wanted(libraries).items()):
        (out / f"{soname}.c").write_text(source(symbols))
        (out / f"{soname}.map").write_text(version_map(symbols))
        folders.append(f"{soname} {FOLDERS.get(stem(soname), f'nvidia/{stem(soname)}/lib')}\n")
    (out / "folders").write_text("".join(folders))


if __name__ == "__main__":
    main()
