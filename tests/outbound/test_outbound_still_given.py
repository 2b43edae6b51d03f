"""What a saved page is given when a screenshot is made of it, and what the strip above it says."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime

import pytest

from monitor.model.ids import digest_of
from monitor.model.screenshot import SavedPage, SavedPicture, SavedSheet
from monitor.outbound.browser.still_given import InHand, for_browser, name_of, page_type
from monitor.outbound.browser.still_rendered import as_scripts_left_it
from monitor.outbound.browser.strip import MAX_ADDRESS_CHARS, notes_of, strip_page

OURS = b"\xff\xd8\xff ours"
DIGEST = "ab" * 32
SITE = "https://site.example"
ADDRESSES = frozenset({f"{SITE}/ours.jpg", f"data:sha256,{DIGEST}"})


def saved(**more: object) -> SavedPage:
    values: dict[str, object] = {
        "url": f"{SITE}/t/1",
        "account": "someone",
        "fetched_at": datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC),
        "body": b"<p>said</p>",
        "media_type": "text/html; charset=utf-8",
        "page_digest": digest_of(b"as it came"),
        "picture": SavedPicture(
            OURS,
            "image/jpeg",
            frozenset({f"{SITE}/ours.jpg", f"data:sha256,{DIGEST}"}),
            frozenset({f"{SITE}/thumb.jpg"}),
        ),
        "sheets": (SavedSheet(f"{SITE}/a.css", b"p{color:red}"),),
        "sizes": {f"{SITE}/known.jpg": (640, 480), f"{SITE}/vast.jpg": (10**9, 0)},
        **more,
    }
    return SavedPage(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "kind", "media_type", "said"),
    [
        pytest.param(f"{SITE}/ours.jpg", "image", "image/jpeg", OURS, id="ours"),
        pytest.param(f"{SITE}/ours.jpg#x", "image", "image/jpeg", OURS, id="ours with a fragment"),
        pytest.param("http://site.example/ours.jpg", "image", "image/jpeg", OURS, id="ours by another scheme"),
        pytest.param(f"https://taken-out.invalid/{DIGEST}", "image", "image/jpeg", OURS, id="ours, written in"),
        pytest.param(f"{SITE}/ours.jpg?2", "image", "image/svg+xml", b'width="320"', id="not ours"),
        pytest.param(f"{SITE}/known.jpg", "image", "image/svg+xml", b'width="640" height="480"', id="its true size"),
        pytest.param(f"{SITE}/vast.jpg", "image", "image/svg+xml", b'width="20000" height="1"', id="a bounded size"),
        pytest.param("https://taken-out.invalid/tiny/gif", "image", "image/svg+xml", b'width="1"', id="a dot"),
        pytest.param(f"{SITE}/a.css", "stylesheet", "text/css", b"p{color:red}", id="a style sheet in hand"),
        pytest.param(f"{SITE}/b.css", "stylesheet", "", b"", id="a style sheet that is not"),
        pytest.param(f"{SITE}/a.css", "script", "", b"", id="as a script"),
        pytest.param(f"{SITE}/ours.jpg", "script", "", b"", id="ours as a script"),
        pytest.param(f"{SITE}/f.woff2", "font", "", b"", id="a font"),
        pytest.param(f"{SITE}/f.mp4", "media", "", b"", id="a film"),
        pytest.param(f"{SITE}/x", "other", "", b"", id="whatever else"),
        pytest.param("wss://site.example/", "websocket", "", b"", id="a socket"),
    ],
)
def test_nothing_else_is_given(url: str, kind: str, media_type: str, said: bytes) -> None:
    hand = InHand(saved())
    answer = hand.give(url, kind)
    assert (answer.media_type if answer else "") == media_type
    assert said in (answer.body if answer else b"")
    assert len(hand.refused) + len(hand.sheets_refused) == (answer is None)
    assert len(hand.greyed) == (media_type == "image/svg+xml")


@pytest.mark.parametrize(
    ("sizes", "box"),
    [
        pytest.param({f"{SITE}/thumb.jpg": (160, 90), f"{SITE}/ours.jpg": (1600, 900)}, (160, 90), id="its own"),
        pytest.param({f"{SITE}/ours.jpg": (1600, 900)}, (320, 180), id="in the shape of the picture"),
        pytest.param({f"{SITE}/ours.jpg": (60, 40)}, (60, 40), id="no larger than the picture"),
        pytest.param({f"{SITE}/ours.jpg": (9, 10**9)}, (1, 200), id="a hostile shape"),
        pytest.param({f"{SITE}/ours.jpg": (0, -5)}, (1, 1), id="a hostile size"),
        pytest.param({}, (320, 200), id="nothing known"),
    ],
)
def test_a_thumbnail_of_ours_is_ours_in_its_box(sizes: dict[str, tuple[int, int]], box: tuple[int, int]) -> None:
    hand = InHand(saved(sizes=sizes))
    answer = hand.give(f"{SITE}/thumb.jpg", "image")
    assert answer is not None and answer.media_type == "image/svg+xml" and not hand.greyed
    assert f'width="{box[0]}" height="{box[1]}"'.encode() in answer.body
    assert b"data:image/jpeg;base64," + base64.b64encode(OURS) in answer.body


def test_a_frame_is_a_grey_page_and_the_page_itself_cannot_run_anything() -> None:
    hand = InHand(saved())
    frame = hand.give("https://other.example/", "document", is_frame=True)
    first = hand.give("https://whatever.example/", "document", is_first=True)
    assert frame is not None and b"script" not in frame.body and len(hand.refused) == 1
    assert first is not None and first.body == b"<p>said</p>"
    assert all(
        one.headers["Content-Security-Policy"].startswith("sandbox; script-src 'none'") for one in (frame, first)
    )


@pytest.mark.parametrize(
    ("came_as", "shown_as"),
    [
        ("text/html", "text/html"),
        ("Text/HTML; Charset=windows-1251", "text/html; charset=windows-1251"),
        ("application/xhtml+xml", "application/xhtml+xml"),
        ("", "text/html"),
        ("application/rss+xml", "text/plain"),
        ("application/json; charset=utf-8", "text/plain; charset=utf-8"),
        ("image/svg+xml", "text/plain"),
        ("text/html\r\nX: y", "text/html"),
        ('text/html; charset="utf-8\r\nX: y"', "text/html; charset=utf-8"),
    ],
)
def test_how_a_page_is_opened(came_as: str, shown_as: str) -> None:
    assert page_type(came_as) == shown_as


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (f'<img src="data:sha256,{DIGEST}">', f'<img src="https://taken-out.invalid/{DIGEST}">'),
        ("<img src=DATA:image/gif;base64,R0=>", "<img src=https://taken-out.invalid/tiny/gif;base64,R0=>"),
        ("<img src=blob:https://a.example/1>", "<img src=https://taken-out.invalid/blob/https://a.example/1>"),
        ("<p>the blob: that I saw</p>", "<p>the blob: that I saw</p>"),
        ("<meta http-equiv='Content-Security-Policy' content=x>", "<meta http-equiv='x-policy-as-it-was' content=x>"),
        ("<p>Content-Security-Policy</p>", "<p>Content-Security-Policy</p>"),
    ],
)
def test_what_a_browser_would_show_by_itself_is_asked_for(written: str, read: str) -> None:
    assert for_browser(written.encode()).decode() == read
    assert name_of(f"data:sha256,{DIGEST}") == name_of(f"https://taken-out.invalid/{DIGEST}")


def test_what_is_no_page_is_shown_as_its_text() -> None:
    text = f"data:sha256,{DIGEST}".encode()
    answer = InHand(saved(media_type="text/plain", body=text)).give(f"{SITE}/t/1", "document", is_first=True)
    assert answer is not None and (answer.media_type, answer.body) == ("text/plain", text)


@pytest.mark.parametrize("written", ["<b>&\"'", "</dl></main><script>", "\u202egnp", "a\nb\0c", "x" * 10_000, "{url}"])
def test_the_strip_shows_a_hostile_string_as_text(written: str) -> None:
    plain_one = strip_page(saved(), part=1, parts=1, notes=()).decode()
    strip = strip_page(saved(account=written, url=SITE + "/" + written), part=1, parts=1, notes=()).decode()
    assert strip.count("<") == plain_one.count("<") and not {"\u202e", "\0"} & set(strip)
    assert len(strip) < len(plain_one) + 6 * MAX_ADDRESS_CHARS


def test_the_strip_says_what_is_shown() -> None:
    hand = InHand(saved(), {str(at) for at in range(49)}, {"d"}, {"f"}, {"a.css", "b.css"}, {"t"})
    notes = notes_of(hand.saved, hand, cut_at=60_000, height=123_456)
    strip = strip_page(saved(), part=2, parts=8, notes=notes).decode()
    for said in (
        f"{SITE}/t/1",
        "someone",
        "2026-03-01 12:30:15 UTC",
        digest_of(b"as it came"),
        digest_of(OURS),
        "2 of 8",
        "49 other pictures were not kept",
        "1 drawing that a script made (canvas) was not kept",
        "2 style sheets were not kept, so the page may look different",
        "in another size (a thumbnail)",
        "1 other file",
        "123,456 pixels high; it is shown down to 60,000",
        "network off",
    ):
        assert said in strip


@pytest.mark.parametrize(
    ("page", "said"),
    [
        pytest.param({"picture": None}, ("The matched picture was not kept, so it is not shown.",), id="no picture"),
        pytest.param({"is_rendered": True}, ("The page is shown as its scripts had made it.",), id="rendered"),
        pytest.param(
            {"body": b"<SCRIPT src=a.js></SCRIPT>"},
            ("The page is shown as it came; its scripts were not run.",),
            id="as it came",
        ),
        pytest.param({}, (), id="nothing to say"),
    ],
)
def test_the_strip_says_how_the_page_was_made(page: dict[str, object], said: tuple[str, ...]) -> None:
    hand = InHand(saved(**page))
    assert notes_of(hand.saved, hand, cut_at=0, height=9) == said


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        pytest.param("a<noscript><p>Switch it on</p></noscript>b", "ab", id="for those without scripts"),
        pytest.param('a<NOSCRIPT class="x>y">q</NoScript >b', "ab", id="in any letters"),
        pytest.param("a<noscript><img src=x>", "a", id="without an end"),
        pytest.param("<noscripted>a</noscripted>", "<noscripted>a</noscripted>", id="another element"),
        pytest.param(
            '<script>"<noscript>"</script>a<p></p>', '<script>"<noscript>"</script>a<p></p>', id="in a script"
        ),
        pytest.param("<!-- <noscript> -->a", "<!-- <noscript> -->a", id="in a comment"),
        pytest.param('<a title="<noscript>">a</a>', '<a title="<noscript>">a</a>', id="in an attribute"),
        pytest.param(
            '<canvas id="c" width="20" height="30"></canvas>b',
            '<img src="https://taken-out.invalid/drawing/1/20/30" id="c">b',
            id="a drawing",
        ),
        pytest.param(
            "<canvas>else</canvas><canvas></canvas>",
            '<img src="https://taken-out.invalid/drawing/1/300/150">'
            '<img src="https://taken-out.invalid/drawing/2/300/150">',
            id="two drawings",
        ),
        pytest.param('<script>"<canvas>"', '<script>"<canvas>"', id="cut in a script"),
        pytest.param('<canvas id="c', '<canvas id="c', id="cut in a tag"),
    ],
)
def test_what_a_rendered_page_shows_without_scripts(written: str, shown: str) -> None:
    assert as_scripts_left_it(written.encode()).decode() == shown
    came = InHand(saved(body=written.encode())).give(f"{SITE}/t/1", "document", is_first=True)
    assert came is not None and came.body == written.encode(), "of a page that nobody rendered all is left"
    drawn = InHand(saved(body=written.encode(), is_rendered=True)).give(f"{SITE}/t/1", "document", is_first=True)
    assert drawn is not None and drawn.body == shown.encode()


def test_a_drawing_of_scripts_has_a_grey_box_of_its_size() -> None:
    hand = InHand(saved())
    answer = hand.give("https://taken-out.invalid/drawing/1/20/30", "image")
    assert answer is not None and b'width="20" height="30"' in answer.body
    assert (len(hand.drawings), len(hand.greyed)) == (1, 0)


@pytest.mark.rows(2)
@pytest.mark.parametrize("piece", ["<noscript>", "<canvas ", '<canvas "', "<canvas>", "<!--", "<script>", '<a "', "<"])
def test_a_rendered_page_is_read_once(piece: str) -> None:
    body = piece.encode() * (3_000_000 // len(piece))
    started = time.process_time()
    as_scripts_left_it(body)
    assert time.process_time() - started < 5  # seconds; twice over it would be hours
