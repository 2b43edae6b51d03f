"""What pages hand to their scripts, in the ways of frameworks and of people: JSON, JSON in strings, packed, broken."""

from __future__ import annotations

import base64

import pytest

from monitor.crawl.extract.json import MAX_NESTED, images_in_json, images_in_script
from monitor.crawl.extract.page import read_html
from monitor.model.page import ParseJob

URL = "https://site.example/dir/page"
BASE = "https://site.example/dir/"


def found(html: str) -> list[tuple[str, ...]]:
    images = read_html(ParseJob("html", URL), html.encode()).images
    return [tuple(url.removeprefix(BASE) for url in (image.url, *image.alternatives)) for image in images]


def packed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


STATE = '{"images":["https://site.example/dir/a.jpg","https://site.example/dir/b.jpg"]}'


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        pytest.param(
            '<script type="application/json" id="__NUXT_DATA__">[{"data":1},{"url":2},"/dir/a.jpg"]</script>',
            [("a.jpg",)],
            id="Nuxt 3, a flat list",
        ),
        pytest.param(
            r'<script>window.__NUXT__=(function(a){return {data:[{img:"\u002Fdir\u002Fa.jpg",big:a}]}}'
            r'("\u002Fdir\u002Fb.jpg"));</script>',
            [("b.jpg",), ("a.jpg",)],
            id="Nuxt 2, a function",
        ),
        pytest.param(
            r'<script>self.__next_f.push([1,"5:[\"$\",\"img\",null,{\"src\":\"/dir/a.jpg\",\"alt\":\"x\"}]\n"])</script>',
            [("a.jpg",)],
            id="Next.js, in pieces",
        ),
        pytest.param(
            r'<script>window.__S__ = JSON.parse("{\"img\":\"https:\/\/site.example\/dir\/a.jpg\"}")</script>',
            [("a.jpg",)],
            id="JSON in a string, its slashes escaped",
        ),
        pytest.param(
            '<script>window.__APOLLO_STATE__={"Photo:1":{"url({\\"size\\":\\"LARGE\\"})":"https://site.example/dir/a.jpg"}}'
            "</script>",
            [("a.jpg",)],
            id="Apollo",
        ),
        pytest.param(
            '<script>__S__=JSON.parse(decodeURIComponent("%7B%22img%22%3A%22https%3A%2F%2Fsite.example%2Fdir%2Fa.jpg%22%7D"))'
            "</script>",
            [("a.jpg",)],
            id="escaped as in an address",
        ),
        pytest.param(
            '<script>x={url:"https%3A%2F%2Fsite.example%2Fdir%2Fa.jpg"}</script>',
            [("a.jpg",)],
            id="one escaped address",
        ),
        pytest.param(
            f"<script>__S__=JSON.parse(atob('{packed(STATE)}'))</script>", [("a.jpg",), ("b.jpg",)], id="in Base64"
        ),
        pytest.param(
            f'<div data-state="{packed(STATE)}"></div>', [("a.jpg",), ("b.jpg",)], id="an attribute in Base64"
        ),
        pytest.param(
            f"<script>show(atob('{packed('<img src=a.jpg>' + ' ' * 60)}'))</script>",
            [("a.jpg",)],
            id="markup in Base64",
        ),
        pytest.param(
            "<script>t='eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'"
            "</script>",
            [],
            id="a token is not data",
        ),
        pytest.param(
            """<script type=application/json>{"b":"<a href='f/a.jpg'><img src='t/a.jpg' srcset='m/a.jpg 900w'></a>"}"""
            "</script>",
            [("f/a.jpg", "m/a.jpg", "t/a.jpg")],
            id="markup in JSON is read as markup",
        ),
        pytest.param(
            '<script type=application/json>{"body":"&lt;img src=&quot;a.jpg&quot;&gt;"}</script>',
            [("a.jpg",)],
            id="escaped markup in JSON",
        ),
        pytest.param(
            r'<script>var x="\u003Cimg src=\u0022\/dir\/a.jpg\u0022\u003E"</script>',
            [("a.jpg",)],
            id="escaped in a script",
        ),
        pytest.param("<script>new Image().src = 'a.jpg'; var y = 'b.jpg'</script>", [("a.jpg",)], id="given to a name"),
        pytest.param(
            '<script type=application/json>{"user":{"avatar_url":"/u/1.png","avatar":{"icon":"/u/2.png"}},'
            '"photo":"/dir/a.jpg"}</script>',
            [("a.jpg",)],
            id="who posted is not what was posted",
        ),
        pytest.param(
            '<script type=application/ld+json>{"publisher":{"logo":{"@type":"ImageObject","url":"logo.png"}},'
            '"image":"a.jpg"}</script>',
            [("a.jpg",)],
            id="nor is the site's logo",
        ),
        pytest.param(
            '<script type=application/ld+json>//<![CDATA[\n{"image":"a.jpg"}\n//]]></script>', [("a.jpg",)], id="CDATA"
        ),
        pytest.param(
            '<script type=application/ld+json><!-- {"image":"a.jpg"} --></script>', [("a.jpg",)], id="in a comment"
        ),
        pytest.param(
            '<script type=application/ld+json>{"headline":"a\nb","image":"a.jpg",}</script>',
            [("a.jpg",)],
            id="a line end in a string, a comma too many",
        ),
        pytest.param(
            '<script type=application/ld+json>{"image":"https://site.example/dir/a.jpg" "x"}</script>',
            [("a.jpg",)],
            id="no JSON at all",
        ),
        pytest.param(
            '<div class="gallery-items">[{"url":"/dir/a.jpg","alt":"x"}]</div>'
            "<p>[{&quot;url&quot;:&quot;/dir/b.jpg&quot;}]</p>",
            [("a.jpg",), ("b.jpg",)],
            id="JSON that is an element's text (Hexo, Butterfly)",
        ),
        pytest.param("<p>[see below] {and here: a.jpg}</p>", [], id="words in brackets"),
        pytest.param("<iframe srcdoc='<img src=a.jpg>'></iframe>", [("a.jpg",)], id="a page in an attribute"),
    ],
)
def test_state_of_scripts(html: str, expected: list[tuple[str, ...]]) -> None:
    assert found(html) == expected


def test_json_in_json_ends() -> None:
    text = '"a.jpg"'
    for _ in range(12):
        text = '{"next": ' + base64.b64encode(text.encode()).decode().join('""') + "}"
    many = '["' + '","'.join(["[1, 2, 3, 4]"] * (MAX_NESTED * 3)) + '"]'
    assert images_in_json(text, [], linked_data=False) == []
    assert images_in_json(many, [], linked_data=False) == []


def test_markup_in_markup_ends() -> None:
    inner = "<img src=a.jpg>"
    for _ in range(6):
        inner = f"<iframe srcdoc='{inner.replace('&', '&amp;').replace(chr(39), '&#39;')}'></iframe>"
    assert found(inner) == []
    markup: list[str] = []
    images_in_script("x = '<img src=1.jpg>'; " * 3, markup)
    assert set(markup) == {"<img src=1.jpg>"}
