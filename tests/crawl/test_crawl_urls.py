from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.crawl.urls import canonical_url, same_site
from monitor.domains import domain_of, registrable_domain
from monitor.hosts import ascii_host, host_of, undisputed_host_of


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("HTTP://Forum.Example/", "http://forum.example/", id="case of scheme and host"),
        pytest.param("http://x.example/Path", "http://x.example/Path", id="case of the path stays"),
        pytest.param("http://x.example", "http://x.example/", id="no path"),
        pytest.param("http://x.example:80/", "http://x.example/", id="default port"),
        pytest.param("https://x.example:443/", "https://x.example/", id="default port of https"),
        pytest.param("http://x.example:443/", "http://x.example:443/", id="another port"),
        pytest.param("http://x.example/a#b", "http://x.example/a", id="fragment"),
        pytest.param("http://x.example/#/a/b?id=part", "http://x.example/#/a/b", id="a page of the page's script"),
        pytest.param("http://x.example/?utm_source=a&id=1&utm_medium=b", "http://x.example/?id=1", id="utm"),
        pytest.param("http://x.example/?fbclid=a", "http://x.example/", id="fbclid alone"),
        pytest.param("http://x.example/?UTM_Source=a", "http://x.example/", id="tracking in capitals"),
        pytest.param("http://x.example/?ut%6D_source=a", "http://x.example/", id="tracking in disguise"),
        pytest.param("http://x.example/?b=2&a=1", "http://x.example/?b=2&a=1", id="order stays"),
        pytest.param("http://x.example/?a=", "http://x.example/?a=", id="empty value stays"),
        pytest.param("http://x.example/?a", "http://x.example/?a", id="no value stays"),
        pytest.param("http://x.example/?&&a=1&", "http://x.example/?a=1", id="empty pairs"),
        pytest.param(f"http://x.example/t.php?t=5&sid={'a1' * 16}", "http://x.example/t.php?t=5", id="phpBB session"),
        pytest.param("http://x.example/?sid=5", "http://x.example/?sid=5", id="a sid that is none"),
        pytest.param(f"http://x.example/?sid={'k3' * 13}", "http://x.example/", id="PHP session of 26"),
        pytest.param(f"http://x.example/?sid={'f0' * 32}", "http://x.example/", id="session of 64"),
        pytest.param(f"http://x.example/?sid={'f0' * 33}", f"http://x.example/?sid={'f0' * 33}", id="longer than any"),
        pytest.param(f"http://x.example/?sid={'7' * 30}", f"http://x.example/?sid={'7' * 30}", id="a long number"),
        pytest.param(f"http://x.example/?sid={'k' * 30}", f"http://x.example/?sid={'k' * 30}", id="a long word"),
        pytest.param(f"http://x.example/?s={'f0' * 16}&p=2", "http://x.example/?p=2", id="vBulletin session"),
        pytest.param("http://x.example/?s=cats", "http://x.example/?s=cats", id="a search"),
        pytest.param("http://x.example/?PHPSESSID=abc&p=2", "http://x.example/?p=2", id="PHPSESSID"),
        pytest.param("http://x.example/?p=2&jsessionid=AB12.node1", "http://x.example/?p=2", id="jsessionid as query"),
        pytest.param("http://x.example/?ASPSESSIONIDQCBR=ABCD&p=2", "http://x.example/?p=2", id="classic ASP"),
        pytest.param("http://x.example/?id=3&CFID=123&CFTOKEN=456", "http://x.example/?id=3", id="ColdFusion"),
        pytest.param("http://x.example/?CFID=1&id=3&cftoken=9f-8", "http://x.example/?id=3", id="ColdFusion, mixed"),
        pytest.param("http://x.example/?cfid=123", "http://x.example/?cfid=123", id="a cfid alone"),
        pytest.param("http://x.example/?osCsid=9a8b7c6d5e4f3a2b1c0d9e8f7a", "http://x.example/", id="osCommerce"),
        pytest.param("http://x.example/?zenid=9a8b7c6d5e4f3a2b1c0d9e8f7a&p=2", "http://x.example/?p=2", id="Zen Cart"),
        pytest.param("http://x.example/?sessionid=9a8b7c6d5e4f3a2b", "http://x.example/", id="sessionid"),
        pytest.param("http://x.example/?session=2026", "http://x.example/?session=2026", id="a session of a meeting"),
        pytest.param("http://x.example/v.do;jsessionid=AB.n1?id=3", "http://x.example/v.do?id=3", id="servlet session"),
        pytest.param("http://x.example/a;JSESSIONID=AB/b", "http://x.example/a/b", id="in the middle of the path"),
        pytest.param("http://x.example/v;jsessionid=A;v=2", "http://x.example/v;v=2", id="beside another parameter"),
        pytest.param("http://x.example/v%3Bjsessionid=A", "http://x.example/v%3Bjsessionid=A", id="escaped: a name"),
        pytest.param("http://x.example/;v=2/a", "http://x.example/;v=2/a", id="another parameter"),
        pytest.param("http://x.example/v.do?id=3;jsessionid=AB", "http://x.example/v.do?id=3", id="after the query"),
        pytest.param(
            "http://x.example/(S(lit3py55t21z5v55vlm25s55))/p.aspx?id=3", "http://x.example/p.aspx?id=3", id="ASP.NET"
        ),
        pytest.param(
            "http://x.example/app/(A(kqUfsyN0zgE)S(lit3py55t21z5v55vlm25s55)F(8Nv_xq-2w1))/p.aspx",
            "http://x.example/app/p.aspx",
            id="ASP.NET with its other two",
        ),
        pytest.param("http://x.example/(S(lit3py55t21z5v55vlm25s55))", "http://x.example/", id="ASP.NET alone"),
        pytest.param("http://x.example/(s(x))/a", "http://x.example/(s(x))/a", id="a name in brackets"),
        pytest.param("http://x.example/wiki/Cat_(animal)", "http://x.example/wiki/Cat_(animal)", id="a wiki's name"),
        pytest.param("http://x.example/%7eme/%C3%a4", "http://x.example/~me/%C3%A4", id="spelling of escapes"),
        pytest.param("http://x.example/ä b", "http://x.example/%C3%A4%20b", id="not ASCII"),
        pytest.param("http://x.example/a%2Fb", "http://x.example/a%2Fb", id="an escaped slash stays"),
        pytest.param("http://x.example/a/./b/../c", "http://x.example/a/c", id="dots"),
        pytest.param("http://x.example/../../a", "http://x.example/a", id="dots above the root"),
        pytest.param("http://x.example/a/..", "http://x.example/", id="dots at the end"),
        pytest.param("http://x.example/a..b/c", "http://x.example/a..b/c", id="dots in a name"),
        pytest.param("https://bücher.example/", "https://xn--bcher-kva.example/", id="IDN"),
        pytest.param("https://straße.example/", "https://xn--strae-oqa.example/", id="IDN: not strasse.example"),
        pytest.param("https://☃.example/", "https://xn--n3h.example/", id="IDN: a sign that browsers let through"),
        pytest.param("https://\uff21\uff22.example/", "https://ab.example/", id="IDN: wide letters"),
        pytest.param("https://a\u2024b.example/", "https://a\u2024b.example/", id="IDN: a sign that is not a letter"),
        pytest.param("http://x.example/a/%2E%2e/b/%2e", "http://x.example/b/", id="escaped dots"),
        pytest.param("http://me:word@x.example/", "http://x.example/", id="user name"),
        pytest.param("http://[::1]:80/a", "http://[::1]/a", id="IPv6"),
        pytest.param("  http://x.example/ ", "http://x.example/", id="spaces around"),
        pytest.param("mailto:a@b.example", "mailto:a@b.example", id="not http"),
        pytest.param("http://[bad", "http://[bad", id="no URL"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_canonical_url(url: str, expected: str) -> None:
    assert canonical_url(url) == expected


@given(st.text(max_size=60), st.text(max_size=40))
def test_canonical_url_is_its_own(path: str, query: str) -> None:
    once = canonical_url(f"http://x.example/{path}?{query}")
    assert canonical_url(once) == once


SESSIONS = st.sampled_from(
    [
        ";jsessionid=0A.n1",
        "(S(lit3py55t21z5v55vlm25s55))",
        ";sid=1",
        "(S(",
        "))",
        "sid=",
        "CFID=1",
        "cftoken=2",
        "PHPSESSID",
    ]
)
PIECES = st.lists(st.one_of(SESSIONS, st.sampled_from(["/", "&", ";", "=", "a", "%2F", ".", "..", "?"])), max_size=12)


@given(PIECES, PIECES)
def test_once_is_enough_whatever_pieces_of_sessions_there_are(path: list[str], query: list[str]) -> None:
    url = f"http://x.example/{''.join(path)}?{''.join(query)}"
    once = canonical_url(url)
    assert canonical_url(once) == once


@given(st.sampled_from(["/a/b.aspx", "/", "/v.do", "/t/5-cats/"]), st.sampled_from(["", "id=3", "a=1&b=2"]), st.data())
def test_a_session_makes_no_other_page(path: str, query: str, data: st.DataObject) -> None:
    plain = canonical_url(f"http://x.example{path}?{query}")
    token = data.draw(st.text("0123456789abcdef", min_size=32, max_size=32))
    path_too, pairs = path, [query] if query else []
    for kind in data.draw(st.lists(st.sampled_from(["path", "asp", "php", "cf", "sid"]), max_size=3, unique=True)):
        if kind == "path":
            path_too = f"{path_too};jsessionid={token}"
        elif kind == "asp":
            path_too = f"/(S({token[:24]})){path_too}"
        else:
            pairs.append({"php": f"PHPSESSID={token}", "cf": f"CFID=7&CFTOKEN={token}", "sid": f"sid={token}"}[kind])
    pairs = data.draw(st.permutations(pairs))
    assert canonical_url(f"http://x.example{path_too}?{'&'.join(pairs)}") == plain


@given(st.text(max_size=200))
def test_nothing_that_is_no_url_raises(text: str) -> None:
    canonical_url(text)
    canonical_url(f"http://{text}")
    domain_of(f"http://{text}/")
    same_site(text, text)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://www.forum.example.co.uk/x", "example.co.uk"),
        ("forum.example.com", "example.com"),
        ("http://127.0.0.1:80/", "127.0.0.1"),
        ("http://[::1]/", "::1"),
        ("http://localhost/", "localhost"),
        ("http://me.github.io/", "github.io"),
        ("http://a.b.forum.com./", "forum.com"),
        ("http://a.b.forum.example/", "a.b.forum.example"),
    ],
)
def test_registrable_domain(url: str, expected: str) -> None:
    assert (domain_of(url) if "/" in url else registrable_domain(url)) == expected


