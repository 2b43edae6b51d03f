"""Addresses that serve for a time only."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.crawl.signed_address import ends_at, has_run_out, serves_for_a_time

END = datetime(2026, 11, 29, 10, tzinfo=UTC)
SECONDS = int(END.timestamp())


@pytest.mark.parametrize(
    ("query", "end"),
    [
        pytest.param("X-Amz-Date=20261129T090000Z&X-Amz-Expires=3600&X-Amz-Signature=a", END, id="Amazon S3"),
        pytest.param("X-Goog-Date=20261129T090000Z&X-Goog-Expires=3600&X-Goog-Signature=a", END, id="Google"),
        pytest.param(f"Expires={SECONDS}&Signature=a&Key-Pair-Id=k", END, id="CloudFront"),
        pytest.param("sv=2022&se=2026-11-29T10%3A00%3A00Z&sig=a", END, id="Azure"),
        pytest.param("se=2026-11-29T11:00:00%2B01:00&sig=a", END, id="Azure, with a zone"),
        pytest.param(f"hdnts=st=1~exp={SECONDS}~hmac=a", END, id="Akamai"),
        pytest.param(f"oh=a&oe={SECONDS:X}", END, id="Instagram"),
        pytest.param(f"ex={SECONDS:x}&is=6&hm=a", END, id="Discord"),
        pytest.param(f"md5=a&expires={SECONDS}", END, id="nginx"),
        pytest.param(f"token=a&e={SECONDS}000", END, id="milliseconds"),
        pytest.param("token=a", None, id="signed, and says no end"),
        pytest.param(f"expires={SECONDS}", None, id="an end without a signature: a word of its own"),
        pytest.param("e=1&token=a", None, id="no time of ours"),
        pytest.param("X-Amz-Date=yesterday&X-Amz-Expires=a", None, id="broken"),
        pytest.param("w=800&h=600", None, id="none"),
        pytest.param("", None, id="no query"),
    ],
)
def test_when_it_ends(query: str, end: datetime | None) -> None:
    url = f"https://cdn.example/a.jpg?{query}"
    assert ends_at(url) == end
    assert has_run_out(url, END) == (end is not None)
    assert not has_run_out(url, datetime(2026, 11, 29, 9, 59, tzinfo=UTC))


def test_what_is_signed() -> None:
    assert serves_for_a_time("https://cdn.example/a.jpg?token=abc") and not serves_for_a_time(
        "https://cdn.example/a.jpg?w=3"
    )


@given(st.text(max_size=200))
def test_no_address_breaks_it(untrusted: str) -> None:
    at = ends_at(f"https://cdn.example/a?sig=1&{untrusted}")
    assert at is None or at.tzinfo is not None
    ends_at(untrusted)
