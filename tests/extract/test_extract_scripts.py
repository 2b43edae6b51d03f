# ruff: noqa: E501 -- markup as frameworks write it
"""Data for scripts by what it holds: under any attribute, packed as today's frameworks pack it, without file endings."""

from __future__ import annotations

import base64
import html
import json
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.crawl.extract.attributes import attributes_in
from monitor.crawl.extract.json import images_in_json, images_in_script
from monitor.crawl.extract.literals import documents_in, literal_of
from monitor.crawl.extract.page import read_html
from monitor.crawl.extract.said import Said, in_one_string, of_member, pictures_of
from monitor.model.page import FoundAs, ParseJob

URL = "https://s.example/p/1"


def found(markup: str) -> list[str]:
    """Addresses of pictures, without the site where it is the page's own."""
    images = read_html(ParseJob("html", URL), f"<!doctype html><body>{markup}".encode()).images
    return [image.url.removeprefix("https://s.example") for image in images]


def in_attribute(value: object) -> str:
    return html.escape(json.dumps(value))


LIST = [{"src": "/n/1", "w": 900, "h": 600}, {"src": "/n/2", "w": 900, "h": 600}]
BOTH = ["/n/1", "/n/2"]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "data-photos",
            "data-x-y-z",
            "data-attrs",
            "data-props",
            "data-page",
            "data-component-props",
            "data-react-props",
        ),
        *("wire:snapshot", ":images", "v-bind:items", "x-data", "props", "hx-vals", "elements", "[photos]", "slides"),
        *("ng-init", "@gallery", "uk-lightbox", "data-controller-photos-value"),
    ],
)
@pytest.mark.parametrize("tag", ["div", "my-gallery", "a", "section", "ul"])
def test_json_in_any_attribute(name: str, tag: str) -> None:
    assert found(f'<{tag} {name}="{in_attribute(LIST)}">x</{tag}>') == BOTH
    assert found(f"<{tag} class=x {name}='{json.dumps({'gallery': LIST})}'>x</{tag}>") == BOTH


