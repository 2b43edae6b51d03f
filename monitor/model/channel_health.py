"""How it stands with one channel of `[alerts] urls`, whatever the message was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelHealth:
    """target: a digest of its URL, which tells nothing and stays when channels change places. name: `1 (mailto)`, as it
    was last. failing_since: the first message that nobody took by it since it took one; None where it works. said: its
    last error, without secrets. let_in: it let us in when it failed last, so that asking it to let us in proves
    nothing. told_at: when the person was told that it fails; None again once its return is told. case: whose own it
    is; '' = every case's that has none."""

    target: str
    name: str
    tried_at: datetime
    taken_at: datetime | None = None
    failing_since: datetime | None = None
    said: str = ""
    let_in: bool = False
    told_at: datetime | None = None
    case: str = ""

    @property
    def fails(self) -> bool:
        return self.failing_since is not None


@dataclass(frozen=True, slots=True)
class ChannelResult:
    """How one channel answered when it was tried. name: its place in the configuration and its scheme, never the URL
    itself. taken: it has the message, or would take one. login_refused: user name or password are wrong."""

    name: str
    taken: bool
    error: str = ""
    login_refused: bool = False
