"""Row 10: lists go out and come back; junk is named by its line and the rest is taken."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.matching.interchange import export_csv, export_json, import_list
from monitor.model.fingerprint import (
    Fingerprint,
    Hash,
    HashAlgorithm,
    Reference,
    ReferenceOrigin,
    Version,
    VersionKind,
)


def mark(content: bytes) -> str:
    """As one store makes it for one case."""
    return hmac.digest(b"this store, this case", content, "sha256").hex()


def another(content: bytes) -> str:
    return hmac.digest(b"another store or case", content, "sha256").hex()


NOW = datetime(2026, 11, 22, tzinfo=UTC)
DIGITS = "0f" * 32


def reference(number: int, *, label: str = "beach", bits: bytes | None = None) -> Reference:
    pdq = Hash(HashAlgorithm.PDQ, bits or bytes([number]) * 32, "reduced-512/1")
    phash = Hash(HashAlgorithm.PHASH, bytes([number]) * 8, "x")
    return Reference(f"ref-{number}", "default", label, Fingerprint(pdq, 80 + number, phash, 640, 480), NOW)


LABELS = ["beach", 'with "quotes", and commas', "Löwe", "=SUM(A1)"]
OWN = [reference(number, label=label) for number, label in enumerate(LABELS, start=1)]


@pytest.mark.parametrize("export", [export_csv, export_json])
def test_round_trip(export: object) -> None:
    text = export(OWN, mark)  # type: ignore[operator]
    back = import_list(text.encode())
    assert not back.problems and not back.repaired
    assert back.own("default", mark) and not back.own("other", mark) and not back.own("default", another)
    for before, after in zip(OWN, back.hashes, strict=True):
        assert after.fingerprint.pdq == before.fingerprint.pdq
        assert after.fingerprint.pdq_quality == before.fingerprint.pdq_quality
        assert (after.label, after.reference, after.case) == (before.label, before.id, before.case)
        assert after.fingerprint.features is None


def test_csv_is_what_threatexchange_tools_read() -> None:
    for line in export_csv(OWN, mark).splitlines():  # `hash,quality,...` as pdq-photo-hasher prints, no heading
        digits, quality = line.split(",")[:2]
        assert len(digits) == 64 and int(digits, 16) >= 0 and 0 <= int(quality) <= 100


def test_json_keeps_phash() -> None:
    back = import_list(export_json(OWN, mark).encode())
    assert [item.fingerprint.phash for item in back.hashes] == [item.fingerprint.phash for item in OWN]


JUNK = f"""hash,quality,label
{DIGITS},90,good one