def test_data_on_a_picture_itself() -> None:
    attrs = in_attribute({"src": "/n/1", "width": 1456, "type": "image/png"})
    assert found(f'<img src="data:," width=1456 height=694 data-attrs="{attrs}">') == ["/n/1"]
    assert found(f'<img src="/shown.jpg" data-attrs="{attrs}">') == ["/shown.jpg", "/n/1"]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        pytest.param("<div x-data=\"{ open: false, images: ['/n/1', '/n/2'] }\">", BOTH, id="Alpine, an object"),
        pytest.param("<div x-data=\"gallery({ images: ['/n/1', '/n/2'], })\">", BOTH, id="Alpine, a call"),
        pytest.param("<div ng-init=\"photos=['/n/1','/n/2']\">", BOTH, id="AngularJS"),
        pytest.param("<x-g :images='[{src: \"/n/1\", width: 900, height: 600}, {url: `/n/2`, mime: \"image/webp\"}]'></x-g>", BOTH, id="Vue, as scripts write it"),
        pytest.param(f"<div data-x='{base64.b64encode(json.dumps({'photos': BOTH, 'more': 'x' * 40}).encode()).decode()}'>", BOTH, id="Base64"),
        pytest.param('<div data-x="%7B%22photos%22%3A%5B%22%2Fn%2F1%22%2C%22%2Fn%2F2%22%5D%7D">', BOTH, id="escaped as in an address"),
        pytest.param('<div wire:snapshot="' + in_attribute({"data": {"photos": [[[{"url": "/n/1", "width": 900, "height": 9000}, {"s": "arr"}], [{"url": "/n/2", "width": 900, "height": 600}, {"s": "arr"}]], {"s": "arr"}]}, "memo": {"id": "x"}, "checksum": "ab"}) + '">', BOTH, id="Livewire"),
        pytest.param('<div id="app" data-page="' + in_attribute({"component": "Album", "props": {"album": {"photos": [{"id": 1, "image_url": "/n/1"}, {"id": 2, "image_url": "/n/2"}]}, "auth": {"user": {"avatar_url": "/u/1"}}}, "url": "/album", "version": "x"}) + '">', BOTH, id="Inertia"),
        pytest.param('<script data-page="app" type="application/json">' + json.dumps({"component": "Album", "props": {"cover": "/n/1", "photos": ["/n/2"]}}) + "</script>", BOTH, id="Inertia 2, a script"),
        pytest.param('<astro-island props="' + in_attribute({"images": [1, [[0, {"src": [0, "/n/1"], "width": [0, 900], "height": [0, 600]}], [0, {"src": [0, "/n/2"], "width": [0, 900], "height": [0, 600]}]]], "title": [0, "x"]}) + '"></astro-island>', BOTH, id="Astro, objects"),
        pytest.param('<astro-island props="' + in_attribute({"images": [1, [[0, "/n/1"], [0, "/n/2"]]]}) + '"></astro-island>', BOTH, id="Astro, a list"),
        pytest.param('<astro-island props="' + in_attribute({"images": [1, json.dumps([[0, {"src": [0, "/n/1"], "mime": [0, "image/png"]}], [0, {"image": [0, "/n/2"]}]])]}) + '"></astro-island>', BOTH, id="Astro 2, JSON in JSON"),
        pytest.param('<gallery-view images="/n/1.jpg,/n/2.jpg"></gallery-view>', ["/n/1.jpg", "/n/2.jpg"], id="a comma list in an attribute"),
        pytest.param('<div data-images="/n/1.jpg, /n/2.jpg, "></div>', ["/n/1.jpg", "/n/2.jpg"], id="with spaces"),
        pytest.param('<div data-photos="/n/1.jpg|/n/2.jpg"></div>', ["/n/1.jpg", "/n/2.jpg"], id="lists with bars"),
        pytest.param('<div data-images="/n/1,/n/2"></div>', BOTH, id="a comma list without endings"),
        pytest.param('<div data-photo-url="/n/1" data-cover="https://s.example/n/2"></div>', BOTH, id="an address without an ending, where the name says picture"),
        pytest.param("<x-g :images=\"['/n/1','/n/2']\"></x-g>", BOTH, id="Vue, a list in single quotes"),
        pytest.param('<input type=hidden name=gallery value="' + in_attribute({"images": BOTH}) + '">', BOTH, id="a hidden field"),
        pytest.param('<meta name=state content="' + in_attribute({"images": BOTH}) + '">', BOTH, id="a meta element"),
        pytest.param('<div data-x="' + html.escape(in_attribute({"images": BOTH})) + '">', BOTH, id="escaped twice"),
        pytest.param("<div data-x={&quot;images&quot;:[&quot;/n/1&quot;,&quot;/n/2&quot;]}>", BOTH, id="without quotes"),
        pytest.param('<div data-x="' + base64.urlsafe_b64encode(json.dumps({"images": BOTH, "x": "??>>"}).encode()).decode() + '">', BOTH, id="Base64 for addresses"),
        pytest.param('<div data-html="&lt;img src=/n/1.jpg&gt;">', ["/n/1.jpg"], id="markup"),
        pytest.param('<div data-x="' + in_attribute({"html": "<img src=/n/1.jpg>"}) + '">', ["/n/1.jpg"], id="markup in JSON"),
        pytest.param('<a href=# data-lg="' + in_attribute({"src": "/n/1", "thumb": "/n/1-t"}) + '">x</a>', ["/n/1"], id="what a small one opens"),
        pytest.param('<div data-count="12" data-avatar-url="/u/1" data-image-id="/n/1" data-photo-count="/9"></div>', [], id="names that say something else"),
        pytest.param('<p class="[&>img]:w-[10px]" style="{}" title="[a]" data-x="[not so fast]">', [], id="brackets are not data"),
    ],
)  # fmt: skip
def test_attributes_of_frameworks(markup: str, expected: list[str]) -> None:
    assert found(markup) == expected


