"""Hash lists in and out: the PDQ CSV that ThreatExchange tools read (`hash,quality,...`, no heading, as
`pdq-photo-hasher` writes it; further columns are free text to them), and JSON. Hashes only: local features
never leave.

An export carries a mark that only the store it came from can make, over every byte of it and for one case: whatever
was written, changed, added, taken out, reordered or saved anew elsewhere is a foreign list, as is one without a mark.

A line that is not a hash is named by its number and left out; the good ones are imported. Spreadsheets drop
leading zeros of a hash: that is repaired, and told.
"""

from __future__ import annotations

import csv
import hmac
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from monitor.model.fingerprint import Fingerprint, Hash, HashAlgorithm, Reference, Version, VersionKind
from monitor.plain import plain

JSON_FORMAT = "reupload-monitor-hashes/1"
FOREIGN_DIALECT = "unknown"
MAX_LIST_BYTES = 512 * 1024 * 1024  # some five million lines
MAX_LABEL = 200  # letters

Mark = Callable[[bytes], str]
"""What was exported -> 64 hexadecimal digits, keyed with what only this store knows of one case (`Store.mark`)."""

_DIGITS = 64
_LEAST_DIGITS = 48  # fewer is another kind of hash (MD5 has 32, SHA-1 40), not a PDQ that lost zeros
_HEX = re.compile(r"[0-9a-fA-F]+")
_MARK = re.compile(r"[0-9a-f]{64}")
_JSON_MARK = re.compile(rb'\{\n "format": "[^"\n]{1,60}",\n "mark": "([0-9a-f]{64})",\n')
_NO_MARK = "0" * 64  # stands in its place in what it is made of
_COLUMNS = ("hash", "quality", "label", "reference", "case", "dialect", "origin", "kind", "version", "mark")
_HEADINGS = {"hash", "pdq", "pdq_hash", "signal", "value"}


@dataclass(frozen=True, slots=True)
class ImportedHash:
    """case, reference, origin: as written by this program's own export; "" in foreign lists. quality: 0 where the
    list has none, so that it only matches pictures which are themselves sharp enough."""

    line: int
    fingerprint: Fingerprint
    label: str
    reference: str
    case: str
    origin: str = ""
    kind: VersionKind = VersionKind.FILE
    is_version: bool = False  # of the picture of that reference, which stands before it


@dataclass(frozen=True, slots=True)
class LineProblem:
    """line: from 1; of a JSON list, the number of the entry."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class ImportedList:
    hashes: tuple[ImportedHash, ...]
    problems: tuple[LineProblem, ...]
    repaired: tuple[int, ...]  # lines whose hash had lost leading zeros
    mark: str = ""  # as the list carries it; '' where it has none
    marked: bytes = b""  # what it would have to be made of

    def own(self, case: str, mark: Mark) -> bool:
        """Was it exported by the store that `mark` is of, for this case, and not changed since?"""
        if not self.mark or not self.hashes or any(item.case != case for item in self.hashes):
            return False
        return bool(self.marked) and hmac.compare_digest(self.mark, mark(self.marked))

    def why_foreign(self) -> str:
        """In words, for one that is not `own`."""
        if self.mark:
            return (
                "it carries a mark, but not one that this store made for this case over just these bytes: it is of "
                "another store or case, or was changed or saved anew (by a spreadsheet, say) since it was exported"
            )
        if any(item.reference and item.case for item in self.hashes):
            return (
                "it carries no mark of this store: earlier versions made none, and such a list can be written by "
                "anybody. Where the store that it came from is still there, export it again with this version"
            )
        return "it carries no mark of this store"


def export_csv(references: Sequence[Reference], mark: Mark) -> str:
    """`_COLUMNS`; the mark of the whole list stands at the end of each line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for item, number, version in _versions(references):
        print_ = version.fingerprint
        # As `plain` has it, so that a label cannot break a line, and stdout and a file get the same bytes.
        named = (plain(_label(item, number)), item.id, item.case, print_.pdq.dialect, item.origin)
        writer.writerow((print_.pdq.hex, print_.pdq_quality, *named, version.kind, number))
    lines = text.getvalue()
    return lines.replace("\n", f",{mark(_of_csv(lines.encode()))}\n")


def export_json(references: Sequence[Reference], mark: Mark) -> str:
    rows = [
        {
            "hash": version.fingerprint.pdq.hex,
            "quality": version.fingerprint.pdq_quality,
            "label": plain(_label(item, number)),
            "reference": item.id,
            "case": item.case,
            "origin": item.origin,
            "dialect": version.fingerprint.pdq.dialect,
            "phash": version.fingerprint.phash.hex if version.fingerprint.phash else None,
            "phash_dialect": version.fingerprint.phash.dialect if version.fingerprint.phash else None,
            "width": version.fingerprint.width,
            "height": version.fingerprint.height,
            "kind": version.kind,
            "version": number,
        }
        for item, number, version in _versions(references)
    ]
    text = json.dumps({"format": JSON_FORMAT, "mark": _NO_MARK, "hashes": rows}, indent=1, ensure_ascii=False) + "\n"
    return text.replace(_NO_MARK, mark(_of_json(text.encode())), 1)


def _versions(references: Sequence[Reference]) -> Iterator[tuple[Reference, int, Version]]:
    """Each picture's, the best first: number 1."""
    for item in references:
        for number, version in enumerate(item.versions, start=1):
            yield item, number, version


def _label(picture: Reference, number: int) -> str:
    return picture.label if number == 1 else picture.versions[number - 1].name


