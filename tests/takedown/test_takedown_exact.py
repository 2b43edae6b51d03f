"""Addresses from hostile sites."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.takedown.exact import exact_url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        pytest.param(
            "https://a.example/t/1?page=2&x=%20y#p3", "https://a.example/t/1?page=2&x=%20y#p3", id="kept as it is"
        ),
        pytest.param("http://127.0.0.1:8080/a", "http://127.0.0.1:8080/a", id="port"),
        pytest.param("http://[2001:db8::1]:81/a", "http://[2001:db8::1]:81/a", id="IPv6"),
        pytest.param("https://a.example/é?q=日", "https://a.example/%C3%A9?q=%E6%97%A5", id="other letters"),
        pytest.param("https://bücher.example/", "https://xn--bcher-kva.example/", id="international name"),
        pytest.param("https://faß.example/", "https://xn--fa-hia.example/", id="not another name: faß is not fass"),
        pytest.param("https://a.example/\u202egpj.exe", "https://a.example/%E2%80%AEgpj.exe", id="bidi"),
        pytest.param('https://a.example/"<b>', "https://a.example/%22%3Cb%3E", id="quotes and markup"),
        pytest.param("https://a.example/x y", "https://a.example/x%20y", id="blank"),
        pytest.param("https://u:secret@a.example/", "https://a.example/", id="password left out"),
        pytest.param("https://a.example/\ud800", "https://a.example/?", id="lone surrogate"),
        pytest.param("data:image/png;base64,AAAA", "", id="data"),
        pytest.param("javascript:alert(1)", "", id="script"),
        pytest.param("file:///etc/passwd", "", id="file"),
        pytest.param("https://", "", id="no host"),
        pytest.param("https://[::1", "", id="broken IPv6"),
        pytest.param("https://a.example:99999/", "", id="impossible port"),
        pytest.param("https://a.example:0/", "", id="port 0"),
        pytest.param("https://evil.example\\@a.example/", "", id="backslash in the host"),
        pytest.param("https://a\u202eb.example/", "", id="bidi in the host"),
        pytest.param("https://a.example/" + "x" * 9_000, "", id="too long"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_exact_url(url: str, shown: str) -> None:
    assert exact_url(url) == shown


@given(st.text(max_size=60), st.text(max_size=60))
def test_exact_url_is_one_ascii_word_at_the_same_host(path: str, query: str) -> None:
    shown = exact_url(f"https://a.example/{path.replace('#', '')}?{query}")
    assert shown.isascii() and shown.isprintable() and " " not in shown
    assert urlsplit(shown).hostname == "a.example"
    assert exact_url(shown) == shown


@given(st.text(st.characters(categories=["L", "N", "P", "S"], exclude_characters="#?%"), max_size=60))
def test_exact_url_means_the_same_path(path: str) -> None:
    assert unquote(urlsplit(exact_url(f"https://a.example/{path}")).path) == "/" + path