FLIGHT = '5:["$","div",null,{"children":["$","img",null,{"src":"/n/1","alt":"x"}]}]\n6:I[123,["a.js"],"X"]\n7:T11,<img src="/n/2">'
NUXT = [
    ["ShallowReactive", 1],
    {"data": 2, "state": 9},
    {"album": 3},
    {"photos": 4},
    [5, 6],
    {"url": 7, "width": 8, "height": 8},
    {"image": 10},
    "/n/1",
    900,
    {},
    "/n/2",
]
TURBO = [
    {"_1": 2},
    "loaderData",
    {"_3": 4},
    "routes/album",
    {"_5": 6},
    "photos",
    [7, 10],
    {"_8": 9},
    "imageUrl",
    "/n/1",
    {"_8": 11},
    "/n/2",
]
QWIK = {"ctx": {}, "objs": [{"src": "1", "width": "2", "height": "2"}, "/n/1", 900, {"image": "4"}, "/n/2"], "subs": []}


def script(text: str, kind: str = "") -> str:
    return f"<script{kind and f' type={kind}'}>{text}</script>"


def pushed(text: str, *cuts: int) -> str:
    """Next.js cuts the stream where it likes."""
    ends = [0, *cuts, len(text)]
    return "".join(script(f"self.__next_f.push([1,{json.dumps(text[a:b])}])") for a, b in pairwise(ends))


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        pytest.param('<script id="__NEXT_DATA__" type="application/json">' + json.dumps({"props": {"pageProps": {"post": {"images": LIST, "author": {"image": "/u/1"}}}}}) + "</script>", BOTH, id="Next.js, pages"),
        pytest.param(pushed(FLIGHT), BOTH, id="Next.js, server components"),
        pytest.param(pushed(FLIGHT, 20, 61), BOTH, id="Next.js, cut within an address"),
        pytest.param('<script type="application/json" id="__NUXT_DATA__">' + json.dumps(NUXT) + "</script>", BOTH, id="Nuxt 3 and 4"),
        pytest.param(script("window.__NUXT__={data:[{photos:[{src:\"\\u002Fn\\u002F1\",width:900,height:600},{image:\"\\u002Fn\\u002F2\"}]}]}"), BOTH, id="Nuxt 2"),
        pytest.param(script("window.__reactRouterContext.streamController.enqueue(" + json.dumps(json.dumps(TURBO) + "\n") + ");"), BOTH, id="React Router"),
        pytest.param(script("window.__remixContext = " + json.dumps({"state": {"loaderData": {"routes/x": {"photos": LIST}}}}) + ";"), BOTH, id="Remix"),
        pytest.param(script('__sveltekit_1a = { base: new URL(".", location).pathname.slice(0, -1) }; Promise.all([import("/a.js")]).then(([kit, app]) => { kit.start(app, element, { node_ids: [0, 2], data: [null,{type:"data",data:{photos:[{url:"/n/1",width:900,height:600},{url:"/n/2",width:900,height:600}]},uses:{}}], form: null, error: null }); });'), BOTH, id="SvelteKit"),
        pytest.param('<script type="application/json" data-sveltekit-fetched data-url="/api/x">' + json.dumps({"status": 200, "body": json.dumps({"photos": LIST})}) + "</script>", BOTH, id="SvelteKit, what it fetched"),
        pytest.param(script('{"type":"data","nodes":[null,{"type":"data","data":[{"photos":1},[2,5],{"image_url":3,"n":4},"/n/1",1,{"image_url":6,"n":4},"/n/2"]}]}', "application/json"), BOTH, id="SvelteKit, __data.json"),
        pytest.param(script("window.pagePath='/a';window.___pageData=" + json.dumps({"result": {"data": {"img": {"childImageSharp": {"gatsbyImageData": {"images": {"fallback": {"src": "/n/1", "srcSet": "/n/1 750w,\n/n/2 1500w"}}, "width": 900, "height": 600}}}}}})), ["/n/2"], id="Gatsby: one picture in two sizes"),
        pytest.param(script("window.__APOLLO_STATE__=" + json.dumps({"Photo:1": {"__typename": "Photo", "id": "1", "url": "/n/1"}, "Photo:2": {"__typename": "Photo", 'url({"w":9})': "/x", "displayUrl": "/n/2"}})), BOTH, id="Apollo"),
        pytest.param(script("window.__INITIAL_STATE__ = " + json.dumps({"entities": {"photos": {"1": {"url": "/n/1", "mime": "image/webp"}, "2": {"path": "/n/2", "content_type": "image/jpeg"}}}}) + ";(function(){var s;}());"), BOTH, id="Redux"),
        pytest.param(script("window.__PRELOADED_STATE__ = " + json.dumps({"media": LIST}).replace("/", "\\u002F")), BOTH, id="Redux, slashes escaped"),
        pytest.param('<script id="ng-state" type="application/json">' + json.dumps({"123": {"b": {"photos": LIST}, "h": {}, "s": 200, "u": "/api/x", "rt": "json"}}) + "</script>", BOTH, id="Angular"),
        pytest.param('<script id="serverApp-state" type="application/json">' + json.dumps({"a": {"photos": LIST}}).replace('"', "&q;") + "</script>", BOTH, id="Angular before 16"),
        pytest.param('<script type="qwik/json">' + json.dumps(QWIK) + "</script>", BOTH, id="Qwik"),
        pytest.param(script(json.dumps([4, [5, [0, "src", 0, "/n/1", 0, "width", 0, 900, 0, "height", 0, 600], 5, [0, "image", 0, "/n/2", 0, "n", 0, 1]]]), "qwik/state"), BOTH, id="Qwik 2"),
        pytest.param(script("var image = 'https://s.example/n/1'; var cfg = {imageUrl: \"\\x2fn\\x2f2\"};"), BOTH, id="names and keys, escaped"),
        pytest.param(script('gallery([{type: "image", url: "/n/1"}, {type: "video", url: "/v/1", poster: "/n/2"}])'), BOTH, id="a film's still, not the film"),
        pytest.param(script(json.dumps({"@context": "https://schema.org", "@type": "ImageObject", "contentUrl": "/n/1"}), "application/ld+json"), ["/n/1"], id="schema.org"),
        pytest.param(script(json.dumps({"photo": {"data": {"attributes": {"url": "/n/1", "formats": {"large": {"url": "/n/1-l"}}}}}}), "application/json"), ["/n/1", "/n/1-l"], id="Strapi"),
        pytest.param(script(json.dumps({"fields": {"picture": {"fields": {"file": {"url": "//s.example/n/1", "contentType": "image/jpeg"}}}}}), "application/json"), ["/n/1"], id="Contentful"),
        pytest.param(script(json.dumps({"urls": {"raw": "/n/1?raw", "full": "/n/1?full", "small": "/n/1?small"}}), "application/json"), ["/n/1?full"], id="Unsplash: several sizes"),
        pytest.param(script(json.dumps({"edge_sidecar": {"edges": [{"node": {"display_url": "/n/1"}}, {"node": {"display_url": "/n/2"}}]}}), "application/json"), BOTH, id="Instagram"),
        pytest.param(script('{"images": "/n/1.jpg,/n/2.jpg"}', "application/json"), ["/n/1.jpg", "/n/2.jpg"], id="a comma list"),
        pytest.param(script('{"image": "https://s.example/w_9,h_9/n/1"}', "application/json"), ["/w_9,h_9/n/1"], id="a comma in an address"),
        pytest.param(script('{"images": "/n/1,/n/2"}', "application/json"), BOTH, id="a comma list without endings"),
        pytest.param(script('{"images":["/n/1"],"image":"/n/2"}', "text/plain"), BOTH, id="JSON in a script of another type"),
        pytest.param(script(json.dumps({"body": "text ![a](/n/1.jpg) and [img]/n/2.jpg[/img]"}), "application/json"), ["/n/1.jpg", "/n/2.jpg"], id="Markdown and BBCode"),
        pytest.param(script(json.dumps({"style": "background-image:url('/n/1.jpg'), url(/n/2.jpg)"}), "application/json"), ["/n/1.jpg", "/n/2.jpg"], id="CSS"),
        pytest.param(script('x={"images":"/e/a.jpg?a=1&amp;b=2,/e/b.jpg?a=1&amp;b=2"}'), ["/e/a.jpg?a=1&b=2", "/e/b.jpg?a=1&b=2"], id="a comma list, escaped"),
        pytest.param(script('x={"url":"/e/a.jpg?a=1&copy=2"}'), ["/e/a.jpg?a=1&copy=2"], id="what only looks escaped"),
        pytest.param('<textarea hidden>[{"image":"/n/1"},{"image":"/n/2"}]</textarea>', BOTH, id="in a field"),
        pytest.param(script('x={"url":"/e/a.jpg?w=9&amp;s=b"}'), ["/e/a.jpg?w=9&s=b"], id="an ampersand as in markup"),
        pytest.param(script('x={"url":"\\/e\\/a.jpg?w=9\\u0026s=b"}'), ["/e/a.jpg?w=9&s=b"], id="an ampersand as in a script"),
    ],
)  # fmt: skip
def test_state_of_frameworks(markup: str, expected: list[str]) -> None:
    assert sorted(found(markup)) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"image": "/about.html"}', id="a page"),
        pytest.param('{"image_id": "/n/1", "imageAlt": "a/b c", "image_count": "1/2"}', id="what is said of a picture"),
        pytest.param('{"url": "/n/1"}', id="an address of anything"),
        pytest.param('{"video": {"url": "/v/1", "width": 900, "height": 600, "type": "video/mp4"}}', id="a film"),
        pytest.param('{"embed": {"type": "iframe", "src": "/v/1", "width": 900, "height": 600}}', id="a frame"),
        pytest.param('{"user": {"avatar": {"url": "/u/1", "width": 90, "height": 90}}, "emoji": {"image": "/e/1"}}', id="who shows it"),
        pytest.param('{"ad": {"image": "/ad/1"}, "sponsors": [{"image": "/ad/2"}], "logo": "/l"}', id="what is paid for"),
        pytest.param('{"icon": {"src": "/i", "width": 16, "height": 16}, "dot": {"src": "/i", "width": 16, "height": 16}}', id="small ones"),
        pytest.param('{"mime": "image/webp", "accept": "image/*"}', id="a type is no address"),
        pytest.param('{"image": "#", "photo": "photo", "picture": "/", "img": "", "cover": "a b/c"}', id="no addresses"),
        pytest.param('{"images": [1, null, true, {"n": 1}]}', id="no texts"),
        pytest.param('{"photo": {"author": {"url": "/u/ann"}, "permalink": "/p/1", "href": "/p/1"}}', id="pages about a picture"),
        pytest.param('{"image": "javascript:x/y", "img": "mailto:a/b"}', id="other schemes"),
    ],
)  # fmt: skip
def test_what_is_no_picture(text: str) -> None:
    assert found(script(text, "application/json")) == []
    assert found(f'<div data-x="{html.escape(text)}"></div>') == []


