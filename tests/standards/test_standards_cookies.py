"""The cookie tables of the http-state working group, which web-platform-tests' `cookies/http-state` are made from, by
RFC 6265bis; and what a jar must never do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.crawl.cookies import MAX_COOKIES, MAX_COOKIES_OF_DOMAIN, CookieJar, cookie_date
from tests.standards.published import cookie_dates, cookies
from tests.standards.web_platform_cookies import ATTRIBUTES, DOMAINS, PATHS, VALUES, WWW

Row = dict[str, Any]
NOW = datetime(2011, 4, 1, 12, 0, tzinfo=UTC)  # when the tables were made: most of their dates have not passed
COUNT = 151  # rows by hand
S_PAGE, S_PICTURE = "http://site.com/t/1", "http://site.com/i.jpg"
SITE = "http://home.example.org:8888"


def pair_without_name(line: str) -> bool:
    name, equals, _ = line.partition(";")[0].partition("=")
    return bool(line.partition(";")[0].strip(" \t=")) and (not equals or not name.strip())


# The tables are of RFC 6265 (2011). What its successor, browsers and today's web-platform-tests read otherwise:
OTHERWISE: Mapping[str, Callable[[Row], bool]] = {
    "a cookie without a name is one": lambda row: any(pair_without_name(line) for line in row["received"]),
    "a control character spoils the whole line": lambda row: any(
        sign in line for line in row["received"] for sign in "\0\r"
    ),
    "an escape in a path is not undone": lambda row: row["test"] == "DISABLED_PATH0029",
    "an empty Domain is none": lambda row: row["test"] == "OPTIONAL_DOMAIN0042",
}


def sent(row: Row) -> str:
    jar = CookieJar()
    jar.take(f"{SITE}/cookie-parser?{row['test']}", row["received"], NOW)
    to = row.get("sent-to", f"/cookie-parser-result?{row['test']}")
    return jar.line(to if to.startswith("http") else SITE + to, NOW)


def test_what_is_sent_is_what_the_tables_say() -> None:
    alike, otherwise = 0, set()
    for row in cookies():
        expected = "; ".join(f"{one['name']}={one['value']}" if one["name"] else one["value"] for one in row["sent"])
        if sent(row) == expected:
            alike += 1
            continue
        why = next((reason for reason, applies in OTHERWISE.items() if applies(row)), "")
        assert why, (row["test"], sent(row), expected)
        otherwise.add(why)
    assert otherwise == set(OTHERWISE)
    assert (alike, len(cookies())) == (195, 222)


def test_dates_are_read_as_the_tables_say() -> None:
    for row in cookie_dates():
        found = cookie_date(row["test"])
        assert (found.strftime("%a, %d %b %Y %H:%M:%S GMT") if found else None) == row["expected"], row["test"]
    assert len(cookie_dates()) == 70


def web_platform(lines: str | tuple[str, ...], to: str) -> str:
    jar = CookieJar()
    written = [line.encode().decode("latin-1") for line in ([lines] if isinstance(lines, str) else lines)]
    jar.take(f"http://{WWW}:8888/cookies/set.py", written, datetime(2026, 11, 29, tzinfo=UTC))
    return jar.line(to, datetime(2026, 11, 29, tzinfo=UTC)).encode("latin-1").decode()


def test_web_platform_tests_of_cookies() -> None:
    wrong = [
        (lines, expected, web_platform(lines, f"http://{host}:8888{path}"))
        for lines, host, path, expected in (
            *((lines, WWW, "/cookies/x", expected) for lines, expected in (*ATTRIBUTES, *VALUES)),
            *((lines, host, "/cookies/x", expected) for lines, host, expected in DOMAINS),
            *((lines, WWW, path, expected) for lines, path, expected in PATHS),
        )
        if web_platform(lines, f"http://{host}:8888{path}") != expected
    ]
    assert wrong == []
    assert len(ATTRIBUTES) + len(VALUES) + len(DOMAINS) + len(PATHS) == COUNT


@pytest.mark.parametrize(
    ("rest", "is_kept"),
    [
        pytest.param("Secure; Path=/", True, id="all said"),
        pytest.param("Secure; Path=/cookies", False, id="another path"),
        pytest.param("Secure", False, id="no path, though the default is the root"),
        pytest.param("Secure; Path=", False, id="an empty one"),
        pytest.param("Secure; Path", False, id="a bare one"),
    ],
)
def test_host_cookies_say_their_path(rest: str, is_kept: bool) -> None:
    """web-platform-tests' prefix/__host.explicit-path."""
    assert bool(held("https://site.com/", f"__Host-a=1; {rest}", to="https://site.com/")) is is_kept


