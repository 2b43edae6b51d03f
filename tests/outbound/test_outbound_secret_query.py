"""A secret in the address: on the wire, and in no form anywhere else."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, quote, quote_plus, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.crawl.url_standard import WebUrl, web_url
from monitor.model.settings import Secret
from monitor.outbound.secret_query import HIDDEN, hidden, hidden_bytes, with_secrets, without_secrets


def url_of(url: str) -> WebUrl:
    found = web_url(url)
    assert found is not None
    return found


FIELDS = (("key", Secret("s3/cr+t")),)
VISIBLE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=4, max_size=40)


@pytest.mark.parametrize(
    ("url", "left"),
    [
        pytest.param("https://a.example/?q=1", "https://a.example/?q=1", id="nothing in it"),
        pytest.param("https://a.example/?q=a%20b&x=", "https://a.example/?q=a%20b&x=", id="left as it was written"),
        pytest.param("https://a.example/?q=1&key=s3%2Fcr%2Bt", "https://a.example/?q=1", id="its own field"),
        pytest.param("https://a.example/?key=other&q=1", "https://a.example/?q=1", id="its own field, cut"),
        pytest.param("https://a.example/s3%2fcr%2bt", None, id="in the path"),
        pytest.param("https://a.example/?other=s3%2Fcr%2Bt", None, id="under another name"),
        pytest.param("https://s3/cr+t", None, id="as a host"),
    ],
)
def test_what_a_redirect_may_name(url: str, left: str | None) -> None:
    assert without_secrets(url, FIELDS) == left


@given(VISIBLE)
def test_the_engine_gets_it_as_it_is(value: str) -> None:
    url = with_secrets(url_of("https://a.example/?q=a%20b"), (("key", Secret(value)),))
    assert parse_qs(urlsplit(str(url)).query) == {"q": ["a b"], "key": [value]}


@given(VISIBLE.filter(lambda value: value.strip() and value not in HIDDEN and HIDDEN not in value))
@example("000%")
def test_every_way_of_writing_it_is_hidden(value: str) -> None:
    fields = (("key", Secret(value)),)
    quoted = quote(value, safe="")
    for written in (
        value,
        quoted,
        quote_plus(value),
        quote(value),
        quoted.lower() if value == value.lower() else quoted,
    ):
        assert hidden(f"<<{written}>>", fields) == f"<<{HIDDEN}>>"
    assert hidden_bytes(b"\xff" + value.encode() + b"\x00", fields) == b"\xff***\x00"


def test_json_escapes_of_a_slash() -> None:
    assert "s3" not in hidden(json.dumps({"k": "s3/cr+t"}).replace("/", "\\/"), FIELDS)
