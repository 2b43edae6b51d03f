"""Runs acts on a disk that fills up under them, of one size after the other, and looks at what is left when there is
room again. Run by test_full_disks; takes root and the right to mount.

python -m tests.crash.filling SIZES ACT...: so many sizes of each act, each with a reserve and without, from no free
block to more than the act takes. Prints a line of JSON for each act, as `tests.crash.stage` does; "refused": how often
the act gave up for want of room; "lost": of how many with a reserve it did so.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from monitor.clock import exact_now
from monitor.errors import MonitorError
from monitor.vault.identity import new_identity
from tests.crash.acts import ACTS
from tests.crash.stage import apart, looked_at, outside
from tests.crash.world import Act, Outside, World

BLOCK = 4096
RESERVE = 2 * 1024 * 1024
ROOMY = "512m"
MOST_FREE = 1_200_000  # bytes; an act takes less
GAVE_UP = 3  # exit code
OWN = 16 * BLOCK  # what a file system keeps for itself, and folders


def main(sizes: int, names: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="filling-") as made, outside(Path(made)) as served:
        for name in names:
            print(json.dumps(played(ACTS[name], sizes, Path(made), served)), flush=True)


def played(act: Act, sizes: int, at: Path, served: Outside) -> dict[str, object]:
    began = time.process_time() + sum(os.times()[2:4])
    secret, recipient = new_identity()
    folder, kept = at / act.name, at / f"{act.name}-kept"
    world = World(folder, exact_now().replace(microsecond=0), served, recipient, secret)
    folder.mkdir(mode=0o700)
    apart(lambda: act.prepare(world))
    act.do(world)  # here too, so that all is imported and read that each run needs
    list(act.faults(world))
    shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    apart(lambda: act.prepare(world))
    folder.rename(kept)
    faults, refused, lost, runs = list[str](), 0, 0, 0
    for number in range(sizes):
        free = MOST_FREE * number // max(sizes - 1, 1) // BLOCK * BLOCK
        for has_reserve in (False, True):
            folder.mkdir(mode=0o700)
            try:
                mounted(folder, used(kept) + free + (RESERVE if has_reserve else 0))
                shutil.copytree(kept, folder, symlinks=True, dirs_exist_ok=True)
                if has_reserve:
                    (folder / "data" / "reserve").write_bytes(os.urandom(RESERVE))
                served.forget()
                gave_up = borne(act, world)
                subprocess.run(["mount", "-o", f"remount,size={ROOMY}", str(folder)], check=True)
                refused, lost, runs = refused + gave_up, lost + (gave_up and has_reserve), runs + 1
                served.settle()
                found = looked_at(act, world)
            except AssertionError as fault:
                found = [str(fault)]
            finally:
                subprocess.run(["umount", "-l", str(folder)], check=False)
                folder.rmdir()
            how = "with a reserve" if has_reserve else "without one"
            faults += [f"{free} bytes free, {how}: {fault}" for fault in found]
    return {
        "act": act.name,
        "runs": runs,
        "refused": refused,
        "lost": lost,
        "faults": faults,
        "cpu_s": round(time.process_time() + sum(os.times()[2:4]) - began, 1),
    }


def borne(act: Act, world: World) -> bool:
    """Whether it gave up for want of room. Raises AssertionError where it did not bear it."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            act.do(world)
            code = 0
        except MonitorError as error:
            print(f"gave up: {error}", file=sys.stderr)
            code = GAVE_UP
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    _, ended = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(ended)
    assert code in (0, GAVE_UP), f"the act did not bear it ({code})"
    return code == GAVE_UP


def mounted(folder: Path, size: int) -> None:
    options = f"size={size},mode=0700,huge=never"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)


def used(folder: Path) -> int:
    """In whole blocks."""
    sizes = [path.lstat().st_size for path in folder.rglob("*") if path.is_file()]
    return sum(-(-size // BLOCK) * BLOCK for size in sizes) + OWN


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:] or list(ACTS))
