"""One hop on the web, asked by the core and taken by the fetcher; and what it looks up beside it.

The fetcher is taken to be in a site's hands: every count and length of what it says has a maximum, checked while it is
read. A body travels beside its message, capped by whoever asks.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from monitor.model.outcome import OutcomeKind
from monitor.model.page import Purpose
from monitor.parts.frames import MAX_FRAME_BODY
from monitor.parts.messages import PartMessage

MAX_IDENTITY_CHARS = 64
MAX_ASKED_LINES = 1_000
MAX_ASKED_LINE_BYTES = 256 * 1024  # a visit's cookies stand in one
MAX_TARGET_CHARS = 128 * 1024  # an address, and what is secret in it
MAX_ANSWERED_LINES = 200  # a page's header lines are some dozens; a flood of them does not pass
MAX_ANSWERED_HEAD_BYTES = 256 * 1024  # of all of it together, as in Chromium
MAX_CERTIFICATES = 16  # of one chain; an honest one has two to four
MAX_CHAIN_BYTES = 128 * 1024
MAX_FAILURE_CHARS = 400
MAX_NAME_ADDRESSES = 64
MAX_LIST_ANSWER_BYTES = 64 * 1024  # of a datagram
MAX_POSTED_BYTES = 1024 * 1024

_Network = Annotated[str, Meta(max_length=64)]
_Port = Annotated[int, Meta(ge=0, le=65_535)]
_Seconds = Annotated[float, Meta(ge=-1e6, le=1e6)]
_Size = Annotated[int, Meta(ge=0, le=1 << 40)]
_Cap = Annotated[int, Meta(ge=0, le=MAX_FRAME_BODY)]
_AskedLine = tuple[
    Annotated[bytes, Meta(max_length=1024)],
    Annotated[bytes, Meta(max_length=MAX_ASKED_LINE_BYTES)],
]
_AnsweredLine = tuple[
    Annotated[bytes, Meta(max_length=MAX_ANSWERED_HEAD_BYTES)],
    Annotated[bytes, Meta(max_length=MAX_ANSWERED_HEAD_BYTES)],
]
_Name = Annotated[str, Meta(max_length=1024)]
_Said = Annotated[str, Meta(max_length=MAX_FAILURE_CHARS)]


_FAILURES = frozenset(
    {OutcomeKind.REFUSED, OutcomeKind.TOO_LARGE, OutcomeKind.UNREADABLE, OutcomeKind.TLS, OutcomeKind.DNS}
    | {OutcomeKind.TIMEOUT, OutcomeKind.CONNECTION, OutcomeKind.OFFLINE, OutcomeKind.PROXY, OutcomeKind.PART}
)


class NetworkWay(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The owner's settings as they stand: so the fetcher keeps none, and none can be out of date there. networks: what
    may be dialled although it is not public. connections: kept at once."""

    proxy: Annotated[str, Meta(max_length=8_192)] = ""
    networks: Annotated[tuple[_Network, ...], Meta(max_length=2_000)] = ()
    connections: Annotated[int, Meta(ge=1, le=100_000)] = 16


class HopAsk(PartMessage, frozen=True):
    """One request of one address, its header lines as they go out. What is posted travels beside it.

    identity: whose connections it may use; '' = the common ones. ports: that may be dialled. target: what its first
    line asks for, to the letter. is_conditional: 304 says that nothing changed. cap: bytes of a body, unpacked.
    left_s: for all of it.
    """

    most: ClassVar[int] = 1024 * 1024
    way: NetworkWay
    ports: Annotated[tuple[_Port, ...], Meta(max_length=65_536)]
    method: Literal["GET", "POST"]
    scheme: Literal["http", "https"]
    netloc: Annotated[str, Meta(max_length=512)]
    target: Annotated[str, Meta(max_length=MAX_TARGET_CHARS)]
    lines: Annotated[tuple[_AskedLine, ...], Meta(max_length=MAX_ASKED_LINES)]
    purpose: Purpose
    is_conditional: bool
    cap: _Cap
    left_s: _Seconds
    identity: Annotated[str, Meta(max_length=MAX_IDENTITY_CHARS)] = ""


class HopHead(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Of an answer, and whom it came from. One line more than may be: there were too many. '' and () = there is none,
    or it is not known. tls: as OpenSSL writes it. chain: DER, as sent."""

    status: Annotated[int, Meta(ge=0, le=999_999)]
    reason: Annotated[bytes, Meta(max_length=MAX_ANSWERED_HEAD_BYTES)]
    protocol: Annotated[bytes, Meta(max_length=64)]
    lines: Annotated[tuple[_AnsweredLine, ...], Meta(max_length=MAX_ANSWERED_LINES + 1)]
    ip: Annotated[str, Meta(max_length=64)] = ""
    tls: Annotated[str, Meta(max_length=32)] = ""
    chain: Annotated[
        tuple[Annotated[bytes, Meta(max_length=MAX_CHAIN_BYTES)], ...], Meta(max_length=MAX_CERTIFICATES)
    ] = ()


class FetcherSetup(Struct, frozen=True, forbid_unknown_fields=True, tag="fetcher"):
    """Nothing: each question says how it goes out, so that the fetcher keeps nothing of the owner's settings."""


class HopFailure(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """kind: of what comes of an address that gave no answer, or no whole one; what an answer means is the core's to
    say."""

    kind: OutcomeKind
    message: _Said

    def __post_init__(self) -> None:
        if self.kind not in _FAILURES:
            raise ValueError(f"{self.kind} is no failure")


class HopAnswer(PartMessage, frozen=True):
    """head: None where nobody answered. failure: why nothing came, or with a head, why its body did not. is_late: the
    time was over first. cut: of the body, only what came of it is there."""

    most: ClassVar[int] = 1024 * 1024
    head: HopHead | None = None
    failure: HopFailure | None = None
    is_late: bool = False
    wire_bytes: _Size = 0
    cut: bool = False

    def __post_init__(self) -> None:
        if self.head is None and self.failure is None and not self.is_late:
            raise ValueError("neither an answer nor why there is none")


class NetworkQuestion(PartMessage, frozen=True):
    """Whether anything about the machine's network is otherwise than it was."""


class NetworkTold(PartMessage, frozen=True):
    """state: a digest, to be compared."""

    state: Annotated[str, Meta(max_length=64)] = ""


class NameQuestion(PartMessage, frozen=True):
    """Where a name leads, by this machine's own resolver; not for dialling."""

    host: _Name


class NameTold(PartMessage, frozen=True):
    """alias: what it is another name of. why: it could not be looked up. retry: nobody could be asked."""

    addresses: Annotated[tuple[_Network, ...], Meta(max_length=MAX_NAME_ADDRESSES)] = ()
    alias: _Name = ""
    why: _Said = ""
    retry: bool = False


class ListQuestion(PartMessage, frozen=True):
    """What Abusix's list says of an address."""

    name: _Name


class ListTold(PartMessage, frozen=True):
    """Its answer travels beside it; none: no answer."""
