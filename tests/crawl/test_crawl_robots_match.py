"""Our matching against what RFC 9309 says, and against protego as an oracle."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protego import Protego

from monitor.crawl.robots.patterns import Patterns, normal_path, normal_pattern
from monitor.crawl.robots.reading import read_robots
from monitor.model.robots import MAX_WILD_CHARS, RobotsRules

S = "http://x.example"


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        # RFC 9309 section 2.2.2
        pytest.param("/foo/bar?baz=quz", "/foo/bar?baz=quz", True, id="RFC: a query"),
        pytest.param("/foo/bar?baz=https://foo.bar", "/foo/bar?baz=https://foo.bar", True, id="RFC: an address in it"),
        pytest.param("/foo/bar/\u30c4", "/foo/bar/%E3%83%84", True, id="RFC: not ASCII"),
        pytest.param("/foo/bar/%E3%83%84", "/foo/bar/\u30c4", True, id="RFC: escaped in the rule"),
        pytest.param("/foo/bar/%62%61%7A", "/foo/bar/baz", True, id="RFC: escaped for nothing"),
        # section 2.2.3
        pytest.param("/path/file-with-a-%2A.html", "/path/file-with-a-*.html", True, id="RFC: an escaped star"),
        pytest.param("/path/file-with-a-%2A.html", "/path/file-with-a-x.html", False, id="RFC: it is not a wildcard"),
        pytest.param("/path/foo-%24", "/path/foo-$", True, id="RFC: an escaped dollar"),
        pytest.param("/path/foo-%24", "/path/foo-", False, id="RFC: it is no end"),
        pytest.param("/*", "/", True, id="a star for nothing"),
        pytest.param("/a*b*c", "/abbc/x", True, id="two stars"),
        pytest.param("/a*b*c", "/acb", False, id="in their order"),
        pytest.param("/a*ab$", "/aab", True, id="a star that must give back"),
        pytest.param("/a*ab$", "/aabab", True, id="and again"),
        pytest.param("/a*ab$", "/ab", False, id="nothing left for it"),
        pytest.param("/a**b", "/axb", True, id="stars in a row"),
        pytest.param("/a$b", "/a$bc", True, id="a dollar in the middle is a sign"),
        pytest.param("/a$", "/a?x", False, id="the query counts"),
        pytest.param("/a?", "/a?", True, id="an empty query"),
        pytest.param("/%2f", "/%2F", True, id="an escaped slash"),
        pytest.param("/a%2Fb", "/a/b", False, id="which is not a slash"),
        pytest.param("/a%", "/a%", True, id="a lone percent sign"),
        pytest.param("/", "#x", True, id="no path"),
        pytest.param("/?a", "?a", True, id="a query without a path"),
        pytest.param("*.jpg", "/a.jpg", True, id="a star first"),
        pytest.param("/ä", "/Ä", False, id="upper and lower case differ"),
    ],
)
def test_pattern(pattern: str, path: str, matches: bool) -> None:
    assert Patterns(RobotsRules(disallow=(normal_pattern(pattern),))).allow(S + path) is not matches


@pytest.mark.parametrize(
    ("allow", "disallow", "path", "allowed"),
    [
        pytest.param("/p", "/", "/page", True, id="longer allow"),
        pytest.param("/folder", "/folder", "/folder/page", True, id="allow on a tie"),
        pytest.param("/page", "/*.htm", "/page.htm", False, id="longer, with a wildcard"),
        pytest.param("/$", "/", "/", True, id="the end counts as a sign"),
        pytest.param("/$", "/", "/page.htm", False, id="no end, no rule"),
        pytest.param("/*.gif", "/a/*$", "/a/b.gif", True, id="of two with wildcards the longer"),
        pytest.param("/*a", "/ab", "/aab", True, id="a wildcard against none"),
        pytest.param("/a%62", "/ab", "/abc", True, id="lengths of one spelling"),
    ],
)
def test_precedence(allow: str, disallow: str, path: str, allowed: bool) -> None:
    rules = RobotsRules((normal_pattern(allow),), (normal_pattern(disallow),))
    assert Patterns(rules).allow(S + path) is allowed


# Protego also takes `Allow: /x/index.html` for /x/, and an allow with `$` for the sign itself: not in the RFC.
SIGNS = st.sampled_from("/ab%2*?=&.~:;,+é☃")
PATH = st.text(SIGNS, max_size=12).map(lambda text: f"/{text}")
PATTERN = st.builds("{}{}{}".format, st.sampled_from("/*"), st.text(SIGNS, max_size=8), st.sampled_from(["", "$"]))
LINE = st.one_of(
    st.builds("Disallow: {}".format, PATTERN),
    st.builds("Allow: {}".format, PATTERN.filter(lambda pattern: "$" not in pattern)),
    st.sampled_from(["User-agent: *", "User-agent: x", "Disallow:", "Sitemap: http://x.example/s", "", "# no"]),
)


@pytest.mark.long
@settings(max_examples=400)
@given(st.lists(LINE, max_size=10), st.lists(PATH, min_size=1, max_size=5))
def test_as_protego_reads_it(lines: list[str], paths: list[str]) -> None:
    text = "\n".join(["User-agent: *", *lines])
    oracle, ours = Protego.parse(text), Patterns(read_robots(text.encode()))
    for path in paths:
        assert ours.allow(S + path) == oracle.can_fetch(S + path, "*"), (text, path)


@given(st.text(SIGNS))
def test_one_spelling_is_kept(text: str) -> None:
    path = normal_path(f"{S}/{text}")
    assert normal_path(S + path) == path
    assert normal_pattern(normal_pattern(f"/{text}")) == normal_pattern(f"/{text}")


@pytest.mark.parametrize(
    "part",
    [
        pytest.param("/*" + "a" * 45 + "b" + "a" * 45, id="nearly found at every place"),
        pytest.param("/" + "*a" * 400, id="a star before every sign"),
        pytest.param("*" + "a" * 1000 + "$", id="the end far away"),
    ],
)
def test_the_worst_file_and_the_worst_address(part: str) -> None:
    """protego 0.7 takes 85 ms for one such address, this 15."""
    rules = read_robots(("User-agent: *\n" + "".join(f"Disallow: {part}{n}\n" for n in range(5000))).encode())
    assert sum(map(len, rules.disallow)) <= MAX_WILD_CHARS
    started = time.process_time()
    patterns = Patterns(rules)
    for _ in range(5):
        assert patterns.allow(f"{S}/{'a' * 8000}")
    assert time.process_time() - started < 1
