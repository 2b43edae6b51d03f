"""What sealing and opening cost: MB/s of one processor, and memory beyond that of a small file. python -m bench.sealing

Each size in a process of its own; the seconds are the processor's, so a busy machine or a slow disk changes nothing.
Opening is the child's and this process's together.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from monitor.vault.age import AgeVault
from monitor.vault.identity import identity_file, new_identity
from monitor.vault.opening import opening

MB = 1_000_000
SIZES = (MB // 100, MB, 5 * MB, 100 * MB, 1000 * MB)


class Zeros:
    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int, /) -> bytes:
        piece = bytes(min(size, self.left))
        self.left -= len(piece)
        return piece


def main() -> None:
    if len(sys.argv) > 1:
        measure(int(sys.argv[1]))
        return
    print("size MB, seal MB/s, memory MB, open MB/s")
    for size in SIZES:
        subprocess.run([sys.executable, "-m", "bench.sealing", str(size)], check=True)


def measure(size: int) -> None:
    identity, recipient = new_identity()
    with tempfile.TemporaryDirectory() as folder:
        vault = AgeVault(Path(folder) / "vault", [recipient])
        (Path(folder) / "identity.txt").write_bytes(identity_file(identity))
        vault.seal("warm", b"x")
        times = max(1, 10 * MB // size)
        before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
        names = [vault.seal(f"s{number}", Zeros(size)).path for number in range(times)]
        sealing = time.process_time() - begun
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        with opening(Path(folder) / "identity.txt") as unsealer:
            unsealer.read(vault.folder / "warm.age")
            begun, child = time.process_time(), _of(unsealer._child.pid)
            for name in names:
                for _ in unsealer.stream(vault.folder / name):
                    pass
            opened = time.process_time() - begun + _of(unsealer._child.pid) - child
    print(
        f"{size / MB:g}, {times * size / MB / sealing:.0f}, {memory * 1024 / MB:.1f}, {times * size / MB / opened:.0f}"
    )


def _of(pid: int) -> float:
    """Seconds of the processor that another process has used."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
