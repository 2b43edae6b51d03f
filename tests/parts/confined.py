"""A part of its own for tests: gives up what a real one does, tries what it is told, and says how each ended.

python confined.py core|fetcher|browser JSON -> one line of JSON: {"layers": [...], "tried": {name: "" or the refusal}}
"""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from monitor.model.settings import BackupSettings, Settings
from monitor.parts.confine import attempts
from monitor.parts.confine.browser import confine_browser
from monitor.parts.confine.core import confine_core
from monitor.parts.confine.fetcher import confine_fetcher
from monitor.parts.confine.layers import Confinement


def main(part: str, said: str) -> None:
    told: dict[str, Any] = json.loads(said)
    outside = Path(told["outside"])
    passed = socket.create_server(("127.0.0.1", 0))  # a TCP socket that it was given, by mistake
    client = socket.create_connection(passed.getsockname())
    layers, proofs = _CONFINE[part](told)
    tried: dict[str, str] = {}

    def attempt(name: str, function: Callable[[], object]) -> None:
        try:
            function()
            tried[name] = ""
        except (OSError, subprocess.SubprocessError) as error:
            tried[name] = type(error).__name__

    attempt("IPv4", lambda: socket.socket(socket.AF_INET).close())
    attempt("IPv6 datagrams", lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).close())
    attempt("the user's session", lambda: socket.socket(socket.AF_UNIX).close())
    attempt("a pair", lambda: [end.close() for end in socket.socketpair()])
    attempt("a TCP socket led elsewhere", lambda: _led_elsewhere(client, passed.getsockname()))
    attempt("a TCP socket made to listen", lambda: passed.listen())
    attempt("IPv4, by a child", lambda: _child("import socket; socket.socket(socket.AF_INET)"))
    attempt("Python, once more", lambda: _child("import json, ssl, monitor"))
    attempt("a shell", lambda: subprocess.run(["/bin/sh", "-c", ":"], check=True))
    attempt("memory that is written and run", attempts.write_and_run)
    attempt("another process", attempts.read_another_process)
    attempt("limits of another process", lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CORE, (0, 0)))
    attempt("a file in memory", lambda: os.close(os.memfd_create("code")))
    attempt("a pair of datagrams by another name", lambda: [end.close() for end in _raw_pair()])
    for name, path in told["list"].items():
        attempt(f"rights of {name}", lambda path=path: os.chmod(path, 0o700))
        attempt(f"times of {name}", lambda path=path: os.utime(path))
    attempt("a signal to another process", lambda: os.kill(os.getppid(), 0))
    for name, path in told["read"].items():
        attempt(f"read {name}", Path(path).read_bytes)
        attempt(f"read {name}, by a child", lambda path=path: _child(f"open({path!r}, 'rb').read()"))
    for name, path in told["list"].items():
        attempt(f"list {name}", lambda path=path: os.listdir(path))
    for name, path in told["write"].items():
        attempt(f"write {name}", lambda path=path: (Path(path) / "new").write_bytes(b"new"))
        attempt(f"move {name}", lambda path=path: _moved(Path(path)))
    attempt("a link that leads out", lambda: _through_a_link(told, outside))
    print(json.dumps({"layers": layers, "proofs": proofs, "tried": tried}))


def _raw_pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_RAW)


def _core(told: dict[str, Any]) -> tuple[tuple[Confinement, ...], tuple[Confinement, ...]]:
    settings = Settings(
        path=Path(told["config"]),
        data_dir=Path(told["data_dir"]),
        watchlist_dir=Path(told["watchlists"]),
        backup=BackupSettings(folder=told["backups"]),
        secret_files=(Path(told["secret"]),),
    )
    return confine_core(settings), attempts.core_attempts()


def _fetcher(told: dict[str, Any]) -> tuple[tuple[Confinement, ...], tuple[Confinement, ...]]:
    return confine_fetcher(), attempts.fetcher_attempts(told["read"].values(), told["sockets"])


def _browser(told: dict[str, Any]) -> tuple[tuple[Confinement, ...], tuple[Confinement, ...]]:
    return confine_browser([Path(told["home"])]), attempts.browser_attempts(told["read"].values(), told["sockets"])


_CONFINE = {"core": _core, "fetcher": _fetcher, "browser": _browser}


def _led_elsewhere(client: socket.socket, address: tuple[str, int]) -> None:
    """A connected socket is let go (AF_UNSPEC) and connected anew."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    with socket.socket(fileno=os.dup(client.fileno())) as again:
        libc.connect(again.fileno(), (ctypes.c_char * 16)(), 16)
        again.connect(address)


def _child(code: str) -> None:
    command = [sys.executable, "-c", code]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")


def _moved(folder: Path) -> None:
    (folder / "below").mkdir(exist_ok=True)
    (folder / "new").rename(folder / "below" / "new")


def _through_a_link(told: dict[str, Any], outside: Path) -> None:
    link = Path(told["data_dir"]) / "link"
    link.symlink_to(outside)
    (link / "through").write_bytes(b"")


if __name__ == "__main__":
    main(*sys.argv[1:])
