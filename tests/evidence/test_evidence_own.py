"""Times as a person types them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import UsageError
from monitor.model.own_evidence import SaidTime
from monitor.services.said_time import said_time

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "said", "at", "exact"),
    [
        pytest.param("", "", None, False, id="nothing"),
        pytest.param("2026-11-20T21:30+01:00", "2026-11-20T21:30+01:00", "2026-11-20T20:30", True, id="with a zone"),
        pytest.param("2026-11-20 21:30 +0530", "2026-11-20 21:30 +0530", "2026-11-20T16:00", True, id="another"),
        pytest.param("2026-11-20T21:30:05Z", "2026-11-20T21:30:05Z", "2026-11-20T21:30:05", True, id="UTC"),
        pytest.param("2026-07-20 21:30", "2026-07-20 21:30 (Europe/Berlin)", "2026-07-20T19:30", True, id="no zone"),
        pytest.param("2026-11-20", "2026-11-20", "2026-11-19T23:00", False, id="a day"),
        pytest.param("about the end  of October", "about the end of October", None, False, id="in words"),
        pytest.param("About 2026-10-30, late", "About 2026-10-30, late", "2026-10-29T23:00", False, id="about a day"),
    ],
)
def test_a_time_as_it_is_said(text: str, said: str, at: str | None, exact: bool) -> None:
    found = said_time(text, option="--at", now=NOW, zone=BERLIN)
    assert found == SaidTime(said, datetime.fromisoformat(at).replace(tzinfo=UTC) if at else None, exact)


@pytest.mark.parametrize(
    "text",
    ["yesterday", "20.11.2026", "2026-02-30", "2026-11-20T25:00", "2027-01-01", "9999-12-31T23:59-23:59", "x" * 99],
)
def test_what_is_no_time_is_refused_with_the_way_to_say_it(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        said_time(text, option="--at", now=NOW, zone=BERLIN)
    assert caught.value.remedy


@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_time_or_refused(text: str) -> None:
    for said in (text, f"about {text}"):
        try:
            found = said_time(said, option="--at", now=NOW, zone=BERLIN)
        except UsageError:
            continue
        assert found.said == "" or found.said.split(" (")[0] == " ".join(said.split()).split(" (")[0]
