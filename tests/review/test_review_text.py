"""What came from outside, on a page: shown as text, isolated, cut with the whole on request; never a link."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.plain import is_unsafe
from monitor.review import text
from tests.review.asking import NothingFound, asking

HOSTILE = [
    pytest.param("<script>alert(1)</script><img src=x onerror=y>", id="markup"),
    pytest.param("\"' onmouseover=alert(1) x='", id="out of an attribute"),
    pytest.param("{{ 7*7 }}{% raw %}%(count)s", id="templates"),
    pytest.param("\u202egpj.exe\u202c \u2066x\u2069", id="turned round"),
    pytest.param("\x1b]0;owned\x07\x00\x85\u2028", id="control characters"),
    pytest.param("\ud800 half a pair", id="half a pair"),
    pytest.param("عنوان <b>‏طويل</b> " * 800, id="Arabic, long"),
    pytest.param("a" * 10_000, id="10,000 long"),
    pytest.param("&lt;b&gt;&amp;", id="escaped before"),
]
FORMS = (text.outside, text.outside_short, text.outside_lines, text.address, text.openable)


class Read(HTMLParser):
    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags, self.text, self.depth, self.loose = list[str](), "", 0, ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        self.depth += tag == "bdi"

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "bdi"

    def handle_data(self, data: str) -> None:
        self.text += data
        if not self.depth:
            self.loose += data


@pytest.mark.parametrize("untrusted", HOSTILE)
@pytest.mark.parametrize("form", FORMS)
def test_no_markup_of_outside_survives(form: object, untrusted: str) -> None:
    read = Read(str(form(untrusted)))  # type: ignore[operator]
    assert set(read.tags) <= {"bdi", "span", "details", "summary", "code", "br", "button"}
    assert not any(is_unsafe(character) for character in read.text.replace("\u2068", "").replace("\u2069", ""))


@given(st.text(max_size=300))
def test_whatever_it_is_it_stands_isolated_and_whole(untrusted: str) -> None:
    read = Read(str(text.outside(untrusted, 40)))
    whole = Read(str(text.outside_short(untrusted, 0))).text
    assert whole in read.text
    assert re.fullmatch(r"( All of it: \d+ characters?)?", read.loose)


def test_what_is_long_is_cut_and_the_whole_is_behind_a_press() -> None:
    made = str(text.outside("b" * 10_000))
    summary, rest = made.split("</summary>")
    assert summary.count("b") < 200 and "10000 characters" in summary and rest.count("b") >= 10_000


def test_more_than_anybody_reads_is_no_page_of_megabytes() -> None:
    assert len(text.outside("\u202e" * 5_000_000)) < 400_000


def test_lines_stay_lines() -> None:
    assert Read(str(text.outside_lines("one\r\n\ntwo"))).tags == ["bdi", "br", "bdi", "br", "bdi"]


@pytest.mark.parametrize(
    ("untrusted", "may"),
    [
        pytest.param("https://forum.example/a?b=c", True, id="https"),
        pytest.param("http://forum.example:8080/", True, id="http, a port"),
        pytest.param("javascript:alert(1)", False, id="javascript"),
        pytest.param("JaVaScRiPt://forum.example/%0aalert(1)", False, id="javascript with a host"),
        pytest.param("data:text/html,x", False, id="data"),
        pytest.param("file:///etc/passwd", False, id="file"),
        pytest.param("https://user@forum.example/", False, id="a name before the host"),
        pytest.param("https://forum.example/\u202etxt.exe", False, id="turned round"),
        pytest.param("https:// forum.example/", False, id="a blank"),
        pytest.param("https://[broken/", False, id="broken"),
        pytest.param("//forum.example/", False, id="no scheme"),
        pytest.param("", False, id="nothing"),
        pytest.param("https://f.example/" + "a" * 30_000, False, id="30,000 long"),
    ],
)
async def test_only_what_a_browser_could_open_has_the_button_and_the_page(untrusted: str, may: bool) -> None:
    assert text.opens(untrusted) is may
    made = str(text.openable(untrusted))
    assert ('form="opening"' in made) is may and "href" not in made
    async with asking(NothingFound()) as client:
        token = re.search(r'name="token" value="([^"]+)"', (await client.get("/help")).text)
        assert token is not None
        page = await client.post("/opening", data={"token": token[1], "address": untrusted, "from": "//evil.example"})
    assert page.status_code == (200 if may else 422)
    assert ('target="_blank"' in page.text) is may
    assert 'href="//' not in page.text and "evil" not in page.text


async def test_the_page_before_opening_says_what_the_site_learns_and_its_own_address_says_nothing() -> None:
    async with asking(NothingFound()) as client:
        token = re.search(r'name="token" value="([^"]+)"', (await client.get("/help")).text)
        assert token is not None
        sent = {"token": token[1], "address": "https://forum.example/<b>", "from": "/incidents/7"}
        page = await client.post("/opening", data=sent)
        assert "What the site learns" in page.text and "forum.example/&lt;b&gt;" in page.text
        assert 'href="/incidents/7"' in page.text and "forum" not in str(page.url)
        assert "no address" in (await client.get("/opening")).text