def test_what_only_a_key_says_comes_last_and_wears_the_word() -> None:
    page = script('{"image": "/n/1", "photo": "/a.jpg"}', "application/json") + '<img src="/shown.jpg">'
    images = read_html(ParseJob("html", URL), page.encode()).images
    told = [(image.url.removeprefix("https://s.example"), image.found_as) for image in images]
    assert told == [("/a.jpg", FoundAs.JSON), ("/shown.jpg", FoundAs.IMG), ("/n/1", FoundAs.SAID)]
    both = read_html(ParseJob("html", URL), (page + '<img src="/n/1">').encode()).images
    assert [image.found_as for image in both].count(FoundAs.SAID) == 0


@pytest.mark.parametrize("depth", [1, 2, 5, 12])
def test_shadow_roots_in_shadow_roots(depth: int) -> None:
    inner = '<img src="/n/1">'
    for number in range(depth):
        inner = f'<my-{number}x><template shadowrootmode="{"closed" if number % 2 else "open"}">{inner}</template></my-{number}x>'
    assert found(inner) == ["/n/1"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("{a: 1, 'b': \"x\", c: `y`,}", {"": [{"a": 1, "b": "x", "c": "y"}]}, id="an object"),
        pytest.param("a = 'x'; b = a; c == 'y'; d => 'z'", {"a": "x", "": ["y", "z"]}, id="names"),
        pytest.param("f({k: ['x', [1, 2.5]]})", {"": [{"k": ["x", [1, 2.5]]}]}, id="a call"),
        pytest.param("u = '/a/' + n + '.jpg'; v = `/${n}.jpg`", {}, id="what is put together is no address"),
        pytest.param("a = /[\"']/g; b = 'x'", {"b": "x"}, id="quotes in a pattern"),
        pytest.param("// don't\nb = 'x' /* \" */; c = \"y\"", {"b": "x", "c": "y"}, id="quotes in comments"),
        pytest.param("a = 'x", {}, id="a quote that nothing closes"),
        pytest.param("}]){a: 'x'", {"": [{"a": "x"}]}, id="brackets that nothing opened, and one that nothing closes"),
        pytest.param("a = '1'; a = '2'", {"a": "1", "": [{"a": "2"}]}, id="one name twice"),
        pytest.param(r"a = '\x2f\u002F\u{2f}\/\'\n'", {"a": "////'\n"}, id="escapes"),
    ],
)
def test_literals(text: str, expected: object) -> None:
    assert literal_of(text) == expected


