"""`reupload-monitor review` as a process of its own, on a configuration: `with running(config) as page: page.link`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tests.patience import WITHIN_S


@dataclass(frozen=True)
class RunningPage:
    """link: works once. said: lines of stderr, as they came."""

    process: subprocess.Popen[str]
    link: str
    said: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        parts = urlsplit(self.link)
        return f"{parts.scheme}://{parts.netloc}"


@contextmanager
def running(config: Path | None, *words: str, environ: Mapping[str, str] | None = None) -> Iterator[RunningPage]:
    """config: None for a person who has none yet: then `environ` says where her home is. Ended with the block."""
    named = ["--config", str(config)] if config is not None else []
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", "review", *named, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environ or {})},
    )
    said: list[str] = []
    reads = threading.Thread(target=lambda: said.extend(process.stderr or ()), daemon=True)
    reads.start()
    kill = threading.Timer(WITHIN_S, process.kill)
    kill.start()
    try:
        assert process.stdout is not None
        link = process.stdout.readline().strip()
        kill.cancel()
        assert re.fullmatch(r"https?://\S+/enter/\S+", link), (link, said)
        yield RunningPage(process, link, said)
    finally:
        kill.cancel()
        process.terminate()
        process.wait(WITHIN_S)
        reads.join(WITHIN_S)
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
