import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.demo import pages
from monitor.demo.edits import Edit
from monitor.demo.packet import StockCheck
from monitor.demo.plan import OTHERS, PLAN, Picture, Planted, Spot, pictures
from monitor.demo.receivers import Receivers
from monitor.demo.settings import config_text, watchlist_text
from monitor.demo.summary import Comparison, DemoSummary, MadePacket, Means, Missed, compare, summary_text
from monitor.model import sighting as model
from monitor.model.match import Match, Method, Tier
from monitor.model.observation import RunStatus
from monitor.model.run import Run

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
MIRRORED = Planted("moose", Edit.MIRRORED, Spot.FORUM)
CROPPED = Planted("cat", Edit.CROPPED, Spot.FORUM)
SCRIPTED = Planted("owl", Edit.GREYED, Spot.SCRIPTED)
THREE = (MIRRORED, CROPPED, SCRIPTED)
SHOWN = {f"http://x.test/{k}.jpg": Picture(Path(), planted.edit, planted) for k, planted in enumerate(THREE)}
SHOWN["http://x.test/other.jpg"] = Picture(OTHERS / "cow.jpg", Edit.UNTOUCHED, None)
ALL_MEANS = Means(features=True, browser=True)


def seen(url: str, label: str, tier: Tier = Tier.MATCH) -> model.Sighting:
    return model.Sighting(
        id="s",
        incident="i",
        case="default",
        watch="forum-thread",
        place=model.Place("http://x.test/", f"http://x.test/{url}.jpg"),
        match=Match(tier, 0.9, "close", reference="r", label=label, method=Method.PDQ, distance=4),
        status=model.Status.NEW,
        first_seen=NOW,
        last_seen=NOW,
    )


@pytest.mark.parametrize(
    ("sightings", "means", "found", "reasons", "wrong", "promised"),
    [
        pytest.param([seen("0", "moose"), seen("1", "cat"), seen("2", "owl")], ALL_MEANS, THREE, {}, 0, True, id="all"),
        pytest.param(
            [seen("0", "moose"), seen("0", "moose")],
            Means(features=False, browser=False),
            (MIRRORED,),
            {CROPPED: "needs local features", SCRIPTED: "no browser"},
            0,
            True,
            id="hashes only, no browser",
        ),
        pytest.param(
            [seen("1", "cat"), seen("2", "owl")],
            ALL_MEANS,
            (CROPPED, SCRIPTED),
            {MIRRORED: "this is a fault"},
            0,
            False,
            id="one in reach is missing",
        ),
        pytest.param(
            [seen("0", "moose"), seen("1", "cat", Tier.POSSIBLE), seen("2", "owl")],
            Means(features=False, browser=True),
            (MIRRORED, SCRIPTED),
            {CROPPED: "weekly review"},
            0,
            True,
            id="possible is not found, and said so",
        ),
        pytest.param(
            [seen("0", "moose"), seen("1", "cat"), seen("2", "owl"), seen("other", "owl")],
            ALL_MEANS,
            THREE,
            {},
            1,
            False,
            id="somebody else's picture",
        ),
        pytest.param(
            [seen("0", "cat"), seen("1", "cat"), seen("2", "owl")],
            ALL_MEANS,
            (CROPPED, SCRIPTED),
            {MIRRORED: "this is a fault"},
            1,
            False,
            id="taken for another photo",
        ),
        pytest.param(
            [seen("0", "moose"), seen("1", "cat"), seen("2", "owl"), seen("nowhere", "owl")],
            ALL_MEANS,
            THREE,
            {},
            1,
            False,
            id="an address that the site does not know",
        ),
    ],
)
def test_compare(
    sightings: list[model.Sighting],
    means: Means,
    found: tuple[Planted, ...],
    reasons: dict[Planted, str],
    wrong: int,
    promised: bool,
) -> None:
    comparison = compare(sightings, SHOWN, means, THREE)
    assert comparison.found == found
    assert {missed.planted for missed in comparison.missed} == set(reasons)
    for missed in comparison.missed:
        assert reasons[missed.planted] in missed.reason
    assert len(comparison.wrong) == wrong
    assert comparison.as_promised is promised