# a remark
not a hash,1,x
{DIGITS[:40]},5,that is a SHA-1
{DIGITS.upper()},77,upper case
1.2E+63,3,from a spreadsheet
{DIGITS[1:]},50,lost a zero
{DIGITS}
"{DIGITS},unclosed
{DIGITS},free text of another tool
{DIGITS},999,absurd quality
"""


def test_junk_lines_are_named_and_good_ones_taken() -> None:
    back = import_list(JUNK.encode())
    assert [item.line for item in back.hashes] == [2, 7, 9, 10, 12, 13]
    assert {problem.line for problem in back.problems} == {5, 6, 8, 11}
    assert all(problem.message for problem in back.problems)
    assert back.repaired == (9,)
    assert {item.fingerprint.pdq.hex for item in back.hashes} == {DIGITS}
    assert [item.label for item in back.hashes][4] == "free text of another tool"
    assert [item.fingerprint.pdq_quality for item in back.hashes] == [90, 77, 50, 0, 0, 100]
    assert not back.own("default", mark)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{DIGITS},90,one,ref,case,Straße\n{'f0' * 32},90,good\n", id="csv"),
        pytest.param(json.dumps([{"hash": DIGITS, "dialect": "Straße"}, "f0" * 32]), id="json"),
        pytest.param(json.dumps([{"hash": DIGITS, "dialect": "\udcff"}, "f0" * 32]), id="half a letter"),
        pytest.param(json.dumps([{"hash": DIGITS, "phash_dialect": "ß"}, "f0" * 32]), id="of the second hash"),
    ],
)
def test_a_dialect_that_cannot_be_kept_is_named_and_good_lines_are_taken(text: str) -> None:
    back = import_list(text.encode())
    assert [item.fingerprint.pdq.hex for item in back.hashes] == ["f0" * 32]
    assert [(problem.line, "dialect" in problem.message) for problem in back.problems] == [(1, True)]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("{", [1]),
        ("[[[", [1]),
        ('{"hashes": 3}', [0]),
        (json.dumps([DIGITS, 7, {"pdq": DIGITS}, {"x": 1}, None]), [2, 4, 5]),
        ("[" * 100_000, [0]),
    ],
)
def test_bad_json_is_named(text: str, lines: list[int]) -> None:
    assert [problem.line for problem in import_list(text.encode()).problems] == lines


@given(st.binary(max_size=400))
def test_any_bytes_end_in_a_list(data: bytes) -> None:
    back = import_list(data)
    assert all(len(item.fingerprint.pdq.hex) == 64 for item in back.hashes)


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=8), st.text(max_size=30))
def test_any_own_list_round_trips(hashes: list[bytes], label: str) -> None:
    own = [reference(number, bits=bits, label=label) for number, bits in enumerate(hashes, start=1)]
    for text in (export_csv(own, mark), export_json(own, mark)):
        back = import_list(text.encode())
        assert [item.fingerprint.pdq.bits for item in back.hashes] == hashes
        assert back.own("default", mark) is bool(hashes)


# --- whose list it is


def lines_of(change: Callable[[list[str]], object]) -> Callable[[str], str]:
    """`change` alters the list of lines in place, or gives another one."""

    def apply(text: str) -> str:
        lines = text.splitlines()
        other = change(lines)
        return "\n".join(other if isinstance(other, list) else lines) + "\n"

    return apply


def with_fields(change: Callable[[list[list[str]]], object]) -> Callable[[str], str]:
    def apply(text: str) -> str:
        rows = [line.split(",") for line in text.splitlines()]
        change(rows)
        return "".join(",".join(row) + "\n" for row in rows)

    return apply


def flipped(digit: str) -> str:
    return "0" if digit != "0" else "1"


PLAIN = [reference(number, label=f"photo {number}", bits=bytes([0, 0xA0 + number] * 16)) for number in (1, 2, 3)]
MARK = export_csv(PLAIN, mark).splitlines()[0][-64:]

TAMPERED = [
    pytest.param(
        with_fields(lambda rows: rows[1].__setitem__(0, flipped(rows[1][0][0]) + rows[1][0][1:])), id="a hash"
    ),
    pytest.param(with_fields(lambda rows: rows[1].__setitem__(0, rows[1][0].upper())), id="a hash in capitals"),
    pytest.param(with_fields(lambda rows: rows[2].__setitem__(1, "100")), id="a quality"),
    pytest.param(with_fields(lambda rows: rows[0].__setitem__(2, "x")), id="a label"),
    pytest.param(with_fields(lambda rows: rows[0].__setitem__(3, "ref-9")), id="a reference"),
    pytest.param(with_fields(lambda rows: [row.__setitem__(4, "other") for row in rows]), id="the case"),
    pytest.param(with_fields(lambda rows: rows[0].__setitem__(6, "own-list")), id="an origin"),
    pytest.param(lines_of(lambda lines: lines.append(lines[0])), id="a line twice"),
    pytest.param(lines_of(lambda lines: lines.append(f"{DIGITS},90,x,ref-9,default,d,file,{MARK}")), id="a line more"),
    pytest.param(lines_of(lambda lines: lines.append(f"{DIGITS},90,x")), id="a foreign line at the end"),
    pytest.param(
        lines_of(lambda lines: lines.insert(0, f"{DIGITS},90,x,r,default,d,file,{MARK}")), id="one at the top"
    ),
    pytest.param(lines_of(lambda lines: lines.insert(1, f"{DIGITS},90,x,r,default")), id="one between"),
    pytest.param(lines_of(lambda lines: lines.pop()), id="a line less"),
    pytest.param(lines_of(lambda lines: lines.pop(0)), id="without the first"),
    pytest.param(lines_of(lambda lines: lines.reverse()), id="reordered"),
    pytest.param(lines_of(lambda lines: [line[:-65] for line in lines]), id="without its marks"),
    pytest.param(lines_of(lambda lines: [lines[0], lines[1][:-65], lines[2]]), id="without one of them"),
    pytest.param(lines_of(lambda lines: [f"{DIGITS},90,x,r,default,d,file,{MARK}"]), id="the mark on other lines"),
    pytest.param(lines_of(lambda lines: [line + f",{MARK}" for line in lines]), id="the mark twice"),
    pytest.param(lines_of(lambda lines: ["hash,quality,label,reference,case,dialect", *lines]), id="a heading"),
    pytest.param(lines_of(lambda lines: ["# mine", *lines]), id="a remark"),
    pytest.param(lambda text: text.replace("\n", "\r\n"), id="line ends of another system"),
    pytest.param(lambda text: "\ufeff" + text, id="a byte order mark"),
    pytest.param(lambda text: text + "\n", id="an empty line"),
    pytest.param(lambda text: text[:-1], id="without the last line end"),
    pytest.param(
        lambda text: "".join(",".join(f'"{field}"' for field in line.split(",")) + "\n" for line in text.splitlines()),
        id="a spreadsheet's quotes",
    ),
    pytest.param(lines_of(lambda lines: [line.removeprefix("0") for line in lines]), id="a spreadsheet's lost zeros"),
    pytest.param(lines_of(lambda lines: [line.replace(",", ";") for line in lines]), id="semicolons"),
    pytest.param(lambda text: text.replace(MARK, "0" * 64), id="a mark of zeros"),
    pytest.param(lambda text: text.replace(MARK, MARK.upper()), id="the mark in capitals"),
    pytest.param(lambda _: export_csv(PLAIN, another), id="of another store or case"),
]


@pytest.mark.parametrize("change", TAMPERED)
def test_an_own_list_that_was_changed_is_foreign(change: Callable[[str], str]) -> None:
    text = export_csv(PLAIN, mark)
    assert import_list(text.encode()).own("default", mark)
    back = import_list(change(text).encode())
    assert not back.own("default", mark)
    assert "mark" in back.why_foreign()


JSON_CHANGES = [
    pytest.param(lambda document: document["hashes"].pop(), id="a line less"),
    pytest.param(lambda document: document["hashes"].append(dict(document["hashes"][0])), id="a line twice"),
    pytest.param(lambda document: document["hashes"].reverse(), id="reordered"),
    pytest.param(lambda document: document["hashes"][0].update(hash=DIGITS), id="a hash"),
    pytest.param(lambda document: document["hashes"][0].update(phash="0" * 16), id="a pHash"),
    pytest.param(lambda document: document["hashes"][0].update(extra=1), id="a field more"),
    pytest.param(lambda document: document.pop("mark"), id="without its mark"),
    pytest.param(lambda document: document.update(mark="0" * 64), id="a mark of zeros"),
    pytest.param(lambda document: document.update(mark=MARK), id="the mark of its CSV"),
    pytest.param(lambda document: document.update(more=[]), id="something more"),
]


@pytest.mark.parametrize("change", JSON_CHANGES)
def test_an_own_json_that_was_changed_is_foreign(change: Callable[[dict[str, object]], object]) -> None:
    text = export_json(PLAIN, mark)
    assert import_list(text.encode()).own("default", mark)
    document = json.loads(text)
    change(document)
    again = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    assert not import_list(again.encode()).own("default", mark)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: json.dumps(json.loads(text)), id="saved anew"),
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="line ends of another system"),
        pytest.param(lambda text: "\ufeff" + text, id="a byte order mark"),
        pytest.param(lambda text: "  " + text, id="blanks before it"),
        pytest.param(lambda text: text.replace('"mark"', '"mark": "", "mark"', 1), id="two marks"),
        pytest.param(lambda text: text.replace('"hashes"', '"hashes": [], "hashes"', 1), id="two lists"),
    ],
)
def test_an_own_json_in_other_bytes_is_foreign(change: Callable[[str], str]) -> None:
    assert not import_list(change(export_json(PLAIN, mark)).encode()).own("default", mark)


@given(st.data())
def test_no_changed_byte_keeps_a_list_own(data: st.DataObject) -> None:
    export = data.draw(st.sampled_from([export_csv, export_json]))
    raw = bytearray(export(PLAIN, mark).encode())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    assert not import_list(bytes(raw)).own("default", mark)


def test_what_was_foreign_once_stays_so_in_an_export() -> None:
    mixed = [PLAIN[0], replace(PLAIN[1], origin=ReferenceOrigin.FOREIGN_LIST)]
    for export in (export_csv, export_json):
        back = import_list(export(mixed, mark).encode())
        assert [item.origin for item in back.hashes] == ["file", "foreign-list"]


def test_an_export_of_an_earlier_version_is_told_from_a_list_of_somebody_else() -> None:
    earlier = f"{DIGITS},90,x,ref-1,default,reduced-512/1\n"
    assert "earlier versions" in import_list(earlier.encode()).why_foreign()
    assert "earlier versions" not in import_list(f"{DIGITS},90,x\n".encode()).why_foreign()


@pytest.mark.parametrize("export", [export_csv, export_json])
def test_versions_stand_below_their_picture(export: Callable[..., str]) -> None:
    edit = Version(reference(7).fingerprint, "light edit", NOW)
    inside = Version(reference(8).fingerprint, "chat", NOW, VersionKind.INSIDE)
    back = import_list(export([replace(OWN[0], name="IMG_1", further=(edit, inside)), OWN[1]], mark).encode())
    assert back.own("default", mark)
    rows = [(item.label, item.reference, item.kind, item.is_version) for item in back.hashes]
    assert rows == [
        ("beach", "ref-1", VersionKind.FILE, False),
        ("light edit", "ref-1", VersionKind.FILE, True),
        ("chat", "ref-1", VersionKind.INSIDE, True),
        (OWN[1].label, "ref-2", VersionKind.FILE, False),
    ]


def test_a_list_of_before_there_were_versions_is_still_ones_own() -> None:
    lines = f"{DIGITS},90,beach,ref-1,default,reduced-512/1,file\n"
    made = lines.replace("\n", f",{mark(b'csv' + bytes([10]) + lines.encode())}\n")
    back = import_list(made.encode())
    assert back.own("default", mark)
    assert [(item.reference, item.kind, item.is_version) for item in back.hashes] == [
        ("ref-1", VersionKind.FILE, False)
    ]
