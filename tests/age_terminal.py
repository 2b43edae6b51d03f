"""The stock `age` asks for passphrases on its terminal, so it gets one."""

from __future__ import annotations

import os
import pty
import select
import shutil
import time

import pytest

from tests.patience import WITHIN_S


def on_a_terminal(*words: object, answers: list[str]) -> int:
    """Runs the words; each time that a passphrase is asked for, the next answer is typed. The exit code."""
    if shutil.which("age") is None:
        pytest.skip("the stock age is not installed (Debian: apt-get install age)")
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(str(words[0]), [str(word) for word in words])
    seen, left, end = b"", list(answers), time.monotonic() + WITHIN_S
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            piece = os.read(terminal, 1024)
        except OSError:  # so Linux says that the other end is closed
            break
        seen += piece
        if left and b"passphrase" in seen.lower() and seen.rstrip(b" ").endswith(b":"):
            os.write(terminal, left.pop(0).encode() + b"\n")
            seen = b""
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
