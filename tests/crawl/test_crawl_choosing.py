"""Which links are followed where the program chooses, by markup and address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.crawl.choosing import SURE, does_something, is_never_followed, learnt, offers_of, scaled
from monitor.crawl.link_shapes import shape_of
from monitor.model.page import LinkMark, PageLink
from monitor.ports.facts import Led

S = "https://site.example"


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/", "/"),
        ("/threads/my-holidays.1234/", "/threads/*.#/"),
        ("/threads/other.9/page-2", "/threads/*.#/*"),
        ("/t/some-words/512", "/t/*/#"),
        ("/topic/512/some-words", "/topic/#/*"),
        ("/viewtopic.php?f=3&t=77", "/viewtopic.php?f=#&t=#"),
        ("/viewtopic.php?t=78&f=4", "/viewtopic.php?f=#&t=#"),
        ("/index.php?topic=55.0", "/index.php?topic=*"),
        ("/index.php?action=logout", "/index.php?action=logout"),
        ("/wiki/File:Cat.jpg", "/wiki/file:*"),
        ("/wiki/Main_Page", "/wiki/*"),
        ("/index.php?title=File:Cat.jpg", "/index.php?title=file:*"),
        ("/2026/11/01/trip/", "/#/#/#/*/"),
        ("/b/res/1234.html", "/b/res/#.html"),
        ("/b/", "/b/"),
        ("/user/ann", "/user/*"),
        ("/trip to the sea/index.html", "/*/*.html"),
        ("/?p=12", "/?p=#"),
        ("/#/gallery/first", "/#/gallery/*"),
        ("/docs/#!/guide", "/*/#/*"),
        ("/index.php?/category/3", "/index.php?/category/3"),
    ],
)
def test_addresses_of_one_kind_have_one_shape(path: str, shape: str) -> None:
    assert shape_of(S + path) == shape


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/logout",
            "/user/logout",
            "/index.php?action=logout;abc=1",
            "/ucp.php?mode=logout&sid=1",
            "/member.php?action=logout",
        ),
        *("/wp-login.php", "/login/?next=/", "/wp-admin/", "/index.php?action=register", "/entry/signin?Target=x"),
        *(
            "/post/12/delete",
            "/delete/12",
            "/posts/delete?id=3",
            "/posting.php?mode=delete&p=3",
            "/?action=delete&id=3",
        ),
        *("/posting.php?mode=reply&t=3", "/newreply.php?tid=3", "/index.php?action=post;topic=3", "/?p=3&replytocom=9"),
        *("/posts/12/report", "/report.php?p=3", "/index.php?action=reporttm;topic=1", "/threads/a.1/reply?quote=4"),
        *("/vote?id=3&how=up", "/topic/3/vote", "/item/3/like", "/photo/3/rate", "/?vote=up&id=2"),
        *(
            "/topic/3?sort=new",
            "/list?orderby=date",
            "/album/?order=asc",
            "/?C=N;O=D",
            "/files/?C=M&O=A",
            "/x/?c=s&o=d",
        ),
        *(
            "/printthread.php?tid=3",
            "/index.php?action=printpage;topic=3",
            "/viewtopic.php?t=3&view=print",
            "/post/3/print",
        ),
        *("/post/3/?share=facebook", "/post/3/share", "/?add-to-cart=9", "/cart/", "/shop/checkout"),
        *("/calendar/", "/calendar.php?day=3", "/events?month=2026-11", "/index.php?action=calendar"),
        *(
            "/w/index.php?title=A&action=edit",
            "/w/index.php?title=A&oldid=3",
            "/w/index.php?title=A&action=edit&redlink=1",
        ),
        *("/w/index.php?title=A&printable=yes", "/feed/", "/comments/feed", "/random", "/search?q=x", "/search.php"),
        *(
            "/doku.php?id=a&do=edit",
            "/doku.php?id=a&do=backlink",
            "/download-all",
            "/x/?zip",
            "/x/?tar",
            "/user/settings",
        ),
        *(
            "/goto?url=https://a.example",
            "/unsubscribe?u=3",
            "/topic/3/subscribe",
            "/index.php?action=markasread;sa=all",
        ),
        *(
            "/cdn-cgi/l/email-protection",
            "/wp-json/wp/v2/posts",
            "/topic/3?lang=de",
            "/post/1/edit",
            "/api/v3/post/list",
        ),
    ],
)
def test_what_does_something_is_never_followed(path: str) -> None:
    assert does_something(S + path, S + "/topic/1")


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/threads/my-holidays.1/",
            "/viewtopic.php?t=3",
            "/index.php?topic=3.0",
            "/showthread.php?tid=3",
            "/t/words/3",
        ),
        *(
            "/t/how-to-delete-a-post/3",
            "/threads/please-report.4/",
            "/blog/my-login-to-life/",
            "/album/share-of-the-sea",
        ),
        *(
            "/forum/viewforum.php?f=3",
            "/index.php?board=2.0",
            "/c/general/4",
            "/wiki/File:Cat.jpg",
            "/wiki/Reply_(film)",
        ),
        *(
            "/share/AbCd1234",
            "/s/abcd",
            "/displayimage.php?pid=3",
            "/index.php?/category/2",
            "/picture.php?/3/category/1",
        ),
        *("/?p=12", "/?page_id=2", "/index.php?page=post&s=view&id=3", "/photos/ann/123", "/b/res/12.html", "/garden/"),
    ],
)
def test_pages_are_no_deeds(path: str) -> None:
    assert not does_something(S + path, S + "/")
    assert not is_never_followed(PageLink(S + path), S + "/start")


def test_what_stands_in_every_address_of_a_site_says_nothing() -> None:
    assert does_something(f"{S}/topic.php?id=3&lang=de", f"{S}/?id=1")
    assert not does_something(f"{S}/topic.php?id=3&lang=de", f"{S}/?lang=de")


@pytest.mark.parametrize(
    ("link", "page", "never"),
    [
        pytest.param("https://other.example/topic/3", f"{S}/", True, id="another site"),
        pytest.param("https://www.site.example/topic/3", f"{S}/", False, id="another host of the site"),
        pytest.param(f"{S}/a/", f"{S}/a/b/", True, id="up"),
        pytest.param(f"{S}/", f"{S}/a/b/", True, id="to the front page"),
        pytest.param(f"{S}/a/b/c/", f"{S}/a/b/", False, id="down"),
        pytest.param(f"{S}/other/", f"{S}/a/b/", False, id="beside"),
        pytest.param(f"{S}/a.zip", f"{S}/", True, id="an archive"),
        pytest.param(f"{S}/a.pdf", f"{S}/", True, id="a document"),
        pytest.param(f"{S}/README.md", f"{S}/", True, id="a text"),
        pytest.param(f"{S}/some-thread.123", f"{S}/", False, id="a number is no ending"),
        pytest.param(f"{S}/wiki/Mr._Example", f"{S}/", False, id="a dot is no ending"),
        pytest.param(f"{S}/wiki/File:Film.webm", f"{S}/", False, id="a page about a file"),
        pytest.param(f"{S}/list?view=grid", f"{S}/list", True, id="another view of the same page"),
        pytest.param(f"{S}/list?album=3", f"{S}/list", False, id="another page at the same address"),
    ],
)
def test_where_a_link_leads_decides_too(link: str, page: str, never: bool) -> None:
    assert is_never_followed(PageLink(link), page) is never


def worths(*links: PageLink, page: str = f"{S}/") -> dict[str, int]:
    return {one.url.removeprefix(S): one.worth for one in offers_of(links, page)}


def test_what_stands_round_a_picture_is_worth_most_and_what_is_on_every_page_least() -> None:
    found = worths(
        PageLink(f"{S}/garden-one/", (LinkMark.PICTURE, LinkMark.MAIN)),
        PageLink(f"{S}/words-in-menu/", (LinkMark.FURNITURE,)),
        PageLink(f"{S}/post/some-words", (LinkMark.ENTRY, LinkMark.HEADING, LinkMark.MAIN)),
        PageLink(f"{S}/user/ann", (LinkMark.MAIN, LinkMark.PERSON)),
        PageLink(f"{S}/tag/sea", (LinkMark.MAIN, LinkMark.TAG)),
        PageLink(f"{S}/about", (LinkMark.MAIN,)),
    )
    assert set(found) == {"/garden-one/", "/post/some-words"}
    assert all(worth >= SURE for worth in found.values())


def test_addresses_that_are_alike_are_most_likely_what_a_page_lists() -> None:
    few = worths(*(PageLink(f"{S}/some-words-{n}/", (LinkMark.MAIN,)) for n in range(2)))
    many = worths(*(PageLink(f"{S}/some-words-{n}/", (LinkMark.MAIN,)) for n in range(5)))
    assert all(0 < worth < SURE for worth in few.values())
    assert all(worth >= SURE for worth in many.values())


def test_what_was_seen_behind_a_shape_weighs() -> None:
    assert learnt(Led()) == 0
    assert learnt(Led(1, 0)) == 0  # one page may be an empty one
    assert learnt(Led(4, 0)) < learnt(Led(2, 0)) < 0 < learnt(Led(4, 1)) <= learnt(Led(4, 4))


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_what_is_remembered_is_bounded_and_forgets_no_success(visited: int, showed: int) -> None:
    led = scaled(Led(visited, min(visited, showed)))
    assert led.visited <= 20 and led.showed <= led.visited
    assert bool(led.showed) == bool(min(visited, showed))


@given(st.text(max_size=60), st.sampled_from(list(LinkMark)))
def test_no_address_raises(text: str, mark: LinkMark) -> None:
    for url in (f"{S}/{text}", f"{S}/?{text}", f"{S}/#/{text}"):
        offers_of((PageLink(url, (mark,)),), S)
        shape_of(url)