def _of_csv(lines: bytes) -> bytes:
    return b"csv\n" + lines


def _of_json(text: bytes) -> bytes:
    return b"json\n" + text


def _marked(untrusted: bytes, *, is_json: bool) -> tuple[str, bytes]:
    """The mark that a list carries, and what it would have to be made of; '' where it carries none."""
    if is_json:
        found = _JSON_MARK.match(untrusted)
        return (found[1].decode(), _of_json(untrusted.replace(found[1], _NO_MARK.encode(), 1))) if found else ("", b"")
    mark = untrusted.partition(b"\n")[0].rstrip(b'\r"')[-64:]  # a spreadsheet puts it in quotes
    if not _MARK.fullmatch(mark.decode("ascii", errors="replace")) or untrusted.count(b",") < 2:
        return "", b""
    end = b"," + mark + b"\n"
    as_written = untrusted.count(end) == untrusted.count(b"\n") and untrusted.endswith(end)
    return mark.decode(), _of_csv(untrusted.replace(end, b"\n")) if as_written else b""


def import_list(untrusted: bytes) -> ImportedList:
    """CSV or JSON, told apart by the first letter. Never raises for what is in the bytes."""
    if len(untrusted) > MAX_LIST_BYTES:
        return ImportedList((), (LineProblem(0, f"the file has more than {MAX_LIST_BYTES} bytes"),), ())
    text = untrusted.decode("utf-8-sig", errors="replace")
    is_json = text.lstrip()[:1] in ("{", "[")
    hashes, problems, repaired = list[ImportedHash](), list[LineProblem](), list[int]()
    for row in _json_rows(text) if is_json else _csv_rows(text):
        if isinstance(row, LineProblem):
            problems.append(row)
            continue
        digits = row["hash"].strip()
        why_not = _why_not(row, digits)
        if why_not:
            problems.append(LineProblem(row.line, why_not))
            continue
        if len(digits) < _DIGITS:
            repaired.append(row.line)
        hashes.append(_imported(row, digits))
    return ImportedList(tuple(hashes), tuple(problems), tuple(repaired), *_marked(untrusted, is_json=is_json))


class _Row(dict[str, str]):
    """One line's fields by the names of `export_json`; missing ones are empty."""

    def __init__(self, line: int, fields: dict[str, str]) -> None:
        super().__init__(fields)
        self.line = line

    def __missing__(self, key: str) -> str:
        return ""


def _why_not(row: _Row, digits: str) -> str:
    """Why it is not taken in; '' where it is."""
    if not _HEX.fullmatch(digits) or not _LEAST_DIGITS <= len(digits) <= _DIGITS:
        return f"{digits[:80]!r} is not a PDQ hash: that has 64 digits of 0-9 and a-f"
    for name in ("dialect", "phash_dialect"):
        if not (row[name].isascii() and row[name].isprintable()):
            return f"{row[name][:64]!r} is no name of a dialect: that has ASCII letters, digits and signs only"
    return ""


def _imported(row: _Row, digits: str) -> ImportedHash:
    pdq = Hash(HashAlgorithm.PDQ, bytes.fromhex(digits.zfill(_DIGITS)), row["dialect"][:64] or FOREIGN_DIALECT)
    phash = None
    if _HEX.fullmatch(row["phash"]) and len(row["phash"]) == 16:
        phash = Hash(HashAlgorithm.PHASH, bytes.fromhex(row["phash"]), row["phash_dialect"][:64] or FOREIGN_DIALECT)
    fingerprint = Fingerprint(
        pdq=pdq,
        pdq_quality=min(100, _number(row["quality"])),
        phash=phash,
        width=_number(row["width"]),
        height=_number(row["height"]),
    )
    label = row["label"].strip()[:MAX_LABEL] or f"line {row.line}"
    return ImportedHash(
        line=row.line,
        fingerprint=fingerprint,
        label=label,
        reference=row["reference"][:MAX_LABEL],
        case=row["case"][:MAX_LABEL],
        origin=row["origin"],
        kind=VersionKind(row["kind"]) if row["kind"] in list(VersionKind) else VersionKind.FILE,
        is_version=_number(row["version"]) > 1,
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _csv_rows(text: str) -> Iterator[_Row | LineProblem]:
    # by line, so that one stray quote spoils one line
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            fields = next(csv.reader([line]))
        except (csv.Error, StopIteration) as error:
            yield LineProblem(number, f"no CSV: {error}")
            continue
        if number == 1 and fields[0].strip().lower() in _HEADINGS:
            continue
        row = _Row(number, dict(zip(_COLUMNS, fields, strict=False)))
        if len(fields) > 1 and not row["quality"].strip().isdigit():
            row["label"], row["quality"] = row["quality"], ""  # `hash,text`, as the mih tools read it
        yield row


def _json_rows(text: str) -> Iterator[_Row | LineProblem]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        yield LineProblem(getattr(error, "lineno", 0), f"no JSON: {error}")
        return
    rows = document.get("hashes") if isinstance(document, dict) else document
    if not isinstance(rows, list):
        yield LineProblem(0, 'the JSON has no list "hashes"')
        return
    for number, row in enumerate(rows, start=1):
        if isinstance(row, str):
            yield _Row(number, {"hash": row})
        elif isinstance(row, dict):
            fields = {str(key): str(value) for key, value in row.items() if value is not None}
            if "hash" not in fields:
                fields["hash"] = fields.get("pdq", "")
            yield _Row(number, fields)
        else:
            yield LineProblem(number, "neither a hash nor an object with one")