def test_same_site() -> None:
    assert same_site("http://a.example.com/", "https://b.example.com:8443/")
    assert not same_site("http://example.com/", "http://example.org/")
    assert not same_site("mailto:x", "mailto:x")
    assert host_of("http://[::1]:80/") == "::1"


@pytest.mark.parametrize(
    ("url", "host", "undisputed"),
    [
        pytest.param("https://A.Example.:8443/x", "a.example", "a.example", id="one spelling"),
        pytest.param("https://b\u00fccher.example/", "xn--bcher-kva.example", "xn--bcher-kva.example", id="ascii"),
        pytest.param("https://me@a.example/", "a.example", "a.example", id="a user name"),
        pytest.param("https://a.example\\@b.example/", "b.example", "", id="a backslash: a browser goes to a.example"),
        pytest.param("https://a.example b.example/", "a.example b.example", "", id="a blank"),
        pytest.param("https://a.example\u202e/", "a.example\u202e", "", id="a sign that turns the page"),
        pytest.param("ftp://a.example/", "a.example", "", id="another scheme"),
        pytest.param("//a.example/", "a.example", "", id="no scheme"),
        pytest.param("https://[::1/", "", "", id="broken"),
        pytest.param("data:image/png;base64,AAAA", "", "", id="data"),
        pytest.param("", "", "", id="nothing"),
    ],
)
def test_whose_host_an_address_names(url: str, host: str, undisputed: str) -> None:
    """Only to an undisputed one is anything addressed."""
    assert (host_of(url), undisputed_host_of(url)) == (host, undisputed)


@given(st.text("ht:/@?#[]\\ \t\n.a1é%", max_size=40) | st.text(max_size=40).map("https://{}".format))
def test_the_host_is_what_stands_before_the_path(url: str) -> None:
    try:
        whole = ascii_host(urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        whole = ""
    assert host_of(url) == whole
