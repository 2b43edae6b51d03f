"""The custody log's chain: what holds, and that every change is found."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.evidence.custody import (
    MAX_VALUE,
    commitment_of,
    details_of,
    digest_of_entry,
    drops_text,
    faults,
    head_of,
    new_entry,
    parse_log,
    render_log,
    time_text,
    without_details,
)
from monitor.model.custody import NO_HEAD, CustodyAct, CustodyEntry
from monitor.model.ids import CaseId

NOW = datetime(2026, 11, 22, 20, 0, 0, 123456, tzinfo=UTC)
CASE = CaseId("default")


def a_log(count: int = 5) -> list[CustodyEntry]:
    log: list[CustodyEntry] = []
    for number in range(1, count + 1):
        about = {"sighting": f"s{number}", "what": "Zoë\n“quoted”\x00\ud800"}
        at = NOW + timedelta(hours=number)
        log.append(new_entry(CASE, CustodyAct.CAPTURE, about, at, after=head_of(log), salt=bytes([number]) * 32))
    return log


def dropped(log: Sequence[CustodyEntry], number: int) -> list[CustodyEntry]:
    """As the store does it: details go, and a further entry says so."""
    left = [without_details(entry) if entry.number == number else entry for entry in log]
    closing = new_entry(CASE, CustodyAct.CLOSE, {}, NOW, after=head_of(left), salt=b"c" * 32, drops=[number])
    return [*left, closing]


def changed(log: Sequence[CustodyEntry], number: int, **values: object) -> list[CustodyEntry]:
    return [replace(entry, **values) if entry.number == number else entry for entry in log]  # type: ignore[arg-type]


def made_anew(log: Sequence[CustodyEntry], number: int, **values: object) -> list[CustodyEntry]:
    """By somebody who knows how digests are made, and stops at this entry."""
    found = changed(log, number, **values)
    return [replace(one, digest=digest_of_entry(one)) if one.number == number else one for one in found]


def test_a_log_as_it_was_written_has_no_fault() -> None:
    assert list(faults(a_log())) == []
    assert list(faults([])) == []
    assert head_of([]) == NO_HEAD
    assert len(head_of(a_log()).reference) == 16


Change = Callable[[list[CustodyEntry]], list[CustodyEntry]]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(lambda log: changed(log, 3, at=NOW), "entry 3: it was changed", id="the time"),
        pytest.param(lambda log: changed(log, 3, act=CustodyAct.VIEW), "entry 3: it was changed", id="the act"),
        pytest.param(
            lambda log: changed(log, 3, details='{"sighting":"s9"}'), "entry 3: its details were changed", id="details"
        ),
        pytest.param(lambda log: changed(log, 3, salt="00" * 32), "entry 3: its details were changed", id="the salt"),
        pytest.param(
            lambda log: made_anew(log, 3, at=NOW), "entry 4: it does not follow", id="the time, with its digest"
        ),
        pytest.param(lambda log: log[:2] + log[3:], "entry 4: entry 3 should stand here", id="one is missing"),
        pytest.param(lambda log: log[1:], "entry 2: entry 1 should stand here", id="the first is missing"),
        pytest.param(lambda log: [*log[:3], log[2], *log[3:]], "entry 3: entry 4 should", id="one twice"),
        pytest.param(
            lambda log: [log[1], log[0], *log[2:]], "entry 2: entry 1 should stand here", id="two change places"
        ),
        pytest.param(
            lambda log: changed(log, 3, details="", salt=""), "no later entry says why", id="details gone unsaid"
        ),
        pytest.param(
            lambda log: changed(dropped(log, 3), 3, details=log[2].details, salt=log[2].salt),
            "it has details that entry 6 dropped",
            id="dropped details are back",
        ),
        pytest.param(lambda log: changed(dropped(log, 3), 3, salt=log[2].salt), "not their salt", id="a salt was left"),
        pytest.param(lambda log: made_anew(log, 2, drops=(2,)), "it names a later entry as dropped", id="drops itself"),
    ],
)
def test_a_change_is_found_and_named(change: Change, said: str) -> None:
    assert any(said in fault for fault in faults(change(a_log())))


def test_dropped_details_leave_the_chain_whole() -> None:
    log = dropped(a_log(), 3)
    assert list(faults(log)) == []
    assert log[2].details == log[2].salt == ""


def test_a_packet_may_leave_details_out() -> None:
    log = a_log()
    shown = parse_log(render_log(log, show={2}), CASE)
    assert [entry.is_dropped for entry in shown] == [True, False, True, True, True]
    assert list(faults(shown, left_out={1, 3, 4, 5})) == []
    assert list(faults(shown)) != []


@pytest.mark.parametrize(
    ("corrects", "holds"),
    [
        pytest.param("3", True, id="an earlier one"),
        pytest.param("6", False, id="itself"),
        pytest.param("0", False, id="none that is there"),
        pytest.param("", False, id="none"),
        pytest.param("x", False, id="no number"),
    ],
)
def test_a_correction_points_back(corrects: str, holds: bool) -> None:
    log = a_log()
    about = {"corrects": corrects, "what": "it was another handle"}
    log.append(new_entry(CASE, CustodyAct.CORRECTION, about, NOW, after=head_of(log), salt=b"x" * 32))
    assert (list(faults(log)) == []) is holds


def test_stock_tools_make_the_same_digests() -> None:
    entry = dropped(a_log(), 3)[5]
    lines = (entry.salt, entry.details)
    head = ("6", time_text(entry.at), "close", drops_text(entry.drops), entry.commitment, entry.previous)
    for wanted, words in ((entry.commitment, lines), (entry.digest, head)):
        script = 'printf "%s\\n" "$@" | sha256sum'
        said = subprocess.run(["sh", "-c", script, "sh", *words], capture_output=True, text=True, check=True)
        assert said.stdout.split()[0] == wanted


def test_the_same_details_are_committed_to_differently() -> None:
    one, other = (
        new_entry(CASE, CustodyAct.VIEW, {"a": "b"}, NOW, after=NO_HEAD, salt=salt * 32) for salt in (b"1", b"2")
    )
    assert one.details == other.details
    assert one.commitment != other.commitment
    assert one.commitment == commitment_of(one.salt, one.details)


def test_what_is_too_long_is_cut_and_says_so() -> None:
    entry = new_entry(CASE, CustodyAct.ADD, {"what": "x" * 10_000}, NOW, after=NO_HEAD, salt=b"1" * 32)
    told = details_of(entry)["what"]
    assert len(told) == MAX_VALUE
    assert told.endswith("…")


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=60), max_size=4))
def test_any_text_is_one_line_of_ascii_and_comes_back(about: dict[str, str]) -> None:
    entry = new_entry(CASE, CustodyAct.ADD, about, NOW, after=NO_HEAD, salt=b"1" * 32)
    written = render_log([entry])
    assert written.count(b"\n") == 1
    assert written.isascii()
    assert parse_log(written, CASE) == [entry]
    assert details_of(entry) == about


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_no_byte_of_a_written_log_can_change_unseen(at: int, by: int) -> None:
    written = bytearray(render_log(dropped(a_log(), 3)))
    written[at % len(written)] ^= by
    try:
        found = list(faults(parse_log(bytes(written), CASE)))
    except ValueError:
        return
    assert found


@pytest.mark.parametrize("content", [b"\xff", b"{}", b"null\n", b"[" * 100_000, b'{"number":1}\n', b"{\n"])
def test_what_is_no_log_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError):
        parse_log(content, CASE)
