"""What was not seen is told wherever somebody looks: `watch run`, `list` and `check`, `status`, `doctor`, `digest`."""

from __future__ import annotations

import re

import pytest

from tests.cli.cli_program import LocalSite, Program, page

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def test_a_watch_that_lost_its_pictures_is_blind_everywhere(enrolled: Program, gallery: LocalSite) -> None:
    enrolled.watchlist(page("birds", f"{gallery.url}/gallery") + page("other", f"{gallery.url}/owl.jpg"))
    assert enrolled("watch", "run").code == 0
    gallery.pages["/gallery"] = ("text/html", b"<h1>Birds</h1><p>The gallery has a new look.</p>")
    done = enrolled("watch", "run")
    assert done.code == 1
    assert re.search(r"birds +nothing seen +0 of 1 ", done.out)
    assert re.search(r"birds could not see: its last good look was \w+ \d+ \w+, \d\d:\d\d \w+", done.err)
    assert "all 2 pictures that this page had on" in done.err and "images.select" in done.err
    assert "Nothing new, in 1 page and 1 picture that could be seen. This says nothing about birds." in done.err
    for command in (["status"], ["watch", "list"], ["watch", "check"], ["doctor"], ["digest"]):
        told = enrolled(*command)
        said = told.out + told.err
        assert "all 2 pictures that this page had on" in said and "correct images.select" in said, command
        assert "last good look" in said, command
    assert {
        watch["name"]: watch["health"]["sight"] for watch in enrolled("watch", "list", "--json").json["watches"]
    } == {
        "birds": "blind",
        "other": "sees",
    }
    seen = {watch["watch"]: watch["health"] for watch in enrolled("status", "--json").json["watches"]}["birds"]
    assert seen["sight"] == "blind" and TIME.fullmatch(seen["last_good"]) and seen["cause"] and seen["remedy"]
    (blind,) = enrolled("digest", "--json").json["blind"]
    assert blind["watch"] == "birds" and blind["last_good"] == seen["last_good"]


@pytest.mark.long
def test_what_happened_to_many_addresses_is_said_once(enrolled: Program, gallery: LocalSite) -> None:
    gallery.pages["/gallery"] = (
        "text/html",
        b"<img src=/owl.jpg>" + b"".join(b"<img src=/x%d.jpg>" % n for n in range(4)),
    )
    enrolled.watchlist(page("birds", f"{gallery.url}/gallery"))
    said = enrolled("watch", "run").err
    assert said.count("birds: http") == 1 and "(and 3 more addresses)" in said


@pytest.mark.long
def test_a_run_that_ended_at_a_cap_says_so_everywhere(enrolled: Program, gallery: LocalSite) -> None:
    enrolled.watchlist(page("birds", f"{gallery.url}/gallery") + "images = { max_images = 1 }\n")
    done = enrolled("watch", "run")
    said = "it ended at its limit of 1 images; what lay beyond was not seen"
    assert f"birds: cut: {said}" in done.err and "part seen" in done.out
    assert f"birds: {said}" in enrolled("status").err
    assert f"birds: {said}" in enrolled("digest").out


def test_check_says_how_often_a_planted_picture_is_looked_for(enrolled: Program) -> None:
    enrolled.watchlist(page("birds", "https://a.example/") + 'planted = "owl"\n')
    told = enrolled("watch", "check").out
    assert "Each visit looks for the planted picture 'owl'" in told and "lead to nobody" in told
    enrolled.watchlist('[[watch]]\nname = "slow"\nurl = "https://a.example/"\nevery = "1w"\nplanted = "owl"\n')
    assert 'For a daily test, visit at least daily: every = "1d".' in enrolled("watch", "check").out