def summary(comparison: Comparison) -> DemoSummary:
    runs = tuple(
        Run(place.value, "default", RunStatus.OK, NOW, NOW, pages=3, images=20, new_sightings=4) for place in Spot
    )
    return DemoSummary(
        folder=Path("/tmp/demo"),
        config=Path("/tmp/demo/config.toml"),
        enrolled=16,
        shown=sum(map(len, pictures().values())),
        first=runs,
        second=tuple(replace(run, new_sightings=0) for run in runs),
        comparison=comparison,
        refetched=0,
        alerts=(Path("a"),),
        alerts_second=0,
        drafts=(Path("d"), Path("e")),
        packet=MadePacket(Path("/tmp/demo/packet.zip"), 31, (), (StockCheck("unzip"), StockCheck("sha256sum"))),
        seconds=21.4,
    )


def test_the_summary_says_all_of_it_in_narrow_lines() -> None:
    missed = tuple(Missed(p, compare([], {}, Means(False, True), (p,)).missed[0].reason, False) for p in PLAN)
    text = summary_text(summary(Comparison(PLAN, missed, ("http://x.test/other.jpg",))))
    for word in (
        "watched",
        "Found: 29",
        "31 files",
        "checked by unzip, sha256sum: nothing",
        "not found: 29",
        "http://x.test/other.jpg",
        "/tmp/demo",
        "21 s",
    ):
        assert word in text
    assert all(place.value in text for place in Spot)
    assert max(map(len, text.splitlines())) <= 110


@pytest.mark.parametrize(
    ("faults", "checks", "says"),
    [
        pytest.param((), (StockCheck("gzip", "unexpected end of file"),), "gzip: unexpected end", id="a check"),
        pytest.param(("it was changed",), (), "it was changed", id="a file that does not hold"),
    ],
)
def test_a_packet_that_does_not_hold_is_no_success(
    faults: tuple[str, ...], checks: tuple[StockCheck, ...], says: str
) -> None:
    whole = summary(Comparison(PLAN, (), ()))
    assert whole.as_promised
    broken = replace(whole, packet=MadePacket(Path("p.zip"), 3, faults, checks))
    assert not broken.as_promised and says in summary_text(broken)
    unchecked = replace(whole, packet=MadePacket(Path("p.zip"), 3, (), ()))
    assert unchecked.as_promised and "unzip is not on this machine" in summary_text(unchecked)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda s: replace(s, refetched=1), id="a picture fetched again"),
        pytest.param(lambda s: replace(s, alerts_second=1), id="a second alert"),
        pytest.param(lambda s: replace(s, second=s.first), id="a second sighting"),
    ],
)
def test_a_second_run_must_be_quiet(spoil: Callable[[DemoSummary], DemoSummary]) -> None:
    good = summary(Comparison(PLAN, (), ()))
    assert good.as_promised
    assert not spoil(good).as_promised


def test_the_written_configuration_is_toml_and_names_the_real_ports(tmp_path: Path) -> None:
    content = pages.SiteContent(port=8123)
    receivers = Receivers(tmp_path)
    receivers.mail_port, receivers.json_port = 2525, 8025
    config = tomllib.loads(config_text(receivers, content, recipient="age1xyz", store_key_file="store-key.txt"))
    assert config["network"]["allow_networks"] == ["127.0.0.0/8"]
    assert ":8025/" in config["alerts"]["urls"][0]["url"]
    assert ":2525/" in config["alerts"]["urls"][1]
    assert config["evidence"]["recipients"] == ["age1xyz"]
    watches = tomllib.loads(watchlist_text(content))["watch"]
    assert [watch["name"] for watch in watches] == [place.value for place in Spot]
    assert all(":8123/" in watch["url"] for watch in watches if watch["kind"] != "search")
