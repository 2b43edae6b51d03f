"""Photos are read, fingerprinted and let go; nothing of them is copied."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from monitor.errors import UnreadableImage, UnreadableKind
from monitor.matching.descriptors import VERSION
from monitor.model.enrolment import Enrolled, Enrolment, FileMatch, Skipped
from monitor.model.fingerprint import Fingerprint, Reference
from monitor.model.ids import CaseId, ReferenceId, new_id
from monitor.pipeline.attestation import require_attestation
from monitor.ports import Detail, Matcher, Reader, Store

MAX_PHOTO_BYTES = 200 * 1024 * 1024  # a camera's largest JPEG has about 60 MB


async def enroll_files(
    paths: Sequence[Path],
    *,
    case: CaseId,
    label: str | None,
    features: bool,
    store: Store,
    reader: Reader,
    now: datetime,
    on_file: Callable[[Path], None] = lambda _: None,
) -> Enrolment:
    """Every file becomes one row: enrolled, or skipped with the reason. Raises AttestationMissing."""
    require_attestation(store, case)
    enrolled: list[Enrolled] = []
    skipped: list[Skipped] = []
    known = {reference.fingerprint.pdq.bits: reference for reference in store.references.all(case)}
    for path in files_in(paths, skipped):
        on_file(path)
        try:
            fingerprint = await reader.photo(_read(path), features=features)
        except (UnreadableImage, OSError) as error:
            skipped.append(Skipped(path, reason_of(error)))
            continue
        before = known.get(fingerprint.pdq.bits)
        if before is not None and not _adds(fingerprint, before.fingerprint):
            skipped.append(Skipped(path, f"already enrolled as {before.label!r}"))
            continue
        if before is not None:  # the same photo: of a better file, or with what was not kept of it before
            reference = replace(before, fingerprint=fingerprint, label=label or before.label)
        else:
            reference = Reference(ReferenceId(new_id(now)), case, label or path.stem, fingerprint, now)
        store.references.add(reference)
        known[fingerprint.pdq.bits] = reference
        enrolled.append(Enrolled(reference.id, reference.label, path, fingerprint.kinds))
    outdated = sum(is_outdated(reference.fingerprint) for reference in known.values())
    return Enrolment(tuple(enrolled), tuple(skipped), outdated)


def is_outdated(fingerprint: Fingerprint) -> bool:
    return fingerprint.features is not None and fingerprint.features.version != VERSION


def _adds(fresh: Fingerprint, kept: Fingerprint) -> bool:
    """Enrolling again never takes away what is kept. Of two files of one picture the larger counts, whichever came
    first: a messenger's copy has lost the points that small cut-outs are known by."""
    if set(kept.kinds) - set(fresh.kinds):
        return False
    if set(fresh.kinds) - set(kept.kinds) or (fresh.features is not None and is_outdated(kept)):
        return True
    return fresh.width * fresh.height > kept.width * kept.height


async def match_files(
    paths: Sequence[Path],
    *,
    reader: Reader,
    matcher: Matcher,
    on_file: Callable[[Path], None] = lambda _: None,
) -> tuple[FileMatch, ...]:
    """A dry run of the matcher: one row a file, in the order given; folders are walked in the order of their names."""
    skipped: list[Skipped] = []
    rows: list[FileMatch] = []
    for path in files_in(paths, skipped):
        on_file(path)
        try:
            untrusted = _read(path)
            reading = await reader.image(untrusted, Detail.HASHES)
            match = matcher.fast(reading)
            if matcher.wants_features(reading, match):
                match = matcher.full(await reader.image(untrusted, Detail.FEATURES))
            rows.append(FileMatch(path, match, None))
        except (UnreadableImage, OSError) as error:
            rows.append(FileMatch(path, None, reason_of(error)))
    rows.extend(FileMatch(row.file, None, row.reason) for row in skipped)
    return tuple(rows)


def files_in(paths: Sequence[Path], skipped: list[Skipped]) -> Iterator[Path]:
    """Files as given, folders recursively in the order of their names. What is not there goes to `skipped`."""
    for path in paths:
        if path.is_dir():
            empty = True
            for folder, folders, names in os.walk(path):
                folders.sort()
                for name in sorted(names):
                    empty = False
                    yield Path(folder) / name
            if empty:
                skipped.append(Skipped(path, "the folder holds no files"))
        elif path.exists():
            yield path
        else:
            skipped.append(Skipped(path, "no such file"))


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise UnreadableImage("not a regular file", kind=UnreadableKind.NOT_AN_IMAGE)
    size = path.stat().st_size
    if size > MAX_PHOTO_BYTES:
        raise UnreadableImage(
            f"{size} bytes is more than a photo has ({MAX_PHOTO_BYTES})", kind=UnreadableKind.TOO_LARGE
        )
    return path.read_bytes()


def reason_of(error: UnreadableImage | OSError) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return f"{error}. {error.remedy}" if error.remedy else str(error)
