# ruff: noqa: E501, RUF001 - one row a line reads best, with the signs that sites use

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.crawl.outcome import outcome_of_body, outcome_of_page, outcome_of_status
from monitor.crawl.signs import Sign, signs
from monitor.model.page import (
    GOOD_LOOK,
    REMEDIES,
    Fetched,
    ImageRef,
    Outcome,
    OutcomeKind,
    PageContent,
    Purpose,
    Request,
)

K = OutcomeKind
NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
S = "http://x.example"
LONG = "Here people write about their garden. " * 60


def page(
    title: str = "", text: str = "", *, images: int = 0, body: bytes = b"", end: str = "/thread/5"
) -> Outcome | None:
    content = PageContent(
        S + end, title=title, text=text, images=tuple(ImageRef(f"{S}/{n}.jpg") for n in range(images))
    )
    return outcome_of_page(content, Fetched(Request(f"{S}/thread/5"), Outcome(K.OK), S + end, NOW, 200, body=body))


@pytest.mark.parametrize(
    ("title", "text", "kind"),
    [
        pytest.param("Just a moment...", "Verifying you are human.", K.WALL, id="Cloudflare"),
        pytest.param("Attention Required! | Cloudflare", "Sorry, you have been blocked", K.BLOCKED, id="Cloudflare block"),
        pytest.param("DDOS-GUARD", "Checking your browser before accessing x.example", K.WALL, id="DDoS-Guard"),
        pytest.param("Making sure you're not a bot!", "", K.WALL, id="Anubis"),
        pytest.param("x", "Our systems have detected unusual traffic from your computer network.", K.WALL, id="Google"),
        pytest.param("x", "Bitte bestätigen Sie, dass Sie kein Roboter sind.", K.WALL, id="bot check in German"),
        pytest.param("x", "Подтвердите, что вы не робот", K.WALL, id="bot check in Russian"),
        pytest.param("x", "请先登录", K.WALL, id="log-in in Chinese"),
        pytest.param("Log in | Forum", "User name Password", K.WALL, id="log-in by title"),
        pytest.param("x", "You must be logged in to view this thread.", K.WALL, id="log-in by text"),
        pytest.param("x", "Bitte melden Sie sich an, um fortzufahren.", K.WALL, id="log-in in German"),
        pytest.param("x", "Debes iniciar sesión para ver este contenido", K.WALL, id="log-in in Spanish"),
        pytest.param("Información", "Vous devez être connecté pour voir cette page", K.WALL, id="log-in in French"),
        pytest.param("x", "This account is private", K.WALL, id="private account"),
        pytest.param("x", "Are you over 18? Enter / Leave", K.WALL, id="age gate"),
        pytest.param("Altersprüfung", "Ich bin über 18", K.WALL, id="age gate in German"),
        pytest.param("x", "Vous devez avoir plus de 18 ans", K.WALL, id="age gate in French"),
        pytest.param("x", "Мне исполнилось 18 лет", K.WALL, id="age gate in Russian"),
        pytest.param("x", "あなたは18歳以上ですか", K.WALL, id="age gate in Japanese"),
        pytest.param("Before you continue", "We use cookies", K.WALL, id="consent"),
        pytest.param("x", "Mit Werbung weiterlesen oder Pur-Abo", K.WALL, id="consent in German"),
        pytest.param("404 Not Found", "", K.GONE, id="404 with 200"),
        pytest.param("Page not found - Gallery", LONG, K.GONE, id="gone by the title of a full page"),
        pytest.param("Seite nicht gefunden | Forum", "", K.GONE, id="gone in German"),
        pytest.param("Information", "The requested topic does not exist.", K.GONE, id="phpBB"),
        pytest.param("vBulletin Message", "Invalid Thread specified.", K.GONE, id="vBulletin"),
        pytest.param("Oops! We ran into some problems.", "The requested thread could not be found.", K.GONE, id="XenForo"),
        pytest.param("Forum", "The specified thread does not exist.", K.GONE, id="MyBB"),
        pytest.param("An Error Has Occurred!", "The topic or board you are looking for appears to be missing", K.GONE, id="SMF"),
        pytest.param("Discourse", "Oops! That page doesn’t exist or is private.", K.GONE, id="Discourse"),
        pytest.param("x", "Esta página no existe", K.GONE, id="gone in Spanish"),
        pytest.param("x", "Страница не найдена", K.GONE, id="gone in Russian"),
        pytest.param("x", "该内容已被删除", K.GONE, id="gone in Chinese"),
        pytest.param("My thread", LONG, None, id="a full page"),
        pytest.param("My thread", LONG + "You must be logged in to reply. Log in", None, id="a log-in box at the edge"),
        pytest.param("My thread", LONG + "This post was removed", None, id="one post of many removed"),
        pytest.param("Removed from Eden: a story", "Once upon a time", None, id="a title that begins alike"),
        pytest.param("Login screens of the nineties", LONG, None, id="a title about log-ins"),
        pytest.param("404 area code numbers", "x", None, id="a title about 404"),
        pytest.param("A picture", "One comment", None, id="thin but good"),
        pytest.param("", "", None, id="nothing to go by"),
    ],
)  # fmt: skip
def test_pages(title: str, text: str, kind: OutcomeKind | None) -> None:
    found = page(title, text)
    assert (found.kind if found else None) is kind


def test_an_overlay_over_a_full_gallery_is_no_wall() -> None:
    assert page("Gallery", "Are you over 18?", images=30) is None


