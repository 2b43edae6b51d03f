"""The manifest of one capture: which files it has, how each was had, and what it lacks.

It is sealed beside them, and its digest stands in the custody log's entry of the capture. So the log speaks for every
byte of every file, and the sealed manifest says where the log stood: a store that was put back to an earlier day does
not have that entry.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.documents.times import rfc3339
from monitor.evidence.canonical import Told, canonical_json
from monitor.model.custody import CustodyHead
from monitor.model.evidence import TakenOut
from monitor.model.ids import ContentDigest

FORMAT = "reupload-monitor/manifest/1"
MAX_MANIFEST = 16 * 1024 * 1024
"""Bytes that are read as one."""


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """path: our own name of it, its evidence item's id. kind, media_type: as in `EvidenceItem`. size, digest: of the
    plaintext, SHA-256. sighting: whose own it is, '' of the capture's as a whole. how: it was had, in plain words.
    name: the name that it had outside (a person's file, the end of an address), whole; '' where it had none."""

    path: str
    kind: str
    media_type: str
    size: int
    digest: str
    how: str
    sighting: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """program: name and version. log: where the custody log stood when the files were sealed. missing: (kind, why).
    served_digest: of the page as it came, before anything was taken out. facts: whatever else is known of the look, in
    words and numbers."""

    capture: str
    page_url: str
    cause: str
    taken_at: datetime
    program: str
    log: CustodyHead
    files: tuple[ManifestFile, ...]
    missing: tuple[tuple[str, str], ...] = ()
    taken_out: tuple[TakenOut, ...] = ()
    served_digest: str = ""
    facts: tuple[tuple[str, Told], ...] = ()


def render_manifest(manifest: Manifest) -> bytes:
    """Canonical JSON, one line: the same facts are always the same bytes. Files in the order of their paths."""
    files: list[Told] = [
        {
            "path": file.path,
            "kind": file.kind,
            "type": file.media_type,
            "size": file.size,
            "sha256": file.digest,
            "how": file.how,
            "sighting": file.sighting,
            "name": file.name,
        }
        for file in sorted(manifest.files, key=lambda file: file.path)
    ]
    told: Told = {
        "format": FORMAT,
        "capture": manifest.capture,
        "page_url": manifest.page_url,
        "cause": manifest.cause,
        "taken_at": rfc3339(manifest.taken_at),
        "program": manifest.program,
        "custody_log": {"number": manifest.log.number, "digest": manifest.log.digest},
        "files": files,
        "missing": [{"kind": kind, "why": why} for kind, why in manifest.missing],
        "pictures_taken_out": [{"sha256": one.digest, "size": one.size} for one in manifest.taken_out],
        "page_as_served_sha256": manifest.served_digest,
        "facts": dict(manifest.facts),
    }
    return (canonical_json(told) + "\n").encode("ascii")


def parse_manifest(content: bytes) -> Manifest:
    """What `render_manifest` wrote, byte for byte. Raises ValueError, saying what it is not."""
    if len(content) > MAX_MANIFEST:
        raise ValueError("it is too large for a manifest")
    try:
        told = json.loads(content)
        manifest = _manifest(told)
        is_canonical = told["format"] == FORMAT and render_manifest(manifest) == content
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("it is not a manifest of this program") from error
    if not is_canonical:
        raise ValueError("it is not a manifest as this program writes it")
    return manifest


def _manifest(told: Any) -> Manifest:
    return Manifest(
        capture=_text(told["capture"]),
        page_url=_text(told["page_url"]),
        cause=_text(told["cause"]),
        taken_at=datetime.fromisoformat(told["taken_at"]),
        program=_text(told["program"]),
        log=CustodyHead(_number(told["custody_log"]["number"]), _text(told["custody_log"]["digest"])),
        files=tuple(map(_file, told["files"])),
        missing=tuple((_text(one["kind"]), _text(one["why"])) for one in told["missing"]),
        taken_out=tuple(
            TakenOut(ContentDigest(_text(one["sha256"])), _number(one["size"])) for one in told["pictures_taken_out"]
        ),
        served_digest=_text(told["page_as_served_sha256"]),
        facts=tuple(told["facts"].items()),
    )


def _file(told: Any) -> ManifestFile:
    return ManifestFile(
        path=_text(told["path"]),
        kind=_text(told["kind"]),
        media_type=_text(told["type"]),
        size=_number(told["size"]),
        digest=_text(told["sha256"]),
        how=_text(told["how"]),
        sighting=_text(told["sighting"]),
        name=_text(told["name"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("not a number")
    return value
