"""Attributes that scripts read: names from the demo pages and documentation of what is on npm (named in the ids), and
names that nobody told us."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.crawl.extract.attributes import MAX_NAMES, attributes_in
from monitor.model.page import ParseJob
from monitor.sources.reading.parsers import read_answer

URL = "https://site.example/a/page.html"


def images(html: str) -> list[tuple[str, ...]]:
    found = read_answer(ParseJob("html", URL), f"<html><body>{html}".encode()).images
    return [tuple(url.rsplit("/", 1)[1] for url in (ref.url, *ref.alternatives)) for ref in found]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        pytest.param("<div data-flickity-lazyload=a.jpg></div>", [("a.jpg",)], id="flickity"),
        pytest.param(
            "<img data-flickity-lazyload-srcset='a.jpg 720w, b.jpg 1440w'>", [("b.jpg", "a.jpg")], id="its set"
        ),
        pytest.param("<a data-bp=a.jpg href=#><img src=a_t.jpg></a>", [("a.jpg", "a_t.jpg")], id="bigpicture"),
        pytest.param("<a href=# data-featherlight=a.jpg>x</a>", [("a.jpg",)], id="featherlight"),
        pytest.param("<div data-href=a.jpg></div>", [("a.jpg",)], id="blueimp-gallery"),
        pytest.param(
            "<img src=s.jpg data-big=b.jpg data-bigsrcset='b.jpg 1x, h.jpg 2x'>",
            [("b.jpg", "h.jpg", "s.jpg")],
            id="galleria",
        ),
        pytest.param("<img data-src=a.jpg data-src-retina=b.jpg>", [("a.jpg", "b.jpg")], id="owl.carousel"),
        pytest.param(
            "<a class=spotlight data-src-800=s.jpg data-src-2400=l.jpg data-src-1200=m.jpg></a>",
            [("l.jpg", "m.jpg", "s.jpg")],
            id="spotlight",
        ),
        pytest.param(
            "<a href=big.jpg data-at-450=s.jpg data-at-1920=l.jpg><img src=thumb.jpg></a>",
            [("big.jpg", "l.jpg", "s.jpg", "thumb.jpg")],
            id="baguetteBox",
        ),
        pytest.param("<a href=l.jpg data-ngthumb=l_t.jpg>x</a>", [("l.jpg", "l_t.jpg")], id="nanogallery2"),
        pytest.param("<div data-bg=a.jpg data-bg-hidpi=b.jpg></div>", [("a.jpg",), ("b.jpg",)], id="vanilla-lazyload"),
        pytest.param(
            "<div data-bg-multi='url(a.jpg), url(b.jpg)'></div>", [("a.jpg",), ("b.jpg",)], id="its many backgrounds"
        ),
        pytest.param("<picture data-iesrc=a.jpg></picture>", [("a.jpg",)], id="lozad"),
        pytest.param("<img data-lowsrc=low.jpg data-src=a.jpg>", [("a.jpg", "low.jpg")], id="lazysizes"),
        pytest.param("<a data-src=l.jpg data-thumb=t.jpg></a>", [("l.jpg", "t.jpg")], id="fancybox"),
        pytest.param("<IMG DATA-SRC=a.jpg>", [("a.jpg",)], id="in capitals"),
        pytest.param("<img src=shown.jpg data-photo-of=a.jpg>", [("shown.jpg",), ("a.jpg",)], id="unknown: both"),
        pytest.param("<img src=shown.jpg data-xy-full=a.jpg>", [("a.jpg", "shown.jpg")], id="unknown, says full"),
        pytest.param("<img src=shown.jpg data-xy-tiny=a.jpg>", [("shown.jpg", "a.jpg")], id="unknown, says small"),
        pytest.param("<p data-xy='a.jpg 300w, b.jpg 900w'></p>", [("b.jpg", "a.jpg")], id="unknown, a set"),
        pytest.param("<p data-xy='url(a.jpg)'></p>", [("a.jpg",)], id="unknown, CSS"),
        pytest.param(
            "<img src=1.jpg data-fallback=none.jpg><img src=2.jpg data-fallback=none.jpg>",
            [("1.jpg",), ("2.jpg",)],
            id="what stands in for all is none of them",
        ),
        pytest.param(
            "<img src=1.jpg data-xy=./all.jpg><img src=2.jpg data-xy=./all.jpg>",
            [("1.jpg",), ("all.jpg",), ("2.jpg",)],
            id="nor is one of unknown use",
        ),
        pytest.param("<li data-src=a.jpg data-filename=b.jpg></li>", [("a.jpg",)], id="thumbsup: the name of a file"),
        pytest.param("<p data-title='My cat.jpg is here' data-n='{\"a\": \"b.jpg\"}'></p>", [], id="words and data"),
    ],
)
def test_attributes_that_scripts_read(html: str, expected: list[tuple[str, ...]]) -> None:
    assert images(html) == expected


@given(st.text(alphabet="data-src=\"' .jpg>{<", max_size=300))
@example("\"'.={")
def test_any_text_gives_names_that_a_selector_can_hold(text: str) -> None:
    names = attributes_in(text)
    assert all(re.fullmatch(r"(?:[a-z0-9_-]|\\.)+", name) for name in names)  # what is no letter is escaped
    images(text)


def test_the_names_of_one_page_are_bounded() -> None:
    assert len(attributes_in("".join(f"<p data-x{n}=a.jpg>" for n in range(5000)))) == MAX_NAMES