PHOTO = '{"photos": [{"image": "/n/1.jpg"}, {"src": "/n/2.jpg"}]}'
FILES = ["/n/1.jpg", "/n/2.jpg"]


def escaped(text: str, way: str) -> str:
    """Everything that is no letter or digit, as template engines write it in a script's string."""
    return "".join(c if c.isalnum() else way.format(ord(c)) for c in text)


def quotes(text: str, written: str) -> str:
    return text.replace('"', written)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("var g=JSON.parse('" + escaped(PHOTO, "\\x{:02X}") + "');", id="Twig"),
        pytest.param("g = '" + escaped(PHOTO, "\\x{:02x}") + "'", id="hex, small letters"),
        pytest.param('JSON.parse("' + escaped(PHOTO, "\\u{:04X}") + '")', id="all as \\u"),
        pytest.param('JSON.parse("' + escaped(PHOTO, "\\u{{{:x}}}") + '")', id="all as \\u{}"),
        pytest.param('JSON.parse("' + quotes(PHOTO, "\\u0022") + '")', id="Django, older"),
        pytest.param("JSON.parse('" + quotes(PHOTO, "\\x22") + "')", id="quotes alone, hex"),
        pytest.param("JSON.parse(`" + quotes(PHOTO, "\\u0022") + "`)", id="a template literal"),
        pytest.param("const o = { data: '" + quotes(PHOTO, "\\x22") + "' }", id="a member"),
        pytest.param("f(1, '" + quotes(PHOTO, "\\x22").replace("/", "\\x2f") + "', 2)", id="an argument"),
        pytest.param("g='" + quotes('["/n/1.jpg","/n/2.jpg"]', "\\x22") + "', images=1", id="a list of texts"),
        pytest.param("g = '" + quotes(PHOTO, "&quot;") + "'.replace(/&quot;/g, q)", id="escaped as markup"),
        pytest.param("g = \"{'photos': [{'image': '/n/1.jpg'}, {'src': '/n/2.jpg'}]}\"".replace("'", "\\x27"), id="single quotes"),
    ],
)  # fmt: skip
def test_json_in_strings_with_escaped_quotes(text: str) -> None:
    assert sorted(found(script(text))) == FILES
    assert sorted(found(script("var before = 'it\\x27s'; " + text + "; after({a: 1})"))) == FILES


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"id": "/d/dl/7", "mime_type": "image/jpeg"}, ["/d/dl/7"]),
        ({"download": "/d/dl/7", "contentType": "image/jpeg"}, ["/d/dl/7"]),
        ({"kind": "photo", "link": "/d/dl/7"}, ["/d/dl/7"]),
        ({"s": "/d/dl/7", "w": 800, "h": 600}, ["/d/dl/7"]),
        ({"__typename": "Photo", "id": "77", "loc": "https://s.example/d/7"}, ["/d/7"]),
        ({"type": "image", "xyz": "/d/7", "page": "/p/7", "profile": "/u/ann", "html_url": "/p/7.html"}, ["/d/7"]),
        ({"type": "image", "ref": "/d/7", "permalink": "/p/7", "author_link": "/u/ann"}, ["/d/7"]),
        ({"mime": "image/webp", "download": "/d/7", "more": "/m/7"}, ["/d/7"]),
        ({"mime": "image/webp", "body": "d/files/7", "taken": "2026/11/29", "tz": "Europe/Berlin"}, ["/p/d/files/7"]),
        ({"mime": "image/webp", "id": "aGVsbG8/d2Vs"}, []),
        ({"mime": "image/webp", "a": "/d/7", "b": "/d/8"}, []),
        ({"mime": "image/webp", "page": "/p/7", "profile": "/u/ann", "self": "/api/7"}, []),
        ({"mime": "text/html", "link": "/p/7"}, []),
        ({"mime": "video/mp4", "download": "/d/7"}, []),
        ({"mime": "image/webp", "accepts": "image/*", "date": "2026/11/29", "iso": "1/250"}, []),
        ({"type": "image", "id": "gid://shop/Image/7"}, []),
        ({"w": 800, "h": 600, "iframe": "/e/7", "note": "either / or"}, []),
        ({"link": "/d/7", "w": 16, "h": 16}, []),
    ],
    ids=str,
)
def test_the_one_address_of_what_says_that_it_is_a_picture(item: dict[str, object], expected: list[str]) -> None:
    assert found(script(json.dumps({"files": [item]}), "application/json")) == expected


