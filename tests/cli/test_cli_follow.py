"""A place without CSS: `watch check` says which links would be followed, `watch run` which were."""

from __future__ import annotations

import pytest

from tests.cli.cli_program import LocalSite, Program, page


@pytest.mark.long
def test_what_would_be_followed_and_what_was(enrolled: Program, gallery: LocalSite) -> None:
    words = "<p>" + "Some words. " * 30
    albums = "".join(f'<li class=album><a href="/album/{n}">Album {n}</a>' for n in range(3))
    gallery.pages["/"] = (
        "text/html",
        f"<title>Front</title><main><ul>{albums}</ul><a href=/logout>Log out</a></main>{words}".encode(),
    )
    for n in range(3):
        gallery.pages[f"/album/{n}"] = ("text/html", f"<title>{n}</title><img src=/owl.jpg>{words}".encode())
    enrolled.watchlist(page("birds", f"{gallery.url}/") + "follow = { depth = 1, max_pages = 3 }\n")
    told = enrolled("watch", "check").out
    assert "links are chosen by the program: " in told and "one link away" in told and "at most 3 pages a run" in told
    assert "in earlier runs" not in told and gallery.asked == []
    (rule,) = enrolled("watch", "check", "--json").json["follows"]
    assert rule["watch"] == "birds" and "links are chosen by the program" in rule["text"]

    done = enrolled("watch", "run").err
    assert "birds: followed 2 like /album/#; left for the next runs, at the limit of pages: 1 like /album/#" in done
    assert "in earlier runs pictures stood behind links like /album/#" in enrolled("watch", "check").out
    (run,) = enrolled("watch", "run", "--json").json["runs"]
    assert run["followed"] == [{"shape": "/album/#", "pages": 2, "left_out": 1, "not_tried": 0}]
    assert "/logout" not in gallery.asked and "/album/2" in gallery.asked


def test_a_watch_with_a_selector_or_without_a_depth_says_nothing_of_it(enrolled: Program, gallery: LocalSite) -> None:
    plain = page("plain", f"{gallery.url}/gallery")
    by_hand = page("hand", f"{gallery.url}/gallery") + 'follow = { links = "a", depth = 2 }\n'
    enrolled.watchlist(plain + by_hand)
    assert "chosen by the program" not in enrolled("watch", "check").out
    assert enrolled("watch", "check", "--json").json["follows"] == []
    assert all("followed" not in run for run in enrolled("watch", "run", "--json").json["runs"])