@pytest.mark.parametrize(
    ("one", "to", "page", "sent"),
    [
        pytest.param({"domain": "site.com"}, S_PICTURE, S_PAGE, "a=1", id="of the host"),
        pytest.param({"domain": "site.com"}, "http://img.site.com/i", S_PAGE, "", id="of that host alone"),
        pytest.param({"domain": ".site.com"}, "http://img.site.com/i", S_PAGE, "a=1", id="of the hosts below too"),
        pytest.param({"domain": "site.com", "path": "/a"}, S_PICTURE, S_PAGE, "", id="of another path"),
        pytest.param({"domain": "site.com", "secure": True}, S_PICTURE, S_PAGE, "", id="over TLS alone"),
        pytest.param({"domain": "site.com", "expires": 1.0}, S_PICTURE, S_PAGE, "", id="long past"),
        pytest.param({"domain": "site.com"}, S_PICTURE, "http://other.com/", "", id="in another site's page"),
        pytest.param({"domain": "site.com", "partitionKey": "x"}, S_PICTURE, S_PAGE, "", id="of one page alone"),
        pytest.param({"domain": ".com"}, "http://other.com/i", "http://other.com/", "", id="for a whole suffix"),
        pytest.param({"domain": "site.com", "value": "é"}, S_PICTURE, S_PAGE, "a=\xc3\xa9", id="in UTF-8"),
    ],
)
def test_what_a_browser_holds_is_held_to_the_same_rules(one: Row, to: str, page: str, sent: str) -> None:
    jar = CookieJar()
    jar.take_shown([{"name": "a", "value": "1", "path": "/", "expires": -1, **one}], NOW)
    assert jar.line(to, NOW, page=page) == sent


def held(at: str, *lines: str, to: str, page: str = "", later: float = 0) -> str:
    jar = CookieJar()
    jar.take(at, lines, NOW)
    return jar.line(to, NOW + timedelta(seconds=later), page=page)


S = "http://site.com/"


@pytest.mark.parametrize(
    ("at", "line", "to", "is_sent"),
    [
        pytest.param(S, "a=1", S, True, id="to itself"),
        pytest.param(S, "a=1", "http://www.site.com/", False, id="no Domain: not to a host below"),
        pytest.param(S, "a=1; Domain=site.com", "http://www.site.com/", True, id="Domain: to a host below"),
        pytest.param(S, "a=1; Domain=.site.com", "http://www.site.com/", True, id="with the old dot"),
        pytest.param("http://www.site.com/", "a=1; Domain=site.com", S, True, id="set for the host above"),
        pytest.param("http://www.site.com/", "a=1; Domain=site.com", "http://img.site.com/", True, id="sister hosts"),
        pytest.param(
            "http://www.site.com/", "a=1; Domain=img.site.com", "http://img.site.com/", False, id="for another"
        ),
        pytest.param(S, "a=1; Domain=www.site.com", "http://www.site.com/", False, id="for a host below"),
        pytest.param(S, "a=1; Domain=other.com", "http://other.com/", False, id="for another site"),
        pytest.param(S, "a=1; Domain=com", "http://other.com/", False, id="for a whole suffix"),
        pytest.param("http://a.co.uk/", "a=1; Domain=co.uk", "http://b.co.uk/", False, id="for a suffix of two labels"),
        pytest.param("http://a.github.io/", "a=1; Domain=github.io", "http://b.github.io/", False, id="for a platform"),
        pytest.param(
            "http://github.io/", "a=1; Domain=github.io", "http://github.io/", True, id="of the suffix itself"
        ),
        pytest.param("http://github.io/", "a=1; Domain=github.io", "http://b.github.io/", False, id="and no further"),
        pytest.param("http://x.test/", "a=1; Domain=test", "http://y.test/", False, id="a single label"),
        pytest.param("http://site.com/", "a=1; Domain=ite.com", "http://ite.com/", False, id="the end of a name"),
        pytest.param("http://notsite.com/", "a=1; Domain=site.com", S, False, id="a name that ends like it"),
        pytest.param(
            "http://8.8.8.8/", "a=1; Domain=8.8.8", "http://1.8.8.8/", False, id="a number has no hosts below"
        ),
        pytest.param("http://8.8.8.8/", "a=1; Domain=8.8.8.8", "http://8.8.8.8:81/", True, id="a number, another port"),
        pytest.param("http://[::1]/", "a=1", "http://[::1]:8080/", True, id="ports share their cookies"),
        pytest.param("https://site.com/", "a=1", S, True, id="from https to http"),
        pytest.param("https://site.com/", "a=1; Secure", S, False, id="Secure: not to http"),
        pytest.param(S, "a=1", "https://site.com/", True, id="from http to https"),
        pytest.param(S, "a=1; Secure", "https://site.com/", False, id="http sets nothing secure"),
        pytest.param("http://127.0.0.1/", "a=1; Secure", "http://127.0.0.1/", True, id="but this computer"),
        pytest.param("http://site.com/a/b", "a=1", "http://site.com/a/c", True, id="the folder it was set in"),
        pytest.param("http://site.com/a/b", "a=1", "http://site.com/", False, id="and not above"),
        pytest.param("http://site.com/a/b", "a=1; Path=/", "http://site.com/", True, id="Path"),
        pytest.param(S, "a=1; Path=/a", "http://site.com/ab", False, id="a path that begins like it"),
        pytest.param(S, "a=1; Path=/a", "http://site.com/a/b", True, id="a path below"),
        pytest.param(S, "a=1; Path=a", "http://site.com/x", True, id="a Path that is none"),
        pytest.param(S, "__Host-a=1; Path=/", S, False, id="__Host- without Secure"),
        pytest.param("https://site.com/", "__Host-a=1; Secure; Path=/", "https://site.com/", True, id="__Host-"),
        pytest.param(
            "https://site.com/",
            "__Host-a=1; Secure; Path=/; Domain=site.com",
            "https://site.com/",
            False,
            id="and Domain",
        ),
        pytest.param("https://site.com/", "__Secure-a=1", "https://site.com/", False, id="__Secure- without Secure"),
        pytest.param("https://site.com/", "=__Host-a=1", "https://site.com/", False, id="one that poses as it"),
        pytest.param(S, "a=1; Max-Age=0", S, False, id="deleted"),
        pytest.param(S, "a=1; Max-Age=-1", S, False, id="deleted, below zero"),
        pytest.param(S, "a=1; Max-Age=9; Expires=Thu, 01 Jan 1970 00:00:00 GMT", S, True, id="Max-Age before Expires"),
        pytest.param(S, "a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", S, False, id="long past"),
        pytest.param(S, "a=1; Expires=nonsense", S, True, id="no date"),
        pytest.param(S, "a=" + "x" * 5000, S, False, id="too long"),
        pytest.param(S, "a=1\x01", S, False, id="a control character"),
        pytest.param(S, "a=1; Domain=b\xfccher.com", S, False, id="a name of another alphabet"),
    ],
)
def test_who_is_shown_a_cookie(at: str, line: str, to: str, is_sent: bool) -> None:
    assert bool(held(at, line, to=to)) is is_sent


