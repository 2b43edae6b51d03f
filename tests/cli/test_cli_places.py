"""`watch add`, `pause`, `resume`, `remove`; and what `watch check` knows cannot work."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest

from tests.cli.cli_program import LocalSite, Program, fill_gallery
from tests.terminal import CTRL_C, CTRL_D, PROGRAM, terminal

ROOT = Path(__file__).parents[2]
THREAD = (
    '<!DOCTYPE html><html id="XF"><title>A thread</title><p>' + "Some words. " * 40 + "</p><img src=/owl.jpg>"
    "<img src=http://127.0.0.2/other.jpg><a rel=next href=/threads/birds.12/page-2>Next</a>"
)
LIST = "<title>Albums</title><p>Words. </p>" + "".join(
    f"<article><a href=/album/{number}><img src=/small/{number}.jpg></a></article>" for number in range(5)
)
FEED = "<rss version='2.0'><channel><title>x</title><item><link>{0}/1</link></item></channel></rss>"


def places(program: Program) -> Path:
    return program.home / "watchlists" / "places.toml"


@pytest.fixture
def filled(ready: Program, site: LocalSite) -> LocalSite:
    fill_gallery(site)
    site.pages |= {
        "/threads/birds.12/": ("text/html", THREAD.encode()),
        "/threads/123": ("text/html", LIST.encode()),  # an address like XenForo's, of another program
        "/albums": ("text/html", LIST.encode()),
        "/new.xml": ("application/rss+xml", FEED.format(site.url).encode()),
    }
    return site


ADDED = {
    "/gallery": ('kind = "page"', "a page of a web site", "It shows 2 pictures"),
    "/threads/birds.12/": ('kind = "xenforo"', "a forum (XenForo)", "servers of its pictures: 127.0.0.2"),
    "/threads/123": ('kind = "page"', "a page of a web site", "It shows"),
    "/albums": ("follow = { depth = 1, max_pages = 50 }", "a page of a web site", "/album/0"),
    "/new.xml": ('kind = "feed"', "a feed", "opens the entries"),
}


@pytest.mark.rows(2)
@pytest.mark.parametrize("path", ADDED)
def test_a_place_is_recognised_by_one_request_and_written_down(ready: Program, filled: LocalSite, path: str) -> None:
    written, words, said = ADDED[path]
    done = ready("watch", "add", filled.url + path, "--yes", "--name", "mine", "--every", "30m")
    assert done.code == 0, done.err
    assert filled.asked == ["/robots.txt", path]
    assert f"This is {words}" in done.out and said in done.out and "sees a browser's visits" in done.out
    text = places(ready).read_text()
    assert written in text and f'url = "{filled.url}{path}"' in text and 'every = "30m"' in text
    assert ready("watch", "check").code == 0


def test_the_life_of_a_place(enrolled: Program, site: LocalSite) -> None:
    fill_gallery(site)
    url = f"{site.url}/gallery"
    assert enrolled("watch", "add", url, "--yes").code == 0
    looked = enrolled("watch", "run", "127-0-0-1", "--json")
    assert looked.json["runs"][0]["new_sightings"] == 1
    again = enrolled("watch", "add", f"{url}#top", "--yes")
    assert (again.code, "watched already, as 127-0-0-1" in again.err) == (0, True)
    places(enrolled).write_text("# my notes\n" + places(enrolled).read_text())
    assert enrolled("watch", "pause", "127-0-0-1").code == 0
    assert "enabled = false" in places(enrolled).read_text()
    assert "paused already" in enrolled("watch", "pause", "127-0-0-1").err
    assert "watch resume 127-0-0-1" in enrolled("watch", "add", url, "--yes").err
    assert enrolled("watch", "resume", "127-0-0-1").code == 0
    assert enrolled("watch", "remove", "127-0-0-1").code == 3, "nobody said yes"
    done = enrolled("watch", "remove", "127-0-0-1", "--yes")
    assert done.code == 0 and url in done.out
    assert "# my notes" in places(enrolled).read_text() and "[[watch]]" not in places(enrolled).read_text()
    assert len(enrolled("sightings", "list", "--json").json["sightings"]) == 1, "what was found stays"
    assert enrolled("watch", "resume", "127-0-0-1").code == 2


REFUSED = {
    "an invitation": (["https://t.me/+AbCd"], 2, "closed group on Telegram"),
    "a page that is not there": (["{0}/nothing", "--yes"], 1, "nothing was added"),
    "nobody who says yes": (["{0}/gallery"], 3, "--yes"),
    "too often": (["{0}/gallery", "--every", "5s"], 2, "more often than every 5 minutes"),
    "two answers": (["{0}/gallery", "--every", "1h", "--adapt"], 2, "two answers to one question"),
    "no time": (["{0}/gallery", "--every", "soon"], 2, "--every 1h"),
    "no name": (["{0}/gallery", "--name", "a b"], 2, "is not a name"),
    "words without an engine": (["jane doe"], 2, "--engine duckduckgo-html"),
    "an engine that there is not": (["jane doe", "--engine", "duck"], 2, "duckduckgo-html"),
    "an engine for an address": (["{0}/gallery", "--engine", "searxng"], 2, "--engine is for words"),
    "a password in it": (["http://me:secret@a.example/"], 2, "user name or password"),
    "another scheme": (["ftp://a.example/"], 2, "https://"),
    "a search of Bluesky without an account": (["https://bsky.app/search?q=jane"], 2, "[credentials.NAME]"),
    "a case that there is not": (["{0}/gallery", "--yes", "--case", "other"], 2, "no case"),
}


@pytest.mark.rows(4)
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_writes_nothing_and_says_what_to_do(ready: Program, filled: LocalSite, name: str) -> None:
    words, code, said = REFUSED[name]
    done = ready("watch", "add", *(word.format(filled.url) for word in words))
    assert (done.code, said in done.err) == (code, True), done.err
    assert not places(ready).exists()
    assert code == 1 or name == "nobody who says yes" or filled.asked == [], "and nobody is asked in vain"


def test_words_become_a_search_and_nobody_is_asked(ready: Program, site: LocalSite) -> None:
    done = ready("watch", "add", "jane doe", "--engine", "duckduckgo-html", "--yes")
    assert done.code == 0 and site.asked == []
    assert "'jane doe' are told to DuckDuckGo" in done.out
    places(ready).write_text("[defaults]\nenabled = false\n" + places(ready).read_text())
    assert ready("watch", "add", "other words", "--engine", "duckduckgo-html", "--yes").code == 0
    assert [one["enabled"] for one in ready("watch", "list", "--json").json["watches"]] == [False, True]
    assert 'query = "jane doe"' in places(ready).read_text() and ready("watch", "check").code == 0
    assert "already" in ready("watch", "add", "jane doe", "--engine", "duckduckgo-html", "--yes").err


@pytest.mark.parametrize("what", ["place", "words"])
def test_the_program_may_decide_how_often(ready: Program, filled: LocalSite, what: str) -> None:
    words = [f"{filled.url}/gallery"] if what == "place" else ["Jane Doe", "--engine", "duckduckgo-html"]
    done = ready("watch", "add", *words, "--yes", "--name", "mine", "--adapt")
    assert done.code == 0 and "How often: adapts, every 15m to 1d" in done.out, done.out + done.err
    text = (ready.home / "watchlists" / "places.toml").read_text()
    assert 'adapt = { floor = "15m", ceiling = "1d" }' in text and "every =" not in text
    (watch,) = ready("watch", "list", "--json").json["watches"]
    assert watch["name"] == "mine" and ready("watch", "check").code == 0


def test_without_a_network_the_address_alone_says_it(ready: Program, site: LocalSite) -> None:
    with socket.socket() as held:  # nobody listens
        held.bind(("127.0.0.1", 0))
        done = ready("watch", "add", f"http://127.0.0.1:{held.getsockname()[1]}/threads/birds.12/", "--yes")
    assert (done.code, "by its address alone" in done.err) == (0, True)
    assert 'kind = "xenforo"' in places(ready).read_text()


@pytest.mark.parametrize("typed", ["what?", CTRL_D, CTRL_C], ids=["nonsense, then no", "Ctrl-D", "Ctrl-C"])
@pytest.mark.rows(1)
def test_whoever_does_not_say_yes_has_nothing_written(ready: Program, filled: LocalSite, typed: str) -> None:
    with terminal(*PROGRAM, "watch", "add", f"{filled.url}/gallery", environ=os.environ) as screen:
        screen.until("Watch this place?")
        screen.type(typed, enter=typed not in (CTRL_C, CTRL_D))
        if typed == "what?":
            screen.answer("Watch this place?", "no")
        code = screen.ended()
    assert code == {CTRL_D: 3, CTRL_C: 130}.get(typed, 0)
    assert not places(ready).exists()
    assert max(map(len, screen.text.split("\n"))) <= 100


CANNOT = {
    "another kind": ('kind = "mastodon"\nurl = "https://t.me/name"', 'kind = "telegram"'),
    "an invitation": ('url = "https://discord.gg/abc"', "guide evidence"),
    "an inside address": ('url = "http://192.168.1.1/"', "allow_networks"),
    "an onion": ('url = "http://abcdef.onion/"', "socks5h://"),
    "too often": ('url = "https://a.example/"\nevery = "5s"', "every 5 minutes"),
    "too often by cron": ('url = "https://a.example/"\ncron = "* * * * *"', "every 5 minutes"),
    "too often round midnight": ('url = "https://a.example/"\ncron = "0,58 0,23 * * *"', "every 5 minutes"),
}


@pytest.mark.rows(3)
@pytest.mark.parametrize("name", CANNOT)
def test_check_knows_what_cannot_work(ready: Program, name: str) -> None:
    entry, said = CANNOT[name]
    schedule = "" if "every" in entry or "cron" in entry else 'every = "1h"\n'
    ready.watchlist(f'[[watch]]\nname = "w"\n{schedule}{entry}\n')
    done = ready("watch", "check")
    assert (done.code, said in done.err) == (2, True), done.err


@pytest.mark.parametrize(
    ("schedule", "told"),
    [
        pytest.param('every = "20s"', True, id="every"),
        pytest.param('cron = "*/2 * * * *"', True, id="cron"),
        pytest.param('every = "5m"', False, id="as anywhere"),
        pytest.param('cron = "*/5 * * * *"', False, id="cron as anywhere"),
        pytest.param('adapt = { floor = "5m", ceiling = "1d" }', False, id="adapts"),
    ],
)
def test_check_says_what_may_be_so_often_only_here(ready: Program, site: LocalSite, schedule: str, told: bool) -> None:
    ready.watchlist(f'[[watch]]\nname = "w"\nurl = "{site.url}/"\n{schedule}\n')
    done = ready("watch", "check")
    assert done.code == 0, done.err
    assert ("on this computer alone" in done.out) is told


def test_the_shipped_examples_are_right_as_they_are(ready: Program) -> None:
    for file in (ROOT / "watchlists").glob("*.toml"):
        shutil.copy(file, ready.home / "watchlists" / file.name)
    done = ready("watch", "check", "--json")
    assert done.code == 0, done.err
    assert {one["name"] for one in done.json["watches"]} >= {"example-thread", "example-feed"}


LOG_INS = ["http://user:S3cretPw@forum.example/x", "user:S3cretPw@forum.example/x", "http://user:S3cretPw@[::1/"]


@pytest.mark.parametrize("typed", LOG_INS)
def test_a_password_in_an_address_is_refused_and_not_printed(ready: Program, typed: str) -> None:
    done = ready("watch", "add", typed, "--yes")
    assert done.code == 2 and "S3cretPw" not in done.out + done.err and not places(ready).exists()
    assert "***@" in done.err and "browser" in done.err


def test_a_name_of_another_case_is_told_as_such(ready: Program) -> None:
    ready.watchlist('[[watch]]\nname = "mine"\ncase = "anna"\nurl = "https://a.example/"\nevery = "1h"\n')
    done = ready("watch", "add", "https://b.example/", "--name", "mine", "--yes")
    assert done.code == 2 and "in the case 'anna'" in done.err and "for all cases" in done.err
