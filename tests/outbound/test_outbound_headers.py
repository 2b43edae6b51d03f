"""Header lines, in order and spelling, of the browser that a string names. What Chromium really sends is compared in
`tests/hostile/test_hostile_headers.py`; Firefox's lines were taken down from Firefox 153."""

from __future__ import annotations

import pytest

from monitor.model.account import FormPost
from monitor.model.page import Purpose, Request
from monitor.model.settings import NetworkSettings, Secret
from monitor.outbound.browser.headers import Asked, Family, Use, brands_of, header_lines, named_in, relation_of, use_of

CHROME = NetworkSettings().user_agent
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
GOOGLE = "Google Chrome"


@pytest.mark.parametrize(
    ("major", "hint"),
    [  # as Google's own Chrome of these versions sent them
        (119, '"Google Chrome";v="119", "Chromium";v="119", "Not?A_Brand";v="24"'),
        (120, '"Not_A Brand";v="8", "Chromium";v="120", "Google Chrome";v="120"'),
        (124, '"Chromium";v="124", "Google Chrome";v="124", "Not-A.Brand";v="99"'),
        (131, '"Google Chrome";v="131", "Chromium";v="131", "Not_A Brand";v="24"'),
        (150, '"Not;A=Brand";v="8", "Chromium";v="150", "Google Chrome";v="150"'),
    ],
)
def test_brands(major: int, hint: str) -> None:
    brands = brands_of(major, (GOOGLE, str(major)))
    assert ", ".join(f'"{name}";v="{version}"' for name, version in brands) == hint


def test_brands_of_every_version() -> None:
    for major in range(100, 400):
        for brand in (None, (GOOGLE, str(major))):
            names = [name for name, _ in brands_of(major, brand)]
            assert "Chromium" in names and len(set(names)) == len(names) == (2 if brand is None else 3)


def windows(more: str) -> str:
    return f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) {more}"


@pytest.mark.parametrize(
    ("user_agent", "family", "brand", "platform", "mobile"),
    [
        pytest.param(CHROME, Family.CHROMIUM, GOOGLE, "Linux", False, id="the usual one"),
        pytest.param(
            windows("Chrome/150.0.0.0 Safari/537.36"), Family.CHROMIUM, GOOGLE, "Windows", False, id="Windows"
        ),
        pytest.param(
            windows("Chrome/150.0.0.0 Safari/537.36 Edg/150.0.0.0"),
            Family.CHROMIUM,
            "Microsoft Edge",
            "Windows",
            False,
            id="Edge",
        ),
        pytest.param(
            windows("Chrome/150.0.0.0 Safari/537.36 OPR/135.0.0.0"),
            Family.CHROMIUM,
            "Opera",
            "Windows",
            False,
            id="Opera",
        ),
        pytest.param(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 "
            "Safari/537.36",
            Family.CHROMIUM,
            GOOGLE,
            "macOS",
            False,
            id="Mac",
        ),
        pytest.param(
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile "
            "Safari/537.36",
            Family.CHROMIUM,
            GOOGLE,
            "Android",
            True,
            id="Android",
        ),
        pytest.param(FIREFOX, Family.FIREFOX, "", "Linux", False, id="Firefox"),
        pytest.param(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 "
            "Safari/605.1.15",
            Family.OTHER,
            "",
            "",
            False,
            id="Safari",
        ),
        pytest.param("linux:abc:v1 (by /u/name)", Family.OTHER, "", "", False, id="what Reddit wants"),
        pytest.param("curl/8.0", Family.OTHER, "", "", False, id="a program"),
        pytest.param("Chrome/x", Family.OTHER, "", "", False, id="nonsense"),
    ],
)
def test_which_browser_a_string_names(user_agent: str, family: Family, brand: str, platform: str, mobile: bool) -> None:
    named = named_in(user_agent)
    assert (named.family, named.mobile and mobile) == (family, mobile)
    if family is Family.CHROMIUM:
        assert named.platform == platform and brand in dict(named.brands)


def lines(user_agent: str, use: Use, url: str = "https://a.example/x", **more: object) -> list[str]:
    asked = Asked(url=url, host="a.example", use=use, relation=more.pop("relation", "none"), **more)  # type: ignore[arg-type]
    return [f"{name}: {value}" for name, value in header_lines(user_agent, asked)]


