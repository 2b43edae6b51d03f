"""Every embedding way (features row 11): each image once, the largest variant preferred."""

from __future__ import annotations

import base64

import pytest

from monitor.crawl.extract.page import read_css, read_html
from monitor.model.page import PageContent, ParseJob

URL = "https://site.example/dir/page"
BASE = "https://site.example/dir/"
DATA = "data:image/png;base64," + base64.b64encode(b"\x89PNG" + b"x" * 900).decode()


def read(html: str, **job: object) -> PageContent:
    return read_html(ParseJob("html", URL, **job), html.encode())  # type: ignore[arg-type]


def found(html: str) -> list[tuple[str, ...]]:
    """(largest, other variants ...) of each image, relative to the page where they are on it."""
    return [tuple(url.removeprefix(BASE) for url in (image.url, *image.alternatives)) for image in read(html).images]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        pytest.param("<img src=a.jpg>", [("a.jpg",)], id="img"),
        pytest.param("<img src=a.jpg><img src='a.jpg#x'><img src='a.jpg?utm_source=b'>", [("a.jpg",)], id="once"),
        pytest.param("<img src=s.jpg srcset='m.jpg 400w, l.jpg 1600w'>", [("l.jpg", "m.jpg", "s.jpg")], id="srcset"),
        pytest.param("<img src=s.jpg srcset='s.jpg, d.jpg 2x'>", [("d.jpg", "s.jpg")], id="densities"),
        pytest.param("<img srcset='a,b.jpg 1x, c,d.jpg 2x'>", [("c,d.jpg", "a,b.jpg")], id="commas in a srcset"),
        pytest.param(
            "<picture><source srcset='w.webp 900w'><img src=p.jpg></picture>", [("w.webp", "p.jpg")], id="picture"
        ),
        pytest.param("<picture><source srcset='w.webp 900w'></picture>", [("w.webp",)], id="picture without img"),
        pytest.param("<img src=blank.gif data-src=a.jpg>", [("a.jpg",)], id="lazy, placeholder dropped"),
        pytest.param("<img src=low.jpg data-src=a.jpg>", [("a.jpg", "low.jpg")], id="lazy, preview kept"),
        pytest.param("<img data-srcset='a.jpg 100w, b.jpg 900w'>", [("b.jpg", "a.jpg")], id="lazy srcset"),
        pytest.param("<img src=a.jpg data-zoom-image=z.jpg>", [("z.jpg", "a.jpg")], id="zoom"),
        pytest.param("<img src=a.jpg data-id=7 data-src='{\"x\": 1}'>", [("a.jpg",)], id="data that is not an address"),
        pytest.param("<div style=\"background-image:url('b.jpg')\"></div>", [("b.jpg",)], id="CSS inline"),
        pytest.param("<div style='background: URL( b.jpg )'></div>", [("b.jpg",)], id="CSS unquoted"),
        pytest.param('<style>.x{background:url("b.jpg")}</style>', [("b.jpg",)], id="CSS in style"),
        pytest.param(
            "<style>.x{background:url(s.jpg);background:image-set('a.jpg' 1x, \"b,c.jpg\" 2x)}</style>",
            [("s.jpg",), ("b,c.jpg", "a.jpg")],
            id="CSS image-set of strings",
        ),
        pytest.param(
            "<style>.x{background:-webkit-image-set(url(a.jpg) 1x, url('b.jpg') 2dppx)}</style>",
            [("b.jpg", "a.jpg")],
            id="CSS image-set of addresses, old",
        ),
        pytest.param(
            "<style>.x{background:image-set('a.avif' type('image/avif'), 'b.jpg' type('image/jpeg'))}</style>",
            [("a.avif", "b.jpg")],
            id="CSS image-set by format",
        ),
        pytest.param(
            "<style>.x{background:image-set(linear-gradient(red,blue) 1x)}.y{background:url(b.jpg)}</style>",
            [("b.jpg",)],
            id="CSS image-set of no picture",
        ),
        pytest.param(
            "<style>.x{background:image-set('a.jpg' 1x}.y{background:url(b.jpg)}</style>",
            [("b.jpg",)],
            id="CSS image-set without an end",
        ),
        pytest.param("<style>.x{background:image-set()}.y{background:image-set(,)}</style>", [], id="CSS, empty set"),
        pytest.param("<style>@font-face{src:url(f.woff2)}.x{background:url(i.svg)}</style>", [], id="fonts, drawings"),
        pytest.param("<div data-bg=b.jpg></div>", [("b.jpg",)], id="lazy background"),
        pytest.param("<div data-bg='url(b.jpg)'></div>", [("b.jpg",)], id="lazy background as CSS"),
        pytest.param("<td background=b.jpg>", [], id="a cell outside of a table is not a cell"),
        pytest.param("<table><td background=b.jpg></table>", [("b.jpg",)], id="background attribute"),
        pytest.param("<meta property=og:image content=/o.jpg>", [("https://site.example/o.jpg",)], id="og"),
        pytest.param("<meta name=twitter:image content=o.jpg>", [("o.jpg",)], id="twitter"),
        pytest.param("<link rel=image_src href=o.jpg>", [("o.jpg",)], id="image_src"),
        pytest.param("<link rel=preload as=image href=o.jpg>", [("o.jpg",)], id="preload"),
        pytest.param(
            '<script type="application/ld+json">{"@graph":[{"@type":"ImageObject","contentUrl":"f.jpg",'
            '"thumbnailUrl":"t.jpg"}]}</script>',
            [("f.jpg", "t.jpg")],
            id="JSON-LD object",
        ),
        pytest.param(
            '<script type="application/ld+json">{"@type":"Article","image":["a.jpg","b.jpg"]}</script>',
            [("a.jpg",), ("b.jpg",)],
            id="JSON-LD list",
        ),
        pytest.param(
            '<script id=__NEXT_DATA__ type=application/json>{"p":[{"thumb":"/t.jpg","original":"/o.jpg"}]}</script>',
            [("https://site.example/o.jpg", "https://site.example/t.jpg")],
            id="Next.js",
        ),
        pytest.param(
            '<script>window.S={"u":"https:\\/\\/cdn.example\\/\\u0061.jpg"}</script>',
            [("https://cdn.example/a.jpg",)],
            id="JSON in a script",
        ),
        pytest.param(
            '<script>self.push([1,"{\\"u\\":\\"/b.webp\\"}"])</script>',
            [("https://site.example/b.webp",)],
            id="JSON in a string in a script",
        ),
        pytest.param(
            "<script>var data = [{title: 'x.jpg, nice', thumb: 'thumbnails/a.jpg', image: 'a.jpg'}, {image:\"b.jpg\"}]"
            "; load('sprite.png')</script>",
            [("a.jpg", "thumbnails/a.jpg"), ("b.jpg",)],
            id="a gallery's data in a script (sigal, galleria)",
        ),
        pytest.param(
            '<script>var c = [{"url": "a.jpg", "url_thumb": "a.thumbnail.jpg", "width": 180}]</script>',
            [("a.jpg", "a.thumbnail.jpg")],
            id="a gallery's data in a script (nikola)",
        ),
        pytest.param('<script type="application/json">{"a": }</script>', [], id="broken JSON"),
        pytest.param("<video poster=p.jpg></video>", [("p.jpg",)], id="poster"),
        pytest.param("<a href=f.jpg>full size</a>", [("f.jpg",)], id="link"),
        pytest.param("<a href=full/a.jpg><img src=thumbs/a.jpg></a>", [("full/a.jpg", "thumbs/a.jpg")], id="thumbnail"),
        pytest.param(
            "<a href=o/ab12.jpeg><img src=s/ab12_2_690x400.jpeg></a>",
            [("o/ab12.jpeg", "s/ab12_2_690x400.jpeg")],
            id="thumbnail with its size in the name",
        ),
        pytest.param(
            "<a href=/a/Kx9/3/ class=post-thumbnail style='background-image: url(\"/a/thumb/Kx9/3/\")'></a>",
            [("https://site.example/a/Kx9/3/", "https://site.example/a/thumb/Kx9/3/")],
            id="attachment without an ending behind a background (Misago)",
        ),
        pytest.param(
            "<a href=detail.php?media=a.jpg><img src='/lib/exe/fetch.php?w=200&amp;tok=ac8&amp;media=a.jpg'></a>",
            [
                (
                    "https://site.example/lib/exe/fetch.php?media=a.jpg",
                    "https://site.example/lib/exe/fetch.php?w=200&tok=ac8&media=a.jpg",
                )
            ],
            id="a script that makes sizes (DokuWiki)",
        ),
        pytest.param(
            "<a href='/lib/exe/fetch.php?media=a.jpg'>x</a> <a href='/lib/exe/fetch.php?media=a.pdf'>y</a>",
            [("https://site.example/lib/exe/fetch.php?media=a.jpg",)],
            id="links to a script that gives out files (DokuWiki)",
        ),
        pytest.param("<img src='a.jpg?w=300&amp;q=80'>", [("a.jpg", "a.jpg?w=300&q=80")], id="size in the query"),
        pytest.param(
            "<img src='a.jpg?v=3&amp;width=300'>", [("a.jpg?v=3", "a.jpg?v=3&width=300")], id="size and version"
        ),
        pytest.param("<img src='a.jpg?width=300&amp;s=9f'>", [("a.jpg?width=300&s=9f",)], id="a signed size stays"),
        pytest.param(
            "<img src=/wp-content/uploads/a-scaled.jpg>",
            [
                (
                    "https://site.example/wp-content/uploads/a.jpg",
                    "https://site.example/wp-content/uploads/a-scaled.jpg",
                )
            ],
            id="a very large upload (WordPress)",
        ),
        pytest.param("<meta property=og:image content=None><img src=null><img src=undefined>", [], id="no address"),
        pytest.param(
            "<a href=a.jpg data-pswp-width=800 data-big=original/a.jpg><img src=thumbnails/a.jpg></a>",
            [("original/a.jpg", "a.jpg", "thumbnails/a.jpg")],
            id="a link that names the original beside its target (sigal)",
        ),
        pytest.param(
            "<a href=a.jpg.html data-big=original/a.jpg><img src=thumbnails/a.jpg></a>",
            [("original/a.jpg", "thumbnails/a.jpg")],
            id="a link to a picture's page that names the original (sigal, media pages)",
        ),
        pytest.param(
            "<a href='/a/x/5/'><img src='/a/thumb/x/5/'></a>",
            [("https://site.example/a/x/5/", "https://site.example/a/thumb/x/5/")],
            id="attachments without endings (Misago)",
        ),
        pytest.param(
            "<a data-fancybox href=/p/5><img src=t5></a>", [("https://site.example/p/5", "t5")], id="fancybox"
        ),
        pytest.param(
            '<script type="application/json">{"contentHtml":"<p><img src=\\"/a.jpg\\"></p>"}</script>',
            [("https://site.example/a.jpg",)],
            id="markup in JSON (Flarum)",
        ),
        pytest.param(
            """<div id=app data-page='{"props":{"photos":[{"url":"/o.jpg","thumb_url":"/t.jpg"}]}}'></div>""",
            [("https://site.example/o.jpg", "https://site.example/t.jpg")],
            id="JSON in an attribute (Inertia)",
        ),
        pytest.param(
            """<div data-preloaded='{"topic_7":"{\\"cooked\\":\\"<img src=\\\\\\"/o.jpg\\\\\\">\\"}"}'></div>""",
            [("https://site.example/o.jpg",)],
            id="JSON in JSON in an attribute (Discourse)",
        ),
        pytest.param("<a class=lightbox href=f.jpg><img src=x.jpg></a>", [("f.jpg", "x.jpg")], id="lightbox"),
        pytest.param("<a href=f.jpg><img src=x.jpg width=150></a>", [("f.jpg", "x.jpg")], id="declared thumbnail"),
        pytest.param("<a href=cat.jpg><img src=victim.jpg></a>", [("cat.jpg",), ("victim.jpg",)], id="another picture"),
        pytest.param("<a href=/view/1><img src=t.jpg></a>", [("t.jpg",)], id="link to a page"),
        pytest.param(
            "<a href='/wiki/File:A.jpg'><img src='/w/thumb/a/ab/A.jpg/120px-A.jpg'></a>",
            [("https://site.example/w/a/ab/A.jpg", "https://site.example/w/thumb/a/ab/A.jpg/120px-A.jpg")],
            id="MediaWiki",
        ),
        pytest.param(
            "<img src='/wp-content/uploads/a-300x200.jpg'>",
            [
                (
                    "https://site.example/wp-content/uploads/a.jpg",
                    "https://site.example/wp-content/uploads/a-300x200.jpg",
                )
            ],
            id="WordPress",
        ),
        pytest.param(
            "<a href='/attachments/img-jpg.123/'><img src='/data/attachments/1/thumb-9.jpg'></a>",
            [("https://site.example/attachments/img-jpg.123/", "https://site.example/data/attachments/1/thumb-9.jpg")],
            id="XenForo attachment",
        ),
        pytest.param(
            "<a href='attachment.php?attachmentid=5&d=1'><img src='attachment.php?attachmentid=5&thumb=1' "
            "class=thumbnail></a>",
            [
                (
                    "attachment.php?attachmentid=5&d=1",
                    "attachment.php?attachmentid=5",
                    "attachment.php?attachmentid=5&thumb=1",
                )
            ],
            id="vBulletin attachment",
        ),
        pytest.param("<noscript><img src=n.jpg></noscript>", [("n.jpg",)], id="noscript"),
        pytest.param("<template><img src=t.jpg></template>", [("t.jpg",)], id="template"),
        pytest.param(
            "<script type='text/template'><a href=f/a.jpg><img src=t/a.jpg></a></script>",
            [("f/a.jpg", "t/a.jpg")],
            id="markup in a script for later",
        ),
        pytest.param(
            "<script type='text/lazyhtml'><!-- <img src=a.jpg> --></script>", [("a.jpg",)], id="and in a comment there"
        ),
        pytest.param(
            "<script type='text/template'><img src='{{ url }}.jpg'><img src=logo.jpg></script>", [], id="a pattern"
        ),
        pytest.param(
            "<textarea class=ks-datalazyload><img src=a.jpg></textarea>", [("a.jpg",)], id="markup in a field for later"
        ),
        pytest.param(
            "<code class=pagelet_html><!-- <p><img src=a.jpg></p> --></code>", [("a.jpg",)], id="a comment that is code"
        ),
        pytest.param("<p>x<!-- <img src=a.jpg> -->y", [], id="what somebody took out"),
        pytest.param("<!--[if lt IE 9]><img src=old.jpg><![endif]-->", [], id="for a browser of old"),
        pytest.param(f"<img src='{DATA}'>", [(DATA,)], id="data URI"),
        pytest.param("<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>", [], id="tiny data URI"),
        pytest.param("<img src='data:image/svg+xml;base64," + "A" * 900 + "'>", [], id="drawing as data URI"),
        pytest.param("<base href=https://b.example/z/><img src=a.jpg>", [("https://b.example/z/a.jpg",)], id="base"),
        pytest.param("<input type=image src=a.jpg>", [("a.jpg",)], id="input"),
        pytest.param("<object data=a.jpg type=image/jpeg></object>", [("a.jpg",)], id="object"),
        pytest.param("<embed src=a.webp>", [("a.webp",)], id="embed"),
        pytest.param("<svg><image href=a.jpg /></svg>", [("a.jpg",)], id="svg image"),
        pytest.param("<svg><image xlink:href=a.jpg /></svg>", [("a.jpg",)], id="svg image, old"),
        pytest.param("<amp-img src=a.jpg srcset='b.jpg 900w'></amp-img>", [("b.jpg", "a.jpg")], id="amp"),
        pytest.param("<img src=i.gif width=1 height=1><img src=j.png width=32 height=16>", [], id="trackers and icons"),
        pytest.param("<img src=i.png width=33 height=16>", [("i.png",)], id="one point more than an icon"),
        pytest.param("<img src='javascript:x'><img src='file:///etc/passwd'><img src='//['>", [], id="other schemes"),
        pytest.param("<img src='\n a.jpg\t'>", [("a.jpg",)], id="white space"),
        pytest.param("<img src='a b.jpg'>", [("a%20b.jpg",)], id="space inside"),
        pytest.param("<img src='\\\\c.example\\a.jpg'>", [("https://c.example/a.jpg",)], id="backslashes"),
        pytest.param("<img src=logo.svg><link rel=icon href=favicon.ico>", [], id="drawings and icons"),
        pytest.param(
            "<img src=blank.gif data-src=a.jpg><img src=blank.gif data-src=b.jpg>",
            [("a.jpg",), ("b.jpg",)],
            id="a shared placeholder joins nothing",
        ),
        pytest.param(
            "<img src=grey.gif data-src=a.jpg><img src=grey.gif data-src=b.jpg>",
            [("a.jpg", "grey.gif"), ("b.jpg",)],
            id="a shared preview joins nothing",
        ),
        pytest.param(
            "<meta property=og:image content=m.jpg><img src=m.jpg srcset='l.jpg 2000w'>",
            [("l.jpg", "m.jpg")],
            id="a smaller variant seen before",
        ),
    ],
)
def test_every_way_to_embed(html: str, expected: list[tuple[str, ...]]) -> None:
    assert found(html) == expected


