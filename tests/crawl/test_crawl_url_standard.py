"""Addresses by the URL standard: what its own test data (`tests/standards`) do not have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.crawl.url_standard import parse_web_url, web_url
from monitor.crawl.urls import Base, absolute

BAR = "http://example.org/foo/bar"

# written, base, what the standard makes of it; "" where it is a failure, or no address of the web.
ROWS = [
    ("//h:80/", "http://x/", "http://h/"),
    ("//h:443/", "http://x/", "http://h:443/"),
    ("/a^b?^", BAR, "http://example.org/a%5Eb?^"),
    ("/a|b[c]?|[]\\", BAR, "http://example.org/a|b[c]?|[]\\"),
    ("/?u=a%2Fb&p=%7Eabc&l=%c3%a9", BAR, "http://example.org/?u=a%2Fb&p=%7Eabc&l=%c3%a9"),
    ("/f/http%3A%2F%2Fsrc.example%2Fcat.jpg", BAR, "http://example.org/f/http%3A%2F%2Fsrc.example%2Fcat.jpg"),
    ("http://2130706433/", BAR, "http://127.0.0.1/"),
    ("http://0x7f.1/", BAR, "http://127.0.0.1/"),
    ("http://017700000001/", BAR, "http://127.0.0.1/"),
    ("http://\uff11\uff12\uff17.\uff10.\uff10.\uff11/", BAR, "http://127.0.0.1/"),
    ("http://%31%32%37.1", BAR, "http://127.0.0.1/"),
    ("http://1.2.3.4.5/", BAR, ""),
    ("http://256.1/", BAR, ""),
    ("http://09.1/", BAR, ""),
    ("http://[::FFFF:127.0.0.1]/", BAR, "http://[::ffff:7f00:1]/"),
    ("http://[fe80::1%25eth0]/", BAR, ""),
    ("http://bücher.example/", BAR, "http://xn--bcher-kva.example/"),
    ("http://xn--bcher-kva.example/", BAR, "http://xn--bcher-kva.example/"),
    ("http://xn--a.example/", BAR, ""),
    ("http://straße.example/", BAR, "http://xn--strae-oqa.example/"),
    ("javascript:alert(1)", BAR, ""),
    ("mailto:a@b", BAR, ""),
]


@pytest.mark.parametrize(("written", "base", "href"), ROWS)
def test_what_the_standard_makes_of_an_address(written: str, base: str, href: str) -> None:
    assert str(parse_web_url(written, web_url(base) if base else None) or "") == href


@pytest.mark.parametrize(("written", "base", "href"), ROWS)
def test_what_it_made_stays_as_it_is(written: str, base: str, href: str) -> None:
    assert not href or str(web_url(href)) == href


# web-platform-tests `url/resources/percent-encoding.json` (likewise): a query in the document's encoding. Some ours.
@pytest.mark.parametrize(
    ("query", "codec", "sent"),
    [
        ("\u2020", "big5hkscs", "%26%238224%3B"),
        ("\u2020", "euc_kr", "%A2%D3"),
        ("\u2020", "utf-8", "%E2%80%A0"),
        ("\u2020", "cp1252", "%86"),
        ("\u000eA", "utf-8", "%0EA"),
        ("\u203e\\", "utf-8", "%E2%80%BE\\"),
        ("\ue5e5", "utf-8", "%EE%97%A5"),
        ("\u00e9", "cp1251", "%26%23233%3B"),
        ("a=фото&b='", "cp1251", "a=%F4%EE%F2%EE&b=%27"),
        ("照片", "gbk", "%D5%D5%C6%AC"),
        ("表", "cp932", "%95\\"),
        ("é", "utf-16-le", "%C3%A9"),
        ("é", "no-such-codec", "%C3%A9"),
    ],
)
def test_a_query_is_escaped_in_the_encoding_of_its_page(query: str, codec: str, sent: str) -> None:
    assert absolute(Base("http://h/é", codec), f"/é?{query}") == f"http://h/%C3%A9?{sent}"


def test_one_address_in_two_encodings_is_two() -> None:
    assert absolute(Base("http://h/", "cp1251"), "?é") != absolute("http://h/", "?é")


@given(st.text(max_size=40), st.sampled_from(["", BAR, "https://u@h:8/a/../b?c"]), st.sampled_from(["utf-8", "gbk"]))
def test_whatever_is_written_gives_printable_ascii_and_stays(written: str, base: str, codec: str) -> None:
    found = parse_web_url(written, web_url(base) if base else None, codec)
    if found is not None:
        url = str(found)
        assert url.isascii() and url.isprintable() and " " not in url and "#" not in url
        assert found.host and web_url(url) == found
