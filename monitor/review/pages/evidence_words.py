"""What kinds of evidence are called, and how large files are."""

from __future__ import annotations

from monitor.catalogue import said, said_many
from monitor.model.evidence import EvidenceKind


def kind_words(kind: EvidenceKind) -> str:
    return {
        EvidenceKind.IMAGE: said("the picture that was found"),
        EvidenceKind.PAGE: said("the page (without its pictures)"),
        EvidenceKind.SERVED: said("the page as it was sent"),
        EvidenceKind.RECORD: said("the facts of the find"),
        EvidenceKind.SCREENSHOT: said("a screenshot of the page"),
        EvidenceKind.WARC: said("the archive of what was sent"),
        EvidenceKind.MANIFEST: said("the list of these files"),
        EvidenceKind.OWN: said("a file of your own"),
    }[kind]


def size_told(size: int) -> str:
    """size: bytes."""
    if size >= 1_000_000:
        return said("%(size)s MB", size=f"{size / 1_000_000:.3g}")
    if size >= 1_000:
        return said("%(size)s kB", size=f"{size / 1_000:.3g}")
    return said_many("%(count)d byte", "%(count)d bytes", size)
