"""What DevTools tells, put together: its events come in any order, and of text no way may lead back to the bytes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.clock import utc_now
from monitor.outbound.browser.network_log import MAX_LOGGED_CHARS, NetworkLog, as_it_was


@pytest.mark.parametrize(
    ("text", "charset", "size", "body"),
    [
        pytest.param("\u20ac\x81", "windows-1252", 2, b"\x80\x81", id="what the encoding leaves open"),
        pytest.param("a", "UTF-8", 4, b"\xef\xbb\xbfa", id="the mark that a browser drops"),
        pytest.param("\u3042", "Shift_JIS", 2, b"", id="no way leads back for sure"),
        pytest.param("\ufffd", "UTF-8", 3, b"", id="something was lost"),
        pytest.param("\u0416", "windows-1252", 1, b"", id="it cannot be written so"),
        pytest.param(
            "\ufeff\xfc", "windows-1252", 5, b"\xef\xbb\xbf\xc3\xbc", id="DevTools read it as UTF-8, the page did not"
        ),
        pytest.param("a", "no such thing", 1, b"", id="an encoding that is none"),
    ],
)
def test_text_is_made_bytes_again_only_where_that_is_sure(text: str, charset: str, size: int, body: bytes) -> None:
    assert as_it_was(text, charset, size) == body


@given(st.binary(max_size=60), st.sampled_from(["windows-1252", "windows-1251", "iso-8859-2", "koi8-r"]))
def test_bytes_of_one_letter_each_come_back(body: bytes, charset: str) -> None:
    text = "".join(_letter(byte, charset) for byte in body)
    assert as_it_was(text, charset, len(body)) == body


def _letter(byte: int, charset: str) -> str:
    """As browsers read it: what an encoding leaves open is the control sign of that number."""
    try:
        return bytes([byte]).decode(charset)
    except UnicodeDecodeError:
        return chr(byte)


def begins(number: int, url: str, **more: object) -> dict[str, object]:
    return {"requestId": str(number), "request": {"url": url, "method": "GET", "headers": {}}, **more}


def test_events_in_any_order_and_some_missing() -> None:
    log, at = NetworkLog(), utc_now()
    log.received({"requestId": "1", "headers": {"A": "1"}})
    log.answered({"requestId": "9", "response": {}})
    log.begins(begins(1, "http://a.test/"))
    log.begins(begins(1, "http://a.test/b", redirectResponse={"status": 301}, redirectHasExtraInfo=True))
    log.begins(begins(2, "data:text/plain,x"))
    assert log.exchanges("http://a.test/b", at, {}, lambda url: ()) == ()  # not answered
    log.answered({"requestId": "1", "response": {"status": 200, "headers": {"B": "2\n3"}, "protocol": "h2"}})
    first, last = log.exchanges("http://a.test/b#here", at, {"a.test": "192.0.2.1"}, lambda url: (b"c",))
    assert (first.status, first.answered, first.ip, first.chain) == (301, (("A", "1"),), "192.0.2.1", (b"c",))
    assert (last.status, last.answered, last.protocol) == (200, (("B", "2"), ("B", "3")), "HTTP/2")


def test_header_lines_without_end_are_not_kept() -> None:
    log, at = NetworkLog(), utc_now()
    log.begins(begins(1, "http://a.test/"))
    log.answered({"requestId": "1", "response": {"status": 200, "headers": {"A": "x" * MAX_LOGGED_CHARS}}})
    (only,) = log.exchanges("http://a.test/", at, {}, lambda url: ())
    assert (only.status, only.answered) == (200, ())
    assert replace(only, answered=()) == only
