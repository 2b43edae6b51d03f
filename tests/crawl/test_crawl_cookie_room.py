"""Which cookies go where there are too many."""

from __future__ import annotations

from datetime import UTC, datetime

from monitor.crawl.cookies import MAX_COOKIE_LINES, MAX_COOKIES, MAX_COOKIES_OF_DOMAIN, CookieJar

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def test_a_plain_connection_pushes_out_nothing_that_a_secure_one_set() -> None:
    jar = CookieJar()
    jar.take("https://site.example/", ["held=1; Secure"], NOW)
    jar.take("http://site.example/", [f"c{n}=1" for n in range(MAX_COOKIES_OF_DOMAIN)][:MAX_COOKIE_LINES], NOW)
    sent = jar.line("https://site.example/", NOW)
    assert "held=1" in sent and sent.count("=") == MAX_COOKIES_OF_DOMAIN and "c0=" not in sent


def test_nor_do_many_hosts() -> None:
    jar = CookieJar()
    jar.take("https://site.example/", ["held=1; Secure"], NOW)
    for host in range(MAX_COOKIES // 10 + 5):
        jar.take(f"http://h{host}.example/", [f"c{n}=1" for n in range(10)], NOW)
    assert len(jar.state()) == MAX_COOKIES and jar.line("https://site.example/", NOW) == "held=1"


def test_of_secure_ones_the_oldest_goes() -> None:
    jar = CookieJar()
    for n in range(MAX_COOKIES_OF_DOMAIN + 1):
        jar.take("https://site.example/", [f"c{n}=1; Secure"], NOW)
    assert "c0=" not in jar.line("https://site.example/", NOW)
