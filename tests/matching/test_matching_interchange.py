"""Row 10: lists go out and come back; junk is named by its line and the rest is taken."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.matching.interchange import export_csv, export_json, import_list
from monitor.model.fingerprint import Fingerprint, Hash, HashAlgorithm, Reference

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
    text = export(OWN)  # type: ignore[operator]
    back = import_list(text.encode())
    assert not back.problems and not back.repaired
    assert back.own("default") and not back.own("other")
    for before, after in zip(OWN, back.hashes, strict=True):
        assert after.fingerprint.pdq == before.fingerprint.pdq
        assert after.fingerprint.pdq_quality == before.fingerprint.pdq_quality
        assert (after.label, after.reference, after.case) == (before.label, before.id, before.case)
        assert after.fingerprint.features is None


def test_csv_is_what_threatexchange_tools_read() -> None:
    for line in export_csv(OWN).splitlines():  # `hash,quality,...` as pdq-photo-hasher prints, no heading
        digits, quality = line.split(",")[:2]
        assert len(digits) == 64 and int(digits, 16) >= 0 and 0 <= int(quality) <= 100


def test_json_keeps_phash() -> None:
    back = import_list(export_json(OWN).encode())
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
    assert not back.own("default")


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
    for text in (export_csv(own), export_json(own)):
        back = import_list(text.encode(errors="replace"))
        assert [item.fingerprint.pdq.bits for item in back.hashes] == hashes
