"""The process that holds an identity: `monitor.vault.opening` starts it, and it ends with its parent or its input.

Messages are JSON, one a packet, each with the open files that it is about:
unlock (the identity file) -> {"recipients"}; fits (a sealed file) -> {"fits"};
open (a sealed file, a pipe) -> {"size", "plain_digest", "sealed_digest"}; any -> {"problem", ...}.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Sequence
from typing import Any, NoReturn

import pyrage

from monitor.errors import Locked, MonitorError
from monitor.lifeline import stay_with
from monitor.model.settings import Secret
from monitor.parts.confine.keeper import confine_keeper
from monitor.private import keep_private
from monitor.vault.identity import is_under_passphrase, keys_in
from monitor.vault.passphrase import open_with_passphrase
from monitor.vault.streams import DigestingReader, DigestingWriter

_MAX_MESSAGE = 64 * 1024
_MAX_IDENTITY = 1024 * 1024
_MOST_FILES = 2


class _Enough(Exception):
    """The head of the file told what was asked."""


class _Nowhere:
    def write(self, content: bytes) -> int:
        raise _Enough

    def flush(self) -> None:
        pass


def main() -> NoReturn:
    keep_private()
    stay_with(int(sys.argv[1]))
    confine_keeper()
    pipe = socket.socket(fileno=0)
    keys: list[pyrage.x25519.Identity] = []
    while True:
        content, files, _, _ = socket.recv_fds(pipe, _MAX_MESSAGE, _MOST_FILES)
        if not content:
            os._exit(0)
        words = json.loads(content)
        try:
            answer = _unlock(words, files, keys) if words["do"] == "unlock" else _open(words["do"], files, keys)
        finally:
            for file in files:
                os.close(file)
        pipe.send(json.dumps(answer).encode())


def _unlock(words: dict[str, Any], files: Sequence[int], keys: list[pyrage.x25519.Identity]) -> dict[str, Any]:
    try:
        with os.fdopen(os.dup(files[0]), "rb") as file:
            content = file.read(_MAX_IDENTITY)
        if is_under_passphrase(content):
            if words["passphrase"] is None:
                raise Locked("it is under a passphrase", remedy="Give the passphrase: --passphrase-file FILE.")
            content = open_with_passphrase(content, Secret(words["passphrase"]))
        keys += keys_in(content)
    except OSError as error:
        return {"problem": "disk", "why": error.strerror or str(error)}
    except MonitorError as error:
        time.sleep(words["wait"])
        kind = "locked" if isinstance(error, Locked) else "seal"
        return {"problem": kind, "why": str(error), "remedy": error.remedy}
    return {"recipients": [str(key.to_public()) for key in keys]}


def _open(what: str, files: Sequence[int], keys: list[pyrage.x25519.Identity]) -> dict[str, Any]:
    with os.fdopen(os.dup(files[0]), "rb") as sealed:
        source = DigestingReader(sealed)
        try:
            if what == "fits":
                return {"fits": _fits(source, keys)}
            with os.fdopen(os.dup(files[1]), "wb") as pipe:
                target = DigestingWriter(pipe)
                pyrage.decrypt_io(source, target, keys)
                target.flush()
            if target.error is not None:
                return {"problem": "changed"}  # nobody reads the pipe any more
            while source.read(_MAX_MESSAGE):
                pass
        except (pyrage.DecryptError, OSError) as error:
            return _why(error, source)
        return {"size": target.size, "plain_digest": target.digest, "sealed_digest": source.digest}


def _fits(source: DigestingReader, keys: list[pyrage.x25519.Identity]) -> bool:
    try:
        pyrage.decrypt_io(source, _Nowhere(), keys)
    except _Enough:
        return True
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            return False
        raise
    return True


def _why(error: Exception, source: DigestingReader) -> dict[str, str]:
    if isinstance(source.error, OSError):
        return {"problem": "disk", "why": source.error.strerror or str(source.error)}
    if "No matching keys" in str(error):
        return {"problem": "other"}
    return {"problem": "changed"}


if __name__ == "__main__":
    main()
