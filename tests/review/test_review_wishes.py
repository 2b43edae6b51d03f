"""What a page wishes: asked once, told as it stands, and where no program runs, how to start it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.app import App
from monitor.errors import MonitorError
from monitor.model.ids import CaseId
from monitor.model.settings import Settings
from monitor.model.sighting import Status
from monitor.model.wish import Wish, WishEnd, WishKind, WishState
from monitor.review.local import LocalCore
from monitor.review.local.wishes import LocalWishes
from monitor.review.pages.wishes import WISHES
from monitor.review.port.wishes import DaemonTold
from monitor.review.routing import own_path
from monitor.tracking.wishes import ended
from tests.alerts.alert_helpers import settings as make_settings
from tests.alerts.alert_helpers import sighting
from tests.review.asking import NOW, asking
from tests.stores import a_store

HERE = CaseId("default")


def an_app(folder: Path, *urls: str, recipients: tuple[str, ...] = ()) -> App:
    """With one place that is watched, one that is paused, and one find."""
    (folder / "places.toml").write_text(
        '[[watch]]\nname = "forum"\nkind = "page"\nurl = "https://forum.example/"\nevery = "2h"\n'
        '[[watch]]\nname = "paused"\nkind = "page"\nurl = "https://other.example/"\nevery = "2h"\nenabled = false\n'
    )
    made = make_settings(*urls)
    given: Settings = replace(
        made, data_dir=folder, watchlist_dir=folder, evidence=replace(made.evidence, recipients=recipients)
    )
    store = a_store()
    store.sightings.save(sighting(1))
    return App(given, store, lambda: NOW)


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        pytest.param(WishKind.LOOK, "forum", id="look"),
        pytest.param(WishKind.CHECK, "s1", id="check"),
        pytest.param(WishKind.CAPTURE, "s1", id="capture"),
        pytest.param(WishKind.TEST, "", id="test"),
    ],
)
async def test_it_is_asked_once_and_shown(tmp_path: Path, kind: WishKind, about: str) -> None:
    app = an_app(tmp_path, "json://127.0.0.1/x", recipients=("age1" + "q" * 58,))
    async with asking(LocalCore(app)) as person:
        page = (await person.get("/wishes")).text
        token = page.partition('name="token" value="')[2].partition('"')[0]
        for _ in range(2):  # a form that is sent twice
            sent = {"token": token, "kind": kind, "about": about, "then": "/wishes"}
            answer = await person.post("/wishes", data=sent)
            assert (answer.status_code, answer.headers["location"]) == (303, "/wishes")
        (wish,) = app.store.wishes.open(HERE)
        assert (wish.kind, wish.about) == (kind, about)
        page = (await person.get("/wishes")).text
        assert "waits until the program runs" in page and "reupload-monitor" in page
        assert page.count(f'id="wish-{wish.id}"') == 1


@pytest.mark.parametrize(
    ("kind", "about", "says"),
    [
        pytest.param(WishKind.LOOK, "nothing", "there is no watch", id="no such place"),
        pytest.param(WishKind.LOOK, "paused", "paused", id="a place that is paused"),
        pytest.param(WishKind.CHECK, "zz", "zz", id="no such find"),
        pytest.param(WishKind.CHECK, "s2", "not looked at", id="a find that was dismissed"),
        pytest.param(WishKind.CAPTURE, "s1", "no evidence is kept", id="nobody to seal to"),
        pytest.param(WishKind.TEST, "", "no alert channel", id="no channel"),
    ],
)
def test_what_cannot_be_done_is_told_and_not_kept(tmp_path: Path, kind: WishKind, about: str, says: str) -> None:
    app = an_app(tmp_path)
    app.store.sightings.save(sighting(2, status=Status.DISMISSED))
    with pytest.raises(MonitorError, match=says) as told:
        app.wishes.ask(kind, about, case=HERE)
    assert told.value.remedy
    assert app.store.wishes.newest(HERE, 9) == []


async def test_every_way_it_can_stand_has_words(tmp_path: Path) -> None:
    app = an_app(tmp_path)
    for number, end in enumerate(WishEnd):
        wish = Wish(f"w{number}", HERE, WishKind.LOOK, "forum", NOW)
        app.store.wishes.add(wish)
        app.store.wishes.end(ended(wish, end, NOW, said=("<b>why</b> \u202ethis", "remedy"), pages=1, pictures=2))
    app.store.wishes.add(Wish("taken", HERE, WishKind.TEST, "", NOW, WishState.TAKEN, "h", NOW.replace(year=2027)))
    async with asking(LocalCore(app)) as person:
        page = (await person.get("/wishes")).text
    assert "%(" not in page and "<b>why" not in page and "\u202e" not in page and "&lt;b&gt;why" in page
    said = {part.partition("<p>")[2].partition("</p>")[0].strip() for part in page.split('<div class="wish"')[1:]}
    assert len(said) == len(WishEnd) + 1, "a sentence for each"
    assert "1 page was seen." in page and "2 pictures were compared." in page


@pytest.mark.parametrize(
    ("path", "goes"),
    [
        ("/watches", "/watches"),
        ("/incidents/1?p=2#x", "/incidents/1?p=2#x"),
        ("", "/wishes"),
        ("//evil.example/", "/wishes"),
        ("/\\evil.example/", "/wishes"),
        ("https://evil.example/", "/wishes"),
        ("/a\r\nSet-Cookie: x", "/wishes"),
    ],
)
def test_it_goes_back_to_a_page_of_ours(path: str, goes: str) -> None:
    assert own_path(path, WISHES) == goes


async def test_while_it_is_done_the_page_looks_by_itself_and_can_be_kept_from_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = an_app(tmp_path)
    app.store.wishes.add(Wish("w", HERE, WishKind.TEST, "", NOW))
    async with asking(LocalCore(app)) as person:
        assert "refresh" not in (await person.get("/wishes")).headers, "nobody is there to do it"
        monkeypatch.setattr(LocalWishes, "daemon", runs)
        page = await person.get("/wishes")
        assert page.headers["refresh"] == "10" and 'href="/wishes?by=hand"' in page.text
        assert "refresh" not in (await person.get("/wishes?by=hand")).headers
        monkeypatch.setattr("monitor.review.pages.wishes._DONE_WITHIN", timedelta(0))
        assert "refresh" not in (await person.get("/wishes")).headers, "a page that asks on and on never locks"


async def runs(_: LocalWishes) -> DaemonTold:
    return DaemonTold(True, "run", "service")