def test_a_deleted_comment_under_a_picture_is_not_gone() -> None:
    """Two gones in a row end a sighting: a picture's own page must not be taken for one."""
    assert page("Photo 5", "Nice. This comment was removed. " * 30, images=2) is None


@pytest.mark.parametrize(
    "script",
    [
        "/cdn-cgi/challenge-platform/scripts/jsd/main.js",
        "/cdn-cgi/challenge-platform/h/b/scripts/invisible.js",
        "/_Incapsula_Resource?SWJIYLWA=1",
        "https://js.datadome.co/tags.js",
        "https://x.token.awswaf.com/challenge.js",
        "window._pxAppId='x'",
    ],
)
def test_an_ordinary_page_with_a_wall_maker_s_script_is_no_wall(script: str) -> None:
    assert page("A picture", "One comment", images=1, body=f"<script src='{script}'>".encode()) is None


@pytest.mark.parametrize(
    ("end", "kind"),
    [
        ("/login?next=/thread/5", K.WALL),
        ("/users/sign_in", K.WALL),
        ("/age-verification/", K.WALL),
        ("/404.html", K.GONE),
        ("/thread/5-with-its-title", None),
        ("/blogin", None),
    ],
)
def test_where_a_redirect_ended(end: str, kind: OutcomeKind | None) -> None:
    found = page("x", "y", end=end)
    assert (found.kind if found else None) is kind


@pytest.mark.parametrize(
    ("asked", "came", "page", "file"),
    [
        pytest.param("/thread/5", "/", K.MOVED, K.MOVED, id="deep"),
        pytest.param("/thread/5", "/index.php", K.MOVED, K.MOVED, id="a program's name of it"),
        pytest.param("/thread/5", "/en/", K.MOVED, K.MOVED, id="a language"),
        pytest.param("/thread/5", "/pt-br/index.html", K.MOVED, K.MOVED, id="a language's"),
        pytest.param("/thread/5", "/home", K.MOVED, K.MOVED, id="home"),
        pytest.param("/m.jpg", "/", None, K.MOVED, id="not deep"),
        pytest.param("/thread/5", "/index.php?topic=5", None, None, id="a page by its query"),
        pytest.param("/thread/5", "/thread/5-title", None, None, id="itself"),
        pytest.param("/thread/5", "/blog/", None, None, id="a part of the site"),
        pytest.param("/en/home", "/de/", None, None, id="a front page itself"),
    ],
)
def test_sent_to_the_front_page(asked: str, came: str, page: OutcomeKind | None, file: OutcomeKind | None) -> None:
    content = PageContent(S + came, title="x", text=LONG)
    for purpose, kind in ((Purpose.PAGE, page), (Purpose.IMAGE, file)):
        fetched = Fetched(Request(S + asked, purpose), Outcome(K.OK), S + came, NOW, 200)
        found = outcome_of_page(content, fetched)
        assert (found.kind if found else None) is kind


@pytest.mark.parametrize("sign", [s for s in signs() if s.markers], ids=lambda s: s.message)
def test_markers(sign: Sign) -> None:
    for marker in sign.markers:
        found = page("x", "y", body=b"<script src='" + marker + b"'></script>")
        assert found is not None and found.kind is sign.kind
        assert page("x", LONG, images=9, body=marker) is None


@pytest.mark.parametrize(
    ("purpose", "status", "body", "kind"),
    [
        (Purpose.PAGE, K.OK, b"<p>x", K.OK),
        (Purpose.PAGE, K.OK, b" \n ", K.EMPTY),
        (Purpose.IMAGE, K.OK, b"\xff\xd8\xff", K.OK),
        (Purpose.IMAGE, K.OK, b"\n<!DOCTYPE html><p>log in", K.UNREADABLE),
        (Purpose.IMAGE, K.OK, b"<html><script>window._cf_chl_opt", K.WALL),
        (Purpose.PAGE, K.BLOCKED, b"window._cf_chl_opt", K.WALL),
        (Purpose.PAGE, K.GONE, b"window._cf_chl_opt", K.GONE),
        (Purpose.PAGE, K.NOT_MODIFIED, b"", K.NOT_MODIFIED),
    ],
)
def test_bodies(purpose: Purpose, status: OutcomeKind, body: bytes, kind: OutcomeKind) -> None:
    assert outcome_of_body(purpose, Outcome(status), body).kind is kind


def test_every_status_is_typed_and_none_but_success_is_a_good_look() -> None:
    for status in range(0, 1200):
        for conditional in (True, False):
            found = outcome_of_status(status, {}, conditional=conditional, now=NOW)
            good = 200 <= status < 300 and status not in (204, 205)
            assert found.is_good_look == (good or (status == 304 and conditional)), status
            assert found.is_good_look or (found.message and found.remedy), status


def test_a_network_s_own_log_in_is_no_fault_of_the_site() -> None:
    found = outcome_of_status(511, {}, conditional=False, now=NOW)
    assert found.kind is K.CONNECTION
    assert "log in to the network" in found.remedy


def test_every_outcome_but_the_good_ones_has_a_remedy() -> None:
    assert set(REMEDIES) == set(OutcomeKind) - GOOD_LOOK
    assert all(bool(Outcome(kind, "said").remedy) is (kind not in GOOD_LOOK) for kind in OutcomeKind)
    assert Outcome(OutcomeKind.WALL, "said", "its own").remedy == "its own"


def test_retry_after_is_kept() -> None:
    found = outcome_of_status(429, {"retry-after": "90"}, conditional=False, now=NOW)
    assert (found.kind, found.retry_after_s) == (K.RATE_LIMITED, 90.0)
