"""libheif without threads. Reader side, before it is confined.

It starts a thread for every decoder that it makes of libde265, has no option to do without, and fails where none can be
started. libde265 itself computes in the calling thread where nobody asked it for others. So what libheif calls to ask
for them is replaced, in its own table of functions from outside.
"""

from __future__ import annotations

import ctypes
import importlib
import mmap
from collections.abc import Iterator

_ASKED_FOR = b"de265_start_worker_threads"
_NEXT = 24  # bytes into struct link_map of <link.h>: base, name, dynamic section, next, previous
_STRINGS, _SYMBOLS, _RELOCATIONS, _RELOCATIONS_SIZE = (
    5,
    6,
    23,
    2,
)  # <elf.h>: DT_STRTAB, DT_SYMTAB, DT_JMPREL, DT_PLTRELSZ
_ENTRY = 24  # bytes of Elf64_Rela (offset, info, addend) and of Elf64_Sym (name first)
_WRITABLE = 3  # PROT_READ | PROT_WRITE

_libc = ctypes.CDLL(None)
_nothing = _libc.sched_yield  # any function that is there already, looks at nothing and gives 0, as for "done"


def start_none() -> bool:
    """False where libheif was built in another way: then HEIC files cannot be read."""
    for base, name, dynamic in _loaded(ctypes.CDLL(importlib.import_module("_pillow_heif").__file__)._handle):
        if b"libheif" not in name.rpartition(b"/")[2]:
            continue
        for slot in _slots(base, dynamic):
            page = slot - slot % mmap.PAGESIZE
            _libc.mprotect(ctypes.c_void_p(page), ctypes.c_size_t(2 * mmap.PAGESIZE), _WRITABLE)
            ctypes.c_void_p.from_address(slot).value = ctypes.cast(_nothing, ctypes.c_void_p).value
            return True
    return False


def _loaded(handle: int) -> Iterator[tuple[int, bytes, int]]:
    """(base, name, dynamic section) of every library behind this one, in the order in which they were loaded."""
    at = handle
    while at:
        base, name, dynamic = (ctypes.c_size_t * 3).from_address(at)
        yield base, ctypes.string_at(name) if name else b"", dynamic
        at = ctypes.c_size_t.from_address(at + _NEXT).value


def _slots(base: int, dynamic: int) -> Iterator[int]:
    """Where the library keeps the address of that function."""
    said: dict[int, int] = {}
    while tag := ctypes.c_size_t.from_address(dynamic).value:
        said[tag] = ctypes.c_size_t.from_address(dynamic + 8).value
        dynamic += 16
    for at in range(0, said.get(_RELOCATIONS_SIZE, 0), _ENTRY):
        offset, info = (ctypes.c_size_t * 2).from_address(said[_RELOCATIONS] + at)
        symbol = said[_SYMBOLS] + (info >> 32) * _ENTRY
        if ctypes.string_at(said[_STRINGS] + ctypes.c_uint32.from_address(symbol).value) == _ASKED_FOR:
            yield base + offset
