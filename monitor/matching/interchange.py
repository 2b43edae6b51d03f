"""Hash lists in and out: the PDQ CSV that ThreatExchange tools read (`hash,quality,...`, no heading, as
`pdq-photo-hasher` writes it; further columns are free text to them), and JSON. Hashes only: local features
never leave.

A line that is no hash is named by its number and left out; the good ones are imported. Spreadsheets drop
leading zeros of a hash: that is repaired, and told.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.model.fingerprint import Fingerprint, Hash, HashAlgorithm, Reference

JSON_FORMAT = "reupload-monitor-hashes/1"
FOREIGN_DIALECT = "unknown"
MAX_BYTES = 512 * 1024 * 1024  # some five million lines
MAX_LABEL = 200  # letters

_DIGITS = 64
_LEAST_DIGITS = 48  # fewer is another kind of hash (MD5 has 32, SHA-1 40), not a PDQ that lost zeros
_HEX = re.compile(r"[0-9a-fA-F]+")
_HEADINGS = {"hash", "pdq", "pdq_hash", "signal", "value"}


@dataclass(frozen=True, slots=True)
class ImportedHash:
    """case, reference: as written by this program's own export; "" in foreign lists. quality: 0 where the
    list has none, so that it only matches pictures which are themselves sharp enough."""

    line: int
    fingerprint: Fingerprint
    label: str
    reference: str
    case: str


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

    def own(self, case: str) -> bool:
        """Was every line exported by this program for this case?"""
        return bool(self.hashes) and all(item.case == case and item.reference for item in self.hashes)


def export_csv(references: Sequence[Reference]) -> str:
    """Columns: hash, quality, label, reference, case, dialect."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for item in references:
        print_ = item.fingerprint
        row = (print_.pdq.hex, print_.pdq_quality, item.label, item.id, item.case, print_.pdq.dialect)
        writer.writerow(row)
    return text.getvalue()


def export_json(references: Sequence[Reference]) -> str:
    rows = [
        {
            "hash": item.fingerprint.pdq.hex,
            "quality": item.fingerprint.pdq_quality,
            "label": item.label,
            "reference": item.id,
            "case": item.case,
            "dialect": item.fingerprint.pdq.dialect,
            "phash": item.fingerprint.phash.hex if item.fingerprint.phash else None,
            "phash_dialect": item.fingerprint.phash.dialect if item.fingerprint.phash else None,
            "width": item.fingerprint.width,
            "height": item.fingerprint.height,
        }
        for item in references
    ]
    return json.dumps({"format": JSON_FORMAT, "hashes": rows}, indent=1, ensure_ascii=False) + "\n"


def import_list(untrusted: bytes) -> ImportedList:
    """CSV or JSON, told apart by the first letter. Never raises for what is in the bytes."""
    if len(untrusted) > MAX_BYTES:
        return ImportedList((), (LineProblem(0, f"the file has more than {MAX_BYTES} bytes"),), ())
    text = untrusted.decode("utf-8-sig", errors="replace")
    hashes, problems, repaired = list[ImportedHash](), list[LineProblem](), list[int]()
    for row in _json_rows(text) if text.lstrip()[:1] in ("{", "[") else _csv_rows(text):
        if isinstance(row, LineProblem):
            problems.append(row)
            continue
        digits = row["hash"].strip()
        if not _HEX.fullmatch(digits) or not _LEAST_DIGITS <= len(digits) <= _DIGITS:
            problems.append(LineProblem(row.line, f"{digits[:80]!r} is no PDQ hash: that has 64 digits of 0-9 and a-f"))
            continue
        if len(digits) < _DIGITS:
            repaired.append(row.line)
        hashes.append(_imported(row, digits))
    return ImportedList(tuple(hashes), tuple(problems), tuple(repaired))


class _Row(dict[str, str]):
    """One line's fields by the names of `export_json`; missing ones are empty."""

    def __init__(self, line: int, fields: dict[str, str]) -> None:
        super().__init__(fields)
        self.line = line

    def __missing__(self, key: str) -> str:
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
    return ImportedHash(row.line, fingerprint, label, row["reference"][:MAX_LABEL], row["case"][:MAX_LABEL])


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
        names = ("hash", "quality", "label", "reference", "case", "dialect")
        row = _Row(number, dict(zip(names, fields, strict=False)))
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
