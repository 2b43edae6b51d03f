"""Whether the evidence of a case is what was kept: sealed files, custody log, time stamps and manifests, each against
the others. Plain functions over what was read; nothing here opens a file.

Each says what is wrong as a `Fault`. The log is the spine: it is chained in itself, the time stamps hold its heads, it
holds the digest of each capture's manifest, of each screenshot and of each of the person's own files; and a manifest
holds the digest of every other file, and where the log stood.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.errors import StampFailed
from monitor.evidence.custody import details_of, head_of
from monitor.evidence.custody import faults as chain_faults
from monitor.evidence.holding import held_as, held_by
from monitor.evidence.manifest import Manifest, ManifestFile, parse_manifest
from monitor.evidence.stamps import check_reply, load_certificates, parse_stamped_data, told_in_log
from monitor.model.capture import Capture, CaptureState
from monitor.model.custody import NO_HEAD, CustodyAct, CustodyEntry, CustodyHead
from monitor.model.evidence import EvidenceItem, EvidenceKind
from monitor.model.ids import CaptureId
from monitor.model.stamp import TimeStamp

KNOWN_BY_LOG = {
    EvidenceKind.MANIFEST: CustodyAct.CAPTURE,
    EvidenceKind.SCREENSHOT: CustodyAct.SHOT,
    EvidenceKind.OWN: CustodyAct.ADD,
}
"""Kinds whose digest stands in the log itself, and in what entries; that of every other stands in a manifest."""

_WITH_FILES = frozenset(KNOWN_BY_LOG.values())
_GOING = {CustodyAct.DELETE, CustodyAct.DISMISS, CustodyAct.CLOSE}


@dataclass(frozen=True, slots=True)
class Fault:
    """where: which file, entry or capture. what: is wrong with it, in plain words."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class CaseKept:
    """What the store says of one case. noted_head: where the log ends, as it stands beside it."""

    entries: Sequence[CustodyEntry]
    stamps: Sequence[TimeStamp]
    items: Sequence[EvidenceItem]
    captures: Sequence[Capture]
    noted_head: CustodyHead = NO_HEAD


@dataclass(frozen=True, slots=True)
class FoundFile:
    """What lies in the vault under a name. digest: SHA-256 of it as it is sealed. why: it cannot be read, '' where it
    can."""

    digest: str
    why: str = ""


def faults_of(
    kept: CaseKept, found: Mapping[str, FoundFile], unnamed: Collection[str], reference: str = ""
) -> Iterator[Fault]:
    """All that can be found without a key. found: what lies in the vault, by name; what is not in it is not there.
    unnamed: files there that nothing in the store names. reference: the first digits of a head that must be in the log,
    from a digest or a note on paper; '' for none."""
    yield from _sealed_faults(kept.items, found)
    for name in sorted(unnamed):
        what = "nothing in the store names it: it was added, or the store is an older one that was put back"
        yield Fault(f"vault/{name}", what)
    for said in chain_faults(kept.entries):
        where, _, what = said.partition(": ")
        yield Fault(where, what)
    yield from _end_faults(kept)
    yield from _files_of_log(kept)
    yield from _files_of_captures(kept)
    yield from _files_unknown_to_log(kept)
    yield from _stamp_faults(kept)
    if reference and not any(entry.digest.startswith(reference) for entry in kept.entries):
        what = f"no entry has the reference {reference}: the log was replaced, or the store is an older one"
        yield Fault("custody log", what)


def _end_faults(kept: CaseKept) -> Iterator[Fault]:
    head, noted = head_of(kept.entries), kept.noted_head
    if head == noted:
        return
    if head.number < noted.number:
        what = f"it ends with entry {head.number}, and the store noted {noted.number} as the last: its end was cut off"
    else:
        what = f"it ends with entry {head.number}, which is not what the store noted as the last"
    yield Fault("custody log", what)


