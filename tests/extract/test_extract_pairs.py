"""A picture in several sizes is one picture, whatever says that they belong together; two pictures stay two."""

from __future__ import annotations

import pytest

from monitor.crawl.extract.page import read_html
from monitor.model.page import ParseJob

BASE = "https://site.example/dir/"


def found(html: str) -> list[tuple[str, ...]]:
    images = read_html(ParseJob("html", f"{BASE}page"), html.encode()).images
    return [tuple(url.removeprefix(BASE) for url in (image.url, *image.alternatives)) for image in images]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        pytest.param(
            "<picture><source data-srcset='l.webp 1200w'><img src=blank.gif data-src=s.jpg></picture>"
            "<noscript><picture><source srcset='l.webp 1200w'><img src=s.jpg></picture></noscript>",
            [("l.webp", "s.jpg")],
            id="lazy picture and its noscript",
        ),
        pytest.param(
            "<img data-src=a.jpg data-srcset='b.jpg 1x, c.jpg 2x'>", [("c.jpg", "b.jpg", "a.jpg")], id="lazy set first"
        ),
        pytest.param(
            "<div data-bgset='a.jpg 300w | b.jpg 900w [(x)]'></div>", [("b.jpg", "a.jpg")], id="lazysizes bgset"
        ),
        pytest.param(
            "<div data-src=img/1-1600.jpg><a href=''><img src=img/thumb-1.jpg></a></div>",
            [("img/1-1600.jpg", "img/thumb-1.jpg")],
            id="lightGallery",
        ),
        pytest.param("<li data-thumb=t.jpg><img src=a.jpg></li>", [("a.jpg", "t.jpg")], id="FlexSlider"),
        pytest.param(
            "<div data-src=bg.jpg><img src=person.jpg></div>", [("bg.jpg",), ("person.jpg",)], id="something else in it"
        ),
        pytest.param(
            "<figure itemscope itemtype=http://schema.org/ImageObject><a href=/f/1 itemprop=contentUrl>"
            "<img src=t1.jpg itemprop=thumbnail></a></figure>",
            [("https://site.example/f/1", "t1.jpg")],
            id="PhotoSwipe 4: schema.org on the link",
        ),
        pytest.param(
            "<div itemscope itemtype=https://schema.org/ImageObject><link itemprop=contentUrl href=a.jpg>"
            "<meta itemprop=thumbnailUrl content=x.jpg><meta itemprop=url content=/page></div>",
            [("a.jpg", "https://site.example/page", "x.jpg")],
            id="schema.org in elements of their own",
        ),
        pytest.param(
            "<a type=image/jpeg href=/f/12>x</a>", [("https://site.example/f/12",)], id="the link says its type"
        ),
        pytest.param(
            "<a href=/get/12 download=cat.jpg>x</a>", [("https://site.example/get/12",)], id="download names it"
        ),
        pytest.param(
            "<a href=/attachment/5/><img src=t.jpg> cat.jpg (447 KB)</a>",
            [("https://site.example/attachment/5/",), ("t.jpg",)],
            id="an attachment's name beside its picture",
        ),
        pytest.param("<map><area href=a.jpg></map>", [("a.jpg",)], id="area"),
        pytest.param(
            "<a href=# onclick=\"window.open('full/a.jpg')\"><img src=thumbs/a.jpg></a>",
            [("full/a.jpg", "thumbs/a.jpg")],
            id="opened by a click",
        ),
        pytest.param("<a href=\"javascript:show('b.jpg', 1)\">x</a>", [("b.jpg",)], id="opened by an address"),
        pytest.param(
            "<img src=thumbs/a.jpg onclick='zoom(\"full/a.jpg\")'>", [("full/a.jpg", "thumbs/a.jpg")], id="click on it"
        ),
        pytest.param("<p onclick=\"alert('not a picture')\">x</p>", [], id="another click"),
        pytest.param(
            "<img src=thumbs/a.jpg><script>p = {src: 'a.jpg'}</script>",
            [("a.jpg", "thumbs/a.jpg")],
            id="folder for small",
        ),
        pytest.param(
            "<img src=a_thumb.jpg><a href=a.jpg>x</a>",
            [("a.jpg", "a_thumb.jpg")],
            id="word for small, apart on the page",
        ),
        pytest.param(
            "<img src=thumb/12.jpg><a href='full/12.jpg'>x</a>",
            [("full/12.jpg", "thumb/12.jpg")],
            id="folders side by side",
        ),
        pytest.param(
            "<img src=thumb/12.jpg><a href=x/12.jpg>x</a><a href=y/12.jpg>y</a>",
            [("thumb/12.jpg",), ("x/12.jpg",), ("y/12.jpg",)],
            id="in doubt all are looked at",
        ),
        pytest.param(
            "<img src=1/thumb/a.jpg><a href=2/a.jpg>x</a>", [("1/thumb/a.jpg",), ("2/a.jpg",)], id="another album's"
        ),
        pytest.param("<img src=none.gif file=a.jpg zoomfile=b.jpg>", [("b.jpg", "a.jpg")], id="Discuz!"),
        pytest.param(
            "<my-photo src=a.jpg></my-photo><x-y photo=b.jpg></x-y>", [("a.jpg",), ("b.jpg",)], id="web components"
        ),
        pytest.param(
            '<x-y items=\'[{"src": "/dir/b.jpg"}]\'></x-y><x-y src=/feed></x-y>',
            [("b.jpg",)],
            id="data of a web component",
        ),
        pytest.param(
            "<x-y><template shadowrootmode=open><img src=a.jpg></template></x-y>", [("a.jpg",)], id="shadow in markup"
        ),
        pytest.param("<div data-flickity-bg-lazyload=a.jpg></div>", [("a.jpg",)], id="Flickity's background"),
        pytest.param("<link rel=enclosure type=image/jpeg href=/f/1>", [("https://site.example/f/1",)], id="enclosure"),
        pytest.param("<link property=contentUrl href=a.jpg>", [("a.jpg",)], id="RDFa"),
        pytest.param(
            "<img src=cat-1x1.jpg><img src=pointblank.jpg>", [("cat-1x1.jpg",), ("pointblank.jpg",)], id="no spacers"
        ),
        pytest.param("<img src=1x1.gif><img src=x/spacer.gif><img src=my-placeholder.png>", [], id="spacers"),
    ],
)
def test_sizes_of_one_picture(html: str, expected: list[tuple[str, ...]]) -> None:
    assert found(html) == expected