def test_select_takes_images_from_these_elements_only() -> None:
    html = (
        "<meta property=og:image content=og.jpg><img class=logo src=logo.jpg>"
        "<div class=post><img src=a.jpg><a href=b.jpg>b</a><a href=/page>page</a></div><a class=full href=c.jpg>c</a>"
    )
    content = read(html, select_images=".post img, a[href]")
    assert [ref.url.removeprefix(BASE) for ref in content.images] == ["a.jpg", "b.jpg", "c.jpg"]


def test_selected_containers_give_what_is_in_them() -> None:
    content = read("<img src=x.jpg><div class=post><img src=a.jpg></div>", select_images=".post")
    assert [ref.url.removeprefix(BASE) for ref in content.images] == ["a.jpg"]


def test_a_linked_stylesheet_is_relative_to_itself() -> None:
    page = read("<link rel=stylesheet href=/css/a.css><link rel='stylesheet' media=print href=/css/p.css>")
    assert page.stylesheets == ("https://site.example/css/a.css",)
    sheet = read_css(ParseJob("css", page.stylesheets[0]), b".x{background:url(../i/a.jpg)} .y{src:url(f.woff)}")
    assert [ref.url for ref in sheet.images] == ["https://site.example/i/a.jpg"]


@pytest.mark.parametrize(
    ("html", "needed"),
    [
        pytest.param("<div id=app></div><script src=/app.js></script>", True, id="an empty mount point"),
        pytest.param("<noscript>Please enable JavaScript</noscript><script src=a.js></script>", True, id="it says so"),
        pytest.param("<script src=a.js></script>", True, id="nothing but a script"),
        pytest.param("<div id=app><p>" + "words " * 60 + "</div><script src=a.js></script>", False, id="words"),
        pytest.param("<div id=app><img src=a.jpg></div><script src=a.js></script>", False, id="a picture"),
        pytest.param("<p>empty</p>", False, id="no script"),
        pytest.param('<div id=app></div><script type="application/json">{"a": 1}</script>', False, id="data only"),
        pytest.param(
            '<div id=__next></div><script src=a.js></script><script type="application/json">{"src":"/a.jpg"}</script>',
            False,
            id="its data name the pictures",
        ),
    ],
)
def test_pages_that_need_a_browser_are_found_out(html: str, needed: bool) -> None:
    assert read(html).needs_browser is needed