def _files_of_captures(kept: CaseKept) -> Iterator[Fault]:
    """The rows of each capture against its last entry. Further ones may come until it has a new manifest."""
    rows: dict[str, dict[str, EvidenceItem]] = {}
    for item in kept.items:
        rows.setdefault(item.capture, {})[item.id] = item
    last_close = max((entry.number for entry in kept.entries if entry.act is CustodyAct.CLOSE), default=0)
    gone = _gone(kept.entries)
    for entry in _last_of_each(kept.entries):
        told = details_of(entry)
        capture, held = told.get("capture", ""), held_by(told)
        where, own = f"capture {capture} (custody log, entry {entry.number})", rows.get(CaptureId(capture), {})
        for name, one in held.items():
            row = own.get(name)
            if row is None or row.is_withheld:
                if one.sighting not in gone and entry.number > last_close:
                    yield Fault(where, f"the store has lost a file of it: {one.kind}, SHA-256 {one.digest}")
            elif held_as(row) != one:
                what = f"of a file of it the store says something else: {one.kind}, SHA-256 {one.digest}"
                yield Fault(f"{where}, vault/{row.file.path}", what)
        for row in own.values() if held else ():
            if row.id not in held and row.kind not in KNOWN_BY_LOG and not row.is_withheld and _is_before(row, entry):
                yield Fault(f"vault/{row.file.path}", f"the log's entry of its capture lacks it ({_what_it_is(row)})")


def _is_before(row: EvidenceItem, entry: CustodyEntry) -> bool:
    return row.captured_at <= entry.at


def _gone(entries: Sequence[CustodyEntry]) -> frozenset[str]:
    """Sightings of which an entry says that files went."""
    return frozenset(details_of(entry).get("sighting", "") for entry in entries if entry.act in _GOING) - {""}


def _sealed_faults(items: Sequence[EvidenceItem], found: Mapping[str, FoundFile]) -> Iterator[Fault]:
    told: set[str] = set()
    for item in items:
        path = item.file.path
        if item.is_withheld or path in told:
            continue
        there = found.get(path)
        if there is None:
            what = "it is missing"
        elif there.why:
            what = f"it cannot be read: {there.why}"
        elif there.digest != item.file.sealed_digest:
            what = "it is not the file that was sealed: changed, cut off, or another one in its place"
        else:
            continue
        told.add(path)
        yield Fault(f"vault/{path}", f"{what} ({_what_it_is(item)})")


def _files_of_log(kept: CaseKept) -> Iterator[Fault]:
    there = {item.file.plain_digest for item in kept.items if not item.is_withheld}
    withheld = {item.capture for item in kept.items if item.is_withheld}
    closed = {one.id for one in kept.captures if one.state is CaptureState.CLOSED}
    for entry in _last_of_each(kept.entries):
        told = details_of(entry)
        if CaptureId(told.get("capture", "")) in closed | withheld:
            continue
        for digest in _digests(told):
            if digest not in there and not _has_gone(told, entry, kept.entries):
                what = f"a file that it is about is not in the store any more (SHA-256 {digest})"
                yield Fault(f"custody log, entry {entry.number}", what)


def _digests(told: Mapping[str, str]) -> list[str]:
    """Of the files that an entry is about: `manifest`, `sha256` (several, with spaces), `file 1` and so on."""
    named = (value for name, value in told.items() if name in ("manifest", "sha256") or name.startswith("file "))
    return [digest for value in named for digest in value.split()]


def _last_of_each(entries: Sequence[CustodyEntry]) -> list[CustodyEntry]:
    """Those about files; of a capture, whose manifest is made anew when it changes, the last."""
    found: dict[tuple[str, str], CustodyEntry] = {}
    for entry in entries:
        if entry.act in _WITH_FILES and not entry.is_dropped:
            told = details_of(entry)
            own = told.get("capture", "") if entry.act is CustodyAct.CAPTURE else str(entry.number)
            found[entry.act.value, own] = entry
    return list(found.values())


def _has_gone(told: Mapping[str, str], entry: CustodyEntry, entries: Sequence[CustodyEntry]) -> bool:
    """A later entry says that files of one of its sightings went."""
    own = {told.get("sighting", ""), *told.get("sightings", "").split()} - {""}
    later = (one for one in entries if one.number > entry.number and one.act in _GOING)
    return any(details_of(one).get("sighting", "") in own for one in later)


def _files_unknown_to_log(kept: CaseKept) -> Iterator[Fault]:
    """What was noted of a file may have gone with the details of an entry: so many are excused, and no more."""
    about_files = (details_of(entry) for entry in kept.entries if entry.act in _WITH_FILES)
    known = {digest for told in about_files for digest in _digests(told)}
    for kind, act in KNOWN_BY_LOG.items():
        unknown = [
            item
            for item in kept.items
            if item.kind is kind and not item.is_withheld and item.file.plain_digest not in known
        ]
        if len(unknown) > sum(entry.act is act and entry.is_dropped for entry in kept.entries):
            for item in unknown:
                yield Fault(f"vault/{item.file.path}", f"the custody log does not know it ({_what_it_is(item)})")


