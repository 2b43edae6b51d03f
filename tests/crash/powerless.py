"""An act replayed as a power loss would leave it: of each file what was synced, of each folder the names that were.

python -m tests.crash.powerless POINTS ACT...: as `tests.crash.stage`. The act runs once; strace lists what it writes,
byte for byte. For each sync, and each call after the last one, a folder is made that holds what a disk surely has when
the power fails right after that call, and nothing that it only may have. Stricter than any file system: a new name is
there only once its folder was synced.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from monitor.clock import exact_now
from monitor.vault.identity import new_identity
from tests.crash.acts import ACTS
from tests.crash.stage import apart, looked_at, outside, spaced
from tests.crash.strace import traced
from tests.crash.world import Act, Outside, World

CALLS = (
    *("openat", "open", "write", "pwrite64", "fsync", "fdatasync", "ftruncate"),
    *("rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "mkdir", "mkdirat"),
)
_LINE = re.compile(r"\d+ +(\w+)\((.*)")
_HEX = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_OF_FD = re.compile(r"(?:\d+|AT_FDCWD)<((?:\\x[0-9a-f]{2}|[^>])*)>")
SYNCS = ("fsync", "fdatasync")


@dataclass
class File:
    now: bytearray = field(default_factory=bytearray)
    kept: bytes = b""


@dataclass
class Disk:
    """names: of every file, as processes see them; kept: as the disk has them. folders: likewise."""

    names: dict[str, File] = field(default_factory=dict)
    kept: dict[str, File] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    kept_folders: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, folder: Path) -> Disk:
        disk = cls()
        for path in (folder, *folder.rglob("*")):
            if path.is_dir():
                disk.folders.add(str(path))
            else:
                content = path.read_bytes()
                disk.names[str(path)] = File(bytearray(content), content)
        disk.kept, disk.kept_folders = dict(disk.names), set(disk.folders)
        return disk

    def does(self, call: str, paths: list[str], data: bytes, numbers: list[int], rest: str) -> None:
        path = paths[0]
        match call:
            case "openat" | "open":
                if "O_CREAT" in rest and path not in self.names and path not in self.folders:
                    self.names[path] = File()
                elif "O_TRUNC" in rest and path in self.names:
                    self.names[path].now.clear()
            case "write":
                self.names[path].now += data
            case "pwrite64":
                now, at = self.names[path].now, numbers[-1]
                now.extend(bytes(max(0, at - len(now))))
                now[at : at + len(data)] = data
            case "ftruncate":
                now, size = self.names[path].now, numbers[-1]
                del now[size:]
                now.extend(bytes(size - len(now)))
            case "fsync" | "fdatasync":
                self.sync(path)
            case "mkdir" | "mkdirat":
                self.folders.add(path)
            case "rename" | "renameat" | "renameat2":
                self.names[paths[1]] = self.names.pop(path)
            case _:
                self.names.pop(path, None)
                self.folders.discard(path)

    def sync(self, path: str) -> None:
        if path in self.names:
            self.names[path].kept = bytes(self.names[path].now)
            return
        inside = re.compile(re.escape(path) + r"/[^/]+")
        self.kept = {name: file for name, file in self.kept.items() if not inside.fullmatch(name)}
        self.kept |= {name: file for name, file in self.names.items() if inside.fullmatch(name)}
        self.kept_folders = {one for one in self.kept_folders if not inside.fullmatch(one)}
        self.kept_folders |= {one for one in self.folders if inside.fullmatch(one)}

    def write(self, folder: Path) -> None:
        """What the disk surely has. Shared memory is of processes, and none is left."""
        shutil.rmtree(folder, ignore_errors=True)
        for one in sorted(self.kept_folders):
            Path(one).mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, file in self.kept.items():
            if Path(name).parent.is_dir() and not name.endswith("-shm"):
                Path(name).write_bytes(file.kept)
                Path(name).chmod(0o600)


def said(hexed: str) -> bytes:
    return bytes.fromhex(hexed.replace("\\x", ""))


def steps(lines: list[str], folder: str) -> Iterator[tuple[str, list[str], bytes, list[int], str]]:
    """Each call in the folder: its name, the paths, the bytes, the numbers, and how it was written."""
    for line in lines:
        found = _LINE.match(line)
        if found is None or found[1] not in CALLS or " = -1 " in line:
            continue
        call, rest = found[1], found[2]
        bases = [said(one).decode() if "\\x" in one else one for one in _OF_FD.findall(rest)]
        texts = [said(one) for one in _HEX.findall(rest)]
        numbers = [
            int(one)
            for one in re.findall(r"(?<![\\\w])\d+(?![\w<])", _HEX.sub("", _OF_FD.sub("", rest)).partition(" = ")[0])
        ]
        if call in ("write", "pwrite64", *SYNCS, "ftruncate"):
            paths, data = bases[:1], (texts or [b""])[0]
        else:
            paths, data = [one.decode() for one in texts], b""
            if bases and "at" in call:
                paths = [
                    one if one.startswith("/") else f"{base}/{one}" for base, one in zip(bases * 2, paths, strict=False)
                ]
        if paths and paths[0].startswith(folder):
            yield call, paths, data, numbers, rest


def replayed(act: Act, most: int, at: Path, served: Outside) -> dict[str, object]:
    secret, recipient = new_identity()
    folder, log, look = at / act.name, at / "strace", []
    world = World(folder, exact_now().replace(microsecond=0), served, recipient, secret)
    folder.mkdir(mode=0o700)
    apart(lambda: act.prepare(world))
    disk = Disk.of(folder)
    served.forget()
    status = traced(lambda: act.do(world), ["-y", "-xx", "-s", "4000000"], log, calls=CALLS)
    assert status == 0, f"the act itself failed ({status})"
    done = list(steps(log.read_text(errors="replace").splitlines(), str(folder)))
    syncs = [number for number, step in enumerate(done) if step[0] in SYNCS]
    chosen = set(spaced(syncs, most)) | {len(done) - 1}
    for number, step in enumerate(done):
        disk.does(*step)
        if number in chosen:
            disk.write(folder)
            label = f"after {step[0]} {number} ({step[1][0].removeprefix(str(folder))})"
            look += [f"{label}: {fault}" for fault in _looked_at(act, world)]
    return {"act": act.name, "points": len(syncs), "tried": len(chosen), "faults": look}


def _looked_at(act: Act, world: World) -> list[str]:
    try:
        return looked_at(act, world)
    except AssertionError as error:
        return [str(error)]


def main(most: int, names: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="crash-") as made, outside(Path(made)) as served:
        for name in names:
            print(json.dumps(replayed(ACTS[name], most, Path(made), served)), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
