"""Enrolled photos as a whole, to be carried elsewhere and back: every version with its hashes, points and place. Core
side. As private as the photos themselves, so that it leaves this program sealed alone (`vault.handed_over`).

The first line names the format and has the mark of the store that wrote it; the rest is JSON.
"""

from __future__ import annotations

import hmac
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta, Struct

from monitor.errors import StoreError, UsageError
from monitor.matching.serialise import dump_fingerprint, load_fingerprint
from monitor.model.fingerprint import (
    MOST_VERSIONS,
    Affine,
    Fingerprint,
    Reference,
    ReferenceOrigin,
    Version,
    VersionKind,
)
from monitor.model.ids import CaseId, ReferenceId

CARRIED_FORMAT = "reupload-monitor-photos/1"
MAX_CARRIED_BYTES = 512 * 1024 * 1024  # some eight thousand photos

_FIRST = re.compile(rb"reupload-monitor-photos/1 ([0-9a-f]{64})\n")
_FURTHEST = 65_536.0  # pixels: no place lies beyond

_Text = Annotated[str, Meta(max_length=1000)]


class _Version(Struct, frozen=True):
    fingerprint: Annotated[bytes, Meta(max_length=512 * 1024)]  # `matching.serialise`
    name: _Text
    enrolled_at: datetime
    kind: VersionKind
    onto_best: tuple[float, float, float, float, float, float] | None


class _Picture(Struct, frozen=True):
    id: Annotated[str, Meta(max_length=64)]
    label: _Text
    origin: ReferenceOrigin
    session: Annotated[str, Meta(max_length=64)]
    versions: Annotated[tuple[_Version, ...], Meta(min_length=1, max_length=MOST_VERSIONS + 1)]


class _Body(Struct, frozen=True):
    case: _Text
    pictures: Annotated[tuple[_Picture, ...], Meta(max_length=100_000)]


@dataclass(frozen=True, slots=True)
class CarriedSet:
    """mark: as it carries it. marked: what that would have to be made of."""

    case: CaseId
    pictures: tuple[Reference, ...]
    mark: str
    marked: bytes

    def is_of(self, mark: Callable[[bytes], str]) -> bool:
        """Did the store that `mark` is of write it, just so, for this case?"""
        return hmac.compare_digest(self.mark, mark(self.marked))


def dump_carried(case: CaseId, references: Sequence[Reference], mark: Callable[[bytes], str]) -> bytes:
    pictures = tuple(
        _Picture(item.id, item.label, item.origin, item.session, tuple(_dumped(version) for version in item.versions))
        for item in references
    )
    body = msgspec.json.encode(_Body(case, pictures))
    return f"{CARRIED_FORMAT} {mark(_marked(body))}\n".encode() + body


def load_carried(untrusted: bytes) -> CarriedSet:
    """All of it, or UsageError."""
    first = _FIRST.match(untrusted)
    if first is None or len(untrusted) > MAX_CARRIED_BYTES:
        raise _none_of_ours("it does not begin as one")
    content = untrusted[first.end() :]
    try:
        body = msgspec.json.decode(content, type=_Body)
        pictures = tuple(_loaded(CaseId(body.case), picture) for picture in body.pictures)
    except (msgspec.MsgspecError, StoreError, ValueError, RecursionError) as error:
        raise _none_of_ours("what is in it is not as this program writes it") from error
    return CarriedSet(CaseId(body.case), pictures, first[1].decode(), _marked(content))


def _marked(body: bytes) -> bytes:
    return b"photos\n" + body


def _dumped(version: Version) -> _Version:
    return _Version(
        dump_fingerprint(version.fingerprint), version.name, version.enrolled_at, version.kind, version.onto_best
    )


def _loaded(case: CaseId, picture: _Picture) -> Reference:
    versions = [
        Version(_checked(load_fingerprint(item.fingerprint)), item.name, item.enrolled_at, item.kind, _place(item))
        for item in picture.versions
    ]
    best, further = versions[0], tuple(versions[1:])
    return Reference(
        ReferenceId(picture.id),
        case,
        picture.label,
        best.fingerprint,
        best.enrolled_at,
        picture.origin,
        name=best.name,
        kind=best.kind,
        further=further,
        session=picture.session,
    )


def _place(version: _Version) -> Affine | None:
    """Raises ValueError for one that cannot be laid back."""
    if version.enrolled_at.tzinfo is None:
        raise ValueError("a time without its zone")
    onto = version.onto_best
    if onto is None:
        return None
    turned_over = onto[0] * onto[4] - onto[1] * onto[3]
    if not all(math.isfinite(value) and abs(value) <= _FURTHEST for value in onto) or abs(turned_over) < 1 / _FURTHEST:
        raise ValueError("a version that lies nowhere")
    return onto


def _checked(fingerprint: Fingerprint) -> Fingerprint:
    features = fingerprint.features
    if features is None:
        return fingerprint
    if features.width < 1 or features.height < 1 or not np.all(features.keypoints[:, 2] > 0):
        raise ValueError("points that are nowhere")
    return fingerprint


def _none_of_ours(why: str) -> UsageError:
    return UsageError(
        f"this is no set of photos that this program wrote, or it was changed since: {why}",
        remedy="Take another copy of the file, or write it anew: "
        "reupload-monitor references export --sealed --out FILE",
    )
