"""A part that root starts where others can read the program becomes `nobody`, to the end. The program of whoever runs
this lies in a home more often than not, so what shuts it is taken away: in a space of mounts of its own, in which each
closed folder on the way there is another one, open, with the same things in it that Python needs."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.parts.confine.places import finder_folders, program_folders

ROOT = Path(__file__).parents[2]
_NOBODY = 65534
_CLONE_NEWNS = 0x20000
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18


def closed_folders(paths: list[Path]) -> list[Path]:
    """The outermost on the way to each, that others may not pass."""
    ways = [next((one for one in reversed(path.parents) if not one.stat().st_mode & 1), None) for path in paths]
    return sorted({one for one in ways if one is not None})


def open_ways() -> None:
    """For this process and what it starts. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)

    def checked(result: int) -> None:
        if result:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    def mount(source: str, target: Path, kind: str | None, flags: int, data: str | None = None) -> None:
        encoded = [None if one is None else one.encode() for one in (source, str(target), kind)]
        checked(libc.mount(*encoded, ctypes.c_ulong(flags), None if data is None else data.encode()))

    needed = [path.resolve() for path in (*program_folders(), *finder_folders(), ROOT) if path.exists()]
    needed += [path for path in (*program_folders(), ROOT) if path.exists()]  # as they are named, too
    checked(libc.unshare(_CLONE_NEWNS))
    mount("none", Path("/"), None, _MS_REC | _MS_PRIVATE)
    for folder in closed_folders(needed):
        within = sorted({path for path in needed if path.is_relative_to(folder)})
        outermost = [path for path in within if not any(other in path.parents for other in within)]
        kept = {path: os.open(path, os.O_PATH) for path in outermost}
        mount("none", folder, "tmpfs", 0, "mode=0755")
        for path, descriptor in kept.items():
            if path.is_dir() or os.path.isdir(f"/proc/self/fd/{descriptor}"):
                path.mkdir(mode=0o755, parents=True)
            else:
                path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
                path.touch()
            mount(f"/proc/self/fd/{descriptor}", path, None, _MS_BIND)


def main() -> None:
    """One line of JSON: why it cannot be tried here; else the layers of a fetcher and which user it is."""
    import asyncio

    from tests.parts.processes import fetcher_link

    os.umask(0o022)
    try:
        open_ways()
        subprocess.run([sys.executable, "-c", "import monitor.parts.link"], user=_NOBODY, cwd=ROOT, check=True)
    except (OSError, subprocess.SubprocessError) as error:  # a checkout whose files are its owner's alone, too
        print(json.dumps(str(error)))
        return

    async def told() -> dict[str, object]:
        async with fetcher_link() as link:
            layers = await link.layers()
            status = Path(f"/proc/{link.pid}/status").read_text().splitlines()
        users = next(line for line in status if line.startswith("Uid:")).split()[1:]
        rights = next(line for line in status if line.startswith("CapPrm:")).split()[1]
        return {"layers": {name: why for name, active, why in layers if not active}, "users": users, "rights": rights}

    print(json.dumps(asyncio.run(told())))


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone becomes another user")
def test_what_root_started_is_nobody() -> None:
    command = [sys.executable, "-m", __name__]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    if isinstance(told, str):
        pytest.skip(f"it cannot be had that others read the program here: {told}")
    assert told == {"layers": {}, "users": ["65534"] * 4, "rights": "0" * 16}


if __name__ == "__main__":
    main()
