"""Photos are read, fingerprinted and let go; nothing of them is copied."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from monitor.errors import StoreError, UnreadableImage, UnreadableKind
from monitor.matching.families import Families
from monitor.matching.joining import is_outdated, join, with_around, with_photo_inside
from monitor.matching.remarks import remarks_on_file
from monitor.model.cut_off import CutOff
from monitor.model.enrolment import UNTOLD, Enrolled, Enrolment, FileMatch, FileSteps, Skipped
from monitor.model.fingerprint import MOST_VERSIONS, PhotoReading, Reference, Version, VersionKind
from monitor.model.ids import CaseId, ReferenceId, new_id
from monitor.pipeline.attestation import require_attestation
from monitor.pipeline.closely import look_closely
from monitor.plain import several
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
    steps: FileSteps = UNTOLD,
) -> Enrolment:
    """Every file becomes one row: enrolled, or skipped with the reason. Raises AttestationMissing."""
    set_ = Enrolling(store, reader, case, features=features, now=now)
    skipped: list[Skipped] = []
    files = list(files_in(paths, skipped))
    steps.on_total(len(files))
    left = 0
    for number, path in enumerate(files):
        if steps.is_stopped():
            left = len(files) - number
            break
        steps.on_file(path)
        await set_.take(path, partial(photo_bytes, path), label=label)
    return set_.result(skipped, left=left)


class Enrolling:
    """Photos that come one after another: each is read, fingerprinted and let go. Raises AttestationMissing."""

    def __init__(self, store: Store, reader: Reader, case: CaseId, *, features: bool, now: datetime) -> None:
        require_attestation(store, case)
        self._reader, self._features = reader, features
        self._set = _Set(store, case, now)
        self._enrolled: list[Enrolled] = []
        self._skipped: list[Skipped] = []

    async def take(self, file: Path, read: Callable[[], bytes], *, label: str | None = None) -> Enrolled | Skipped:
        """file: as it is called; `read` gives what is in it. label: None = after its file. Raises StoreError."""
        try:
            reading = await self._reader.photo(read(), features=self._features)
        except (UnreadableImage, OSError) as error:
            return self.skip(file, reason_of(error))
        try:
            row = self._set.take(reading, label or file.stem, file, is_named=label is not None)
        except StoreError as error:
            error.remedy = f"{error.remedy} {_so_far(self._enrolled, file)}"
            raise
        if isinstance(row, Enrolled):
            self._enrolled.append(row)
        else:
            self._skipped.append(row)
        return row

    def skip(self, file: Path, reason: str) -> Skipped:
        """One that is not even read."""
        row = Skipped(file, reason)
        self._skipped.append(row)
        return row

    def result(self, beside: Sequence[Skipped] = (), *, left: int = 0) -> Enrolment:
        """So far. beside: what was no file at all."""
        skipped = (*beside, *self._skipped)
        return Enrolment(tuple(self._enrolled), skipped, len(self._set.outdated), left, len(self._set.pictures))


class _Set:
    """What is enrolled of a case while files are added to it."""

    def __init__(self, store: Store, case: CaseId, now: datetime) -> None:
        self._store, self._case, self._now = store, case, now
        references = store.references.all(case)
        self._families = Families(references)
        self.pictures = {item.id for item in references}
        self.outdated = {item.id for item in references if is_outdated(item.fingerprint)}
        self._new = set[ReferenceId]()

    def take(self, reading: PhotoReading, name: str, path: Path, *, is_named: bool) -> Enrolled | Skipped:
        """A copy of an enrolled picture becomes a version of it, whatever the order of the files. is_named: by the
        person, not after its file."""
        fresh = Version(reading.fingerprint, name, self._now, reading.kind)
        again = self._mended(reading, fresh)
        if again is not None:
            again = replace(again, label=fresh.name) if is_named else again
            return self._kept(with_around(again, reading, name, self._now), fresh, path, reading.cut)
        kin = self._families.find(fresh.fingerprint)
        before = self._store.references.get(self._case, kin.picture) if kin.picture is not None else None
        if before is None:
            id_ = ReferenceId(new_id(self._now))
            made = Reference(id_, self._case, name, fresh.fingerprint, self._now, kind=fresh.kind, session=kin.session)
            self._new.add(id_)
            return self._kept(with_around(made, reading, name, self._now), fresh, path, reading.cut)
        joined = join(before, fresh)
        if joined is None:
            return Skipped(path, _why_not(before), before.id)
        is_first = joined.fingerprint is fresh.fingerprint
        if is_first and (is_named or before.id in self._new):  # a picture is called as its best file of one enrolment
            joined = replace(joined, label=fresh.name)
        return self._kept(with_around(joined, reading, name, self._now), fresh, path, reading.cut)

    def _mended(self, reading: PhotoReading, fresh: Version) -> Reference | None:
        """The picture that was enrolled from this very screenshot by an earlier release, with the photo inside."""
        held = self._families.holder(reading.around) if reading.around is not None else None
        before = self._store.references.get(self._case, held) if held is not None else None
        return with_photo_inside(before, reading, fresh) if before is not None else None

    def _kept(self, reference: Reference, fresh: Version, path: Path, cut: CutOff | None) -> Enrolled:
        self._store.references.add(reference)
        self._families.add(reference)
        is_new = reference.id not in self.pictures
        self.pictures.add(reference.id)
        if is_outdated(reference.fingerprint):
            self.outdated.add(reference.id)
        else:
            self.outdated.discard(reference.id)
        told_by = reference.fingerprint.kinds
        kinds = tuple(kind for kind in fresh.fingerprint.kinds if kind in told_by)
        remarks = tuple(remarks_on_file(fresh.fingerprint, fresh.kind, cut))
        files = sum(version.kind is not VersionKind.SCREENSHOT for version in reference.versions)
        return Enrolled(reference.id, fresh.name, path, kinds, files - 1, remarks, reference.label, is_new)


def _so_far(enrolled: Sequence[Enrolled], path: Path) -> str:
    files = several(len(enrolled), "file is", "files are")
    return f"{files} enrolled already, {path} is not: the same command again goes on with it, and copies nothing twice."


def _why_not(picture: Reference) -> str:
    if len(picture.further) < MOST_VERSIONS:
        return f"already enrolled as {picture.label!r}"
    kept = f"{len(picture.versions)} versions of that picture are kept, no more"
    return f"already enrolled as {picture.label!r}, or hardly another picture: {kept}"


async def match_files(
    paths: Sequence[Path],
    *,
    reader: Reader,
    matcher: Matcher,
    steps: FileSteps = UNTOLD,
) -> tuple[FileMatch, ...]:
    """A dry run of the matcher: one row a file, in the order given; folders are walked in the order of their names."""
    skipped: list[Skipped] = []
    rows: list[FileMatch] = []
    files = list(files_in(paths, skipped))
    steps.on_total(len(files))
    for path in files:
        steps.on_file(path)
        try:
            untrusted = photo_bytes(path)
            reading = await reader.image(untrusted, Detail.HASHES)
            match = matcher.fast(reading)
            if matcher.wants_features(reading, match):
                match = (await look_closely(untrusted, reader, matcher)).match
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


def photo_bytes(path: Path) -> bytes:
    """Raises UnreadableImage, OSError."""
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