def written(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


def test_firefox_opens_a_page() -> None:
    assert lines(FIREFOX, Use.NAVIGATE, etag='"abc"', last_modified="Sun", cookie="a=b") == written(f"""
        Host: a.example
        User-Agent: {FIREFOX}
        Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8
        Accept-Language: en-US,en;q=0.9
        Accept-Encoding: gzip, deflate, br, zstd
        Connection: keep-alive
        Cookie: a=b
        Upgrade-Insecure-Requests: 1
        Sec-Fetch-Dest: document
        Sec-Fetch-Mode: navigate
        Sec-Fetch-Site: none
        Sec-Fetch-User: ?1
        If-Modified-Since: Sun
        If-None-Match: "abc"
        Priority: u=0, i""")


def test_firefox_wants_a_picture_of_another_site() -> None:
    assert lines(FIREFOX, Use.IMAGE, relation="cross-site", etag='"abc"') == written(f"""
        Host: a.example
        User-Agent: {FIREFOX}
        Accept: image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5
        Accept-Language: en-US,en;q=0.9
        Accept-Encoding: gzip, deflate, br, zstd
        Sec-Fetch-Storage-Access: none
        Connection: keep-alive
        Sec-Fetch-Dest: image
        Sec-Fetch-Mode: no-cors
        Sec-Fetch-Site: cross-site
        If-None-Match: "abc"
        Priority: u=5, i""")


def test_a_script_in_firefox_asks_with_an_account() -> None:
    own = (("Authorization", "Bearer x"), ("X-Own", "1"))
    told = lines(FIREFOX, Use.FETCH, relation="same-origin", accept="application/json", own=own)
    assert told == written(f"""
        Host: a.example
        User-Agent: {FIREFOX}
        Accept: application/json
        Accept-Language: en-US,en;q=0.9
        Accept-Encoding: gzip, deflate, br, zstd
        Authorization: Bearer x
        X-Own: 1
        Connection: keep-alive
        Sec-Fetch-Dest: empty
        Sec-Fetch-Mode: cors
        Sec-Fetch-Site: same-origin
        Priority: u=4""")


@pytest.mark.parametrize(
    "user_agent", ["curl/8.0", "linux:abc:v1 (by /u/name)", "Mozilla/5.0 Version/26.0 Safari/605.1.15"]
)
@pytest.mark.parametrize("use", list(Use))
def test_another_string_goes_with_few_lines(user_agent: str, use: Use) -> None:
    names = [line.partition(":")[0] for line in lines(user_agent, use, etag='"x"')]
    usual = ["Host", "User-Agent", "Accept", "Accept-Language", "Accept-Encoding", "Connection"]
    assert names == [*usual, *(["Upgrade-Insecure-Requests"] if use is Use.NAVIGATE else []), "If-None-Match"]


@pytest.mark.parametrize("user_agent", [CHROME, FIREFOX, "curl/8.0"])
@pytest.mark.parametrize(
    ("url", "trusted"),
    [
        ("https://a.example/", True),
        ("HTTPS://a.example/", True),
        ("http://a.example/", False),
        ("http://localhost:80/", True),
        ("http://x.localhost/", True),
        ("http://127.5.6.7/", True),
        ("http://[::1]/", True),
        ("http://10.0.0.1/", False),
        ("http://localhost.example/", False),
    ],
)
def test_over_plain_http_nothing_more_is_told(user_agent: str, url: str, trusted: bool) -> None:
    for use in Use:
        told = lines(user_agent, use, url)
        assert any(line.startswith(("Sec-", "sec-")) for line in told) == (trusted and user_agent != "curl/8.0")
        assert any("zstd" in line for line in told) == trusted


def test_what_a_place_demands_takes_the_place_of_ours() -> None:
    told = lines(
        CHROME, Use.FETCH, own=(("user-agent", "mine"), ("ACCEPT", "a/b"), ("Accept-Language", "de"), ("X", "1"))
    )
    assert told[1:3] == ["User-Agent: mine", "Accept: a/b"] and told.count("User-Agent: mine") == 1
    assert "Accept-Language: de" in told and "X: 1" in told and len(told) == 7
    assert not any(line.startswith("sec-ch-ua") for line in told)  # it is not a browser's string


@pytest.mark.parametrize("user_agent", [CHROME, FIREFOX, "curl/8.0"])
def test_what_is_posted(user_agent: str) -> None:
    told = lines(user_agent, Use.FETCH, content=(2, "application/json"))
    assert told.count("Content-Length: 2") == told.count("Content-Type: application/json") == 1


@pytest.mark.parametrize(
    ("request_", "use"),
    [
        pytest.param(Request("https://a.example/"), Use.NAVIGATE, id="a page"),
        pytest.param(Request("https://a.example/", referrer="https://a.example/list"), Use.NAVIGATE, id="a page found"),
        pytest.param(Request("https://a.example/robots.txt", Purpose.ROBOTS), Use.NAVIGATE, id="robots.txt"),
        pytest.param(
            Request("https://a.example/x", Purpose.IMAGE, referrer="https://a.example/"), Use.IMAGE, id="picture"
        ),
        pytest.param(Request("https://a.example/x", Purpose.IMAGE), Use.NAVIGATE, id="a picture by itself"),
        pytest.param(
            Request("https://a.example/x", Purpose.STYLE, referrer="https://a.example/"), Use.STYLE, id="style"
        ),
        pytest.param(Request("https://a.example/x", Purpose.API), Use.FETCH, id="an API"),
        pytest.param(Request("https://a.example/x", accept="application/atom+xml"), Use.FETCH, id="a feed"),
        pytest.param(Request("https://a.example/x", post=FormPost("a/b", Secret("x"))), Use.FETCH, id="what is posted"),
    ],
)
def test_what_of_a_browser_it_is_like(request_: Request, use: Use) -> None:
    assert use_of(request_) is use


@pytest.mark.parametrize(
    ("page", "way", "relation"),
    [
        pytest.param("https://a.example.com/t", ["https://a.example.com/x"], "same-origin", id="here"),
        pytest.param("https://a.example.com/t", ["https://a.example.com:8443/x"], "same-site", id="another port"),
        pytest.param("https://a.example.com/t", ["https://cdn.example.com/x"], "same-site", id="a sister"),
        pytest.param("https://a.example.com/t", ["https://example.org/x"], "cross-site", id="elsewhere"),
        pytest.param("http://a.example.com/t", ["https://a.example.com/x"], "cross-site", id="another scheme"),
        pytest.param("https://a.co.uk/t", ["https://b.co.uk/x"], "cross-site", id="a public suffix in common"),
        pytest.param("https://a.com/t", ["https://b.com/x", "https://a.com/x"], "cross-site", id="by way of elsewhere"),
        pytest.param("https://a.com/t", ["https://a.com/x", "https://c.a.com/x"], "same-site", id="sent to a sister"),
        pytest.param("http://[x/t", ["https://a.com/x"], "cross-site", id="no address"),
    ],
)
def test_what_a_picture_is_to_its_page(page: str, way: list[str], relation: str) -> None:
    assert relation_of(Use.IMAGE, page, way) == relation
    assert relation_of(Use.NAVIGATE, page, way) == "none"