@given(st.text(alphabet="{}[]:,='\"`\\/ax1 \n*+;", max_size=300))
def test_no_script_breaks_the_reader(text: str) -> None:
    documents_in(text)
    images_in_script(f"image:{text}", [])
    images_in_json(text, [], linked_data=False)


@given(st.recursive(st.none() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.sampled_from(["image", "url", "objs", "_1", "type", "a"]), inner, max_size=6), max_leaves=30))  # fmt: skip
def test_no_document_breaks_the_walk(document: object) -> None:
    images_in_json(json.dumps(document), [], linked_data=False)


def test_objects_that_hold_each_other() -> None:
    ring = [{"a": 1, "photo": 2}, {"b": 0}, {"url": 3}, "/n/1"]
    assert found(script(json.dumps(ring), "application/json")) == ["/n/1"]


@pytest.mark.rows(5)
@pytest.mark.parametrize(
    "text",
    [
        *('image="' + '\\"' * 60_000, "image:" + "\"'" * 60_000, "image:" + "{" * 120_000, "image=/[" * 30_000),
        *("image:/*" * 40_000, "image:" + "[{" * 60_000, "image" * 30_000, "image=({" * 40_000, "image:'" + "a,/" * 60_000),
        *('image:"' + "/a,b" * 40_000 + '"', 'self.__next_f.push([1,"' * 20_000, "image:`${" * 40_000),
        *("image='" + "{\\x22" * 40_000, "\\x22:" * 60_000, "image='" + "\\x5c" * 40_000 + "\\x22:'", "image:'" + "[{\\x22a\\x22:'" * 9_000),
    ],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_hostile_scripts_take_time_in_proportion(text: str) -> None:
    page = f"<script>{text}</script><div data-x='{text.replace(chr(39), '')[:100_000]}'></div><img src=/good.jpg>"
    began = time.process_time()
    assert "/good.jpg" in found(page)
    assert time.process_time() - began < 20  # a square of it would be minutes


def test_attribute_names_are_escaped_and_bounded() -> None:
    markup = "".join(f"<p a{n}:b.c='[{{}}]'>" for n in range(500))
    names = attributes_in(markup)
    assert len(names) <= 60
    assert names[0] == r"a0\:b\.c"


def test_what_keys_say() -> None:
    assert of_member("coverImage", Said.NOTHING) is Said.PICTURE
    assert of_member("image_id", Said.NOTHING) is Said.NOTHING
    assert of_member("data", Said.PICTURE) is Said.PICTURE
    assert of_member("comments", Said.PICTURE) is Said.NOTHING
    assert of_member("image", Said.NOT_SHOWN) is Said.NOT_SHOWN
    assert in_one_string("a.jpg,b.txt", Said.PICTURE) == []
    assert pictures_of({"url": "/n/1"}, Said.PICTURE) == [[(90.0, "/n/1")]]