def test_a_cookie_that_is_deleted_or_has_passed_is_gone() -> None:
    assert held(S, "a=1", "b=2", "a=; Max-Age=0", to=S) == "b=2"
    assert held(S, "a=1; Max-Age=60", to=S, later=59) == "a=1"
    assert held(S, "a=1; Max-Age=60", to=S, later=60) == ""


def test_one_that_is_set_again_is_one_and_the_longest_path_comes_first() -> None:
    assert held(S, "a=1", "b=2", "a=3", to=S) == "a=3; b=2"
    assert held("http://site.com/x/y", "a=1; Path=/", "b=2; Path=/x", to="http://site.com/x/y") == "b=2; a=1"


def test_a_plain_connection_does_not_shadow_a_secure_cookie() -> None:
    jar = CookieJar()
    jar.take("https://site.com/", ["a=secret; Secure; Path=/"], NOW)
    jar.take("http://www.site.com/", ["a=forged; Domain=site.com; Path=/"], NOW)
    assert jar.line("https://site.com/", NOW) == "a=secret"


@pytest.mark.parametrize(
    ("line", "page", "is_sent"),
    [
        pytest.param("a=1", "https://site.com/page", True, id="a picture of its own page"),
        pytest.param("a=1; Domain=site.com", "https://www.site.com/page", True, id="of its own site"),
        pytest.param("a=1", "https://other.com/page", False, id="of another site: Lax, as nothing is said"),
        pytest.param("a=1; SameSite=Strict", "https://other.com/page", False, id="Strict"),
        pytest.param("a=1; SameSite=None; Secure", "https://other.com/page", True, id="None"),
        pytest.param("a=1; SameSite=None", "https://other.com/page", False, id="None, and not Secure"),
        pytest.param("a=1", "http://site.com/page", False, id="of its own site, over the other scheme"),
    ],
)
def test_what_goes_along_when_a_page_shows_something(line: str, page: str, is_sent: bool) -> None:
    assert bool(held("https://site.com/", line, to="https://site.com/i.jpg", page=page)) is is_sent


def test_a_jar_has_bounds() -> None:
    jar = CookieJar()
    for host in range(40):
        for number in range(30):
            jar.take(f"http://h{host}.com/", [f"n{number}{part}={'x' * 3000}" for part in "ab"], NOW)
    assert len(jar.state()) <= MAX_COOKIES
    assert len(jar.line("http://h39.com/", NOW)) <= 16 * 1024
    assert sum(one.domain == "h39.com" for one in jar.state()) <= MAX_COOKIES_OF_DOMAIN
    assert "x" not in repr(jar)


HOSTS = ["site.com", "www.site.com", "img.site.com", "other.com", "co.uk", "a.co.uk", "127.0.0.1", "h.test"]


@given(
    st.sampled_from(HOSTS),
    st.sampled_from(HOSTS),
    st.sampled_from(["", "Domain=", "Domain=.", "Domain=site.com", "Domain=co.uk", "Domain=com", "Domain=test"]),
    st.text(st.sampled_from("a=;, \t\x00\"'Path/SecureDomain.com"), max_size=30),
)
def test_no_cookie_leaves_its_site(at: str, to: str, domain: str, noise: str) -> None:
    line = held(f"https://{at}/", f"a=1; {domain}; {noise}", f"b=2; {noise}; {domain}", to=f"https://{to}/")
    assert not line or at == to or (at.endswith("site.com") and to.endswith("site.com"))