def _stamp_faults(kept: CaseKept) -> Iterator[Fault]:
    """Each token against its question, its data and the log; judged at its own time, by the chain kept with it."""
    heads = {entry.number: entry.digest for entry in kept.entries}
    noted = [details_of(entry) for entry in kept.entries if entry.act is CustodyAct.STAMP]
    for stamp in kept.stamps:
        where = f"time stamp on entry {stamp.number} by {stamp.authority}"
        try:
            roots = load_certificates(stamp.chain)
            token = check_reply(stamp.reply, query=stamp.query, data=stamp.data, roots=roots)
            head = parse_stamped_data(stamp.data)
        except (StampFailed, ValueError) as error:
            yield Fault(where, f"it does not hold: {error}")
            continue
        if (head.number, head.digest) != (stamp.number, heads.get(stamp.number)):
            yield Fault(where, "it is on another custody log than this one")
        if token.told != stamp.told:
            yield Fault(where, "its time is not the one on record")
        if told_in_log(stamp) not in noted:
            yield Fault(where, "the custody log does not know it, or knows another in its place")
    there = [told_in_log(stamp) for stamp in kept.stamps]
    for told in noted:
        if told not in there:
            where = f"time stamp on entry {told.get('stamped', '?')} by {told.get('authority', '?')}"
            yield Fault(where, "it is missing, or another is in its place")


def opened_faults(item: EvidenceItem, digest: str, size: int) -> Iterator[Fault]:
    """digest, size: of what the sealed file held."""
    if (digest, size) != (item.file.plain_digest, item.file.size):
        what = "what it holds is not what was sealed: another file in its place"
        yield Fault(f"vault/{item.file.path}", f"{what} ({_what_it_is(item)})")


def manifest_faults(item: EvidenceItem, content: bytes, kept: CaseKept) -> Iterator[Fault]:
    """item: of kind manifest, opened."""
    where = f"manifest of capture {item.capture} (vault/{item.file.path})"
    try:
        manifest = parse_manifest(content)
    except ValueError as error:
        yield Fault(where, str(error))
        return
    if manifest.capture != item.capture:
        yield Fault(where, f"it is the manifest of another capture ({manifest.capture})")
        return
    heads = {entry.number: entry.digest for entry in kept.entries}
    if manifest.log.number and heads.get(manifest.log.number) != manifest.log.digest:
        what = f"it knows an entry {manifest.log.number} that the custody log does not have"
        yield Fault(where, f"{what}: the store is an older one that was put back, or its log was replaced")
    yield from _listed_faults(where, manifest, kept)


def _listed_faults(where: str, manifest: Manifest, kept: CaseKept) -> Iterator[Fault]:
    own = [one for one in kept.items if one.capture == manifest.capture and one.kind is not EvidenceKind.MANIFEST]
    rows, listed = {item.id: item for item in own}, {file.path: file for file in manifest.files}
    gone = _gone(kept.entries)
    for path, file in listed.items():
        row = rows.get(path)
        if row is None:
            if file.sighting not in gone:
                yield Fault(where, f"the store has lost a file that it lists: {file.kind}, SHA-256 {file.digest}")
        elif not row.is_withheld and _differs(file, row):
            what = f"of a file that it lists the store says something else: {file.kind}, SHA-256 {file.digest}"
            yield Fault(f"{where}, vault/{row.file.path}", what)
    for row in own:
        if row.id not in listed and not row.is_withheld and row.kind not in KNOWN_BY_LOG:
            yield Fault(f"vault/{row.file.path}", f"the manifest of its capture does not list it ({_what_it_is(row)})")


def _differs(file: ManifestFile, row: EvidenceItem) -> bool:
    told = (file.kind, file.media_type, file.size, file.digest, file.sighting)
    return told != (row.kind.value, row.media_type, row.file.size, row.file.plain_digest, row.sighting)


def _what_it_is(item: EvidenceItem) -> str:
    whose = f"sighting {item.sighting}" if item.sighting else f"capture {item.capture}" if item.capture else "your own"
    return f"{item.kind.value} of {whose}" if item.sighting or item.capture else f"{item.kind.value}, {whose}"
