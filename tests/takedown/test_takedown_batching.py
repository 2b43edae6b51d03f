"""Which finds share a form, and that no list of forms is longer than it has to be."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model.ids import SightingId
from monitor.takedown.answering_desks import FindToReport
from monitor.takedown.batching import Batch, Target, addresses, batches, limit_words
from monitor.takedown.channel import Channel, ChannelKind, Confidence
from monitor.takedown.channel_files import load_channels
from monitor.takedown.covering import fewest_forms
from monitor.takedown.lanes import Lane
from monitor.takedown.routing import Route, fitting_routes

CHANNELS = load_channels()
SITES = ("forum.example", "b.example")
WORDS = fitting_routes(FindToReport(sighting=SightingId("s"), page_url="https://a.example/"), "", CHANNELS)[0].regime


def find(number: int, page: str = "https://forum.example/t", image: str = "") -> FindToReport:
    return FindToReport(sighting=SightingId(f"s{number:04}"), page_url=f"{page}/{number}", image_url=image)


def desk(
    name: str, *, most: int | None = None, one_host: bool | None = None, unit: str = "", hosts: tuple[str, ...] = ()
) -> Channel:
    """hosts: of a platform that has several sites; without them it is a network."""
    return Channel(
        id=name,
        name=name,
        kind=ChannelKind.CDN,
        category="Abuse",
        jurisdictions=("GLOBAL",),
        source="test",
        confidence=Confidence.VERIFIED,
        evidence="primary",
        urls_max=most,
        same_hostname=one_host,
        urls_unit=unit,
        hosts=hosts,
    )


def route(channel: Channel, of: FindToReport, lane: Lane | None = None) -> Route:
    lane = lane or (Lane.PLATFORM if channel.hosts or channel.id == "site_own" else Lane.CDN)
    return Route(channel=channel, regime=WORDS, site=of.hosts[0], jurisdiction="", lane=lane, hosts=of.hosts)


def targets(finds: list[FindToReport], *channels: Channel) -> list[Target]:
    return [Target(one, tuple(route(channel, one) for channel in channels)) for one in finds]


def sizes(made: tuple[Batch, ...]) -> list[tuple[str, int]]:
    return [(batch.route.channel.id, len(batch.sightings)) for batch in made]


@pytest.mark.parametrize(
    ("channel", "finds", "expected"),
    [
        pytest.param(desk("cf", most=250, one_host=True), [find(n) for n in range(250)], [250], id="at the limit"),
        pytest.param(desk("cf", most=250, one_host=True), [find(n) for n in range(251)], [250, 1], id="one over"),
        pytest.param(
            desk("cf", most=250, one_host=True),
            [*(find(n) for n in range(3)), *(find(n, "https://b.example/t") for n in range(3, 5))],
            [3, 2],
            id="each host name by itself",
        ),
        pytest.param(
            desk("cf", most=250, hosts=SITES),
            [*(find(n) for n in range(3)), *(find(n, "https://b.example/t") for n in range(3, 5))],
            [5],
            id="host names together",
        ),
        pytest.param(
            desk("cdn"),
            [*(find(n) for n in range(3)), *(find(n, "https://b.example/t") for n in range(3, 5))],
            [3, 2],
            id="each customer of a network by itself",
        ),
        pytest.param(
            desk("site_own"),
            [*(find(n) for n in range(3)), *(find(n, "https://b.example/t") for n in range(3, 5))],
            [3, 2],
            id="each site's own desk by itself",
        ),
        pytest.param(
            desk("dc", most=1, unit="one report per piece of media"),
            [find(n, image=f"https://m.example/{n}.jpg") for n in range(3)],
            [1, 1, 1],
            id="one medium, whatever its addresses",
        ),
        pytest.param(
            desk("x5", most=5),
            [find(n, image=f"https://m.example/{n}.jpg") for n in range(5)],
            [2, 2, 1],
            id="addresses",
        ),
        pytest.param(
            desk("x5", most=1), [find(1, image="https://m.example/1.jpg")], [1], id="a find that is more than the limit"
        ),
        pytest.param(desk("any"), [find(n) for n in range(251)], [250, 1], id="a limit that nobody knows"),
    ],
)
def test_as_many_as_a_form_takes(channel: Channel, finds: list[FindToReport], expected: list[int]) -> None:
    made = batches(targets(finds, channel))
    assert [len(batch.sightings) for batch in made] == expected
    assert {one for batch in made for one in batch.sightings} == {one.sighting for one in finds}
    assert sizes(fewest_forms(targets(finds, channel))) == [(channel.id, count) for count in expected]


def test_a_batch_answers_for_the_hosts_of_all_its_finds() -> None:
    finds = [find(1), find(2, "https://b.example/t")]
    (made,) = batches(targets(finds, desk("host", hosts=SITES)))
    assert made.route.hosts == ("b.example", "forum.example") or made.route.hosts == ("forum.example", "b.example")
    assert addresses(finds[1], made.route) == ("https://b.example/t/2",)


def test_one_form_that_covers_all_is_the_list() -> None:
    finds = [find(n, f"https://site{n}.example") for n in range(20)]
    one_host, together = desk("cdn", most=250, one_host=True), desk("host", hosts=SITES)
    assert len(batches(targets(finds, one_host, together))) == 21
    assert sizes(fewest_forms(targets(finds, one_host, together))) == [("host", 20)]


def test_each_search_engine_is_asked_and_somebody_at_the_source() -> None:
    finds = [find(n) for n in range(4)]
    made = [
        Target(
            one,
            (
                route(desk("cdn"), one),
                route(desk("other"), one),
                route(desk("engine_a"), one, Lane.SEARCH),
                route(desk("engine_b"), one, Lane.SEARCH),
            ),
        )
        for one in finds
    ]
    assert sizes(fewest_forms(made)) == [("cdn", 4), ("engine_a", 4), ("engine_b", 4)]


@pytest.mark.parametrize("order", [1, -1], ids=["unchecked first", "checked first"])
def test_a_form_that_nobody_checked_stands_beside_the_desk_that_is_known(order: int) -> None:
    lead = {"confidence": Confidence.UNVERIFIED, "url": "https://lead.example/form"}
    known = {"email": "abuse@desk.example", "email_confidence": Confidence.VERIFIED}
    both = [replace(desk("lead"), **lead), replace(desk("known"), **known)][::order]
    finds = [find(n) for n in range(3)]
    assert sorted(sizes(fewest_forms(targets(finds, *both)))) == [("known", 3), ("lead", 3)]
    alone = [replace(desk("lead"), **lead)]
    assert sizes(fewest_forms(targets(finds, *alone))) == [("lead", 3)]


def test_by_hand() -> None:
    """Ten finds, five desks. By hand: the host has seven of them; of the three left, the CDN has two and only the
    site's own form has the last: three forms, and none of two covers all."""
    has = {"host": range(7), "cdn": range(5, 9), "own": range(8, 10), "left": range(4), "right": range(4, 8)}
    finds = [find(n) for n in range(10)]
    made = [Target(finds[n], tuple(route(desk(d), finds[n]) for d, of in has.items() if n in of)) for n in range(10)]
    assert [name for name, _ in sizes(fewest_forms(made))] == ["host", "own", "cdn"] or len(fewest_forms(made)) == 3
    assert not any(set(has[a]) | set(has[b]) == set(range(10)) for a, b in combinations(has, 2))


@given(
    st.lists(st.lists(st.integers(0, 11), min_size=1, max_size=12, unique=True), min_size=1, max_size=8),
    st.lists(st.integers(1, 5), min_size=8, max_size=8),
)
def test_never_longer_than_a_greedy_cover(has: list[list[int]], most: list[int]) -> None:
    """The plain way, written out: again and again the form that covers the most of what is left."""
    finds = [find(n) for n in range(12)]
    desks = [desk(f"d{at}", most=most[at]) for at in range(len(has))]
    made = [
        Target(finds[n], tuple(route(desks[at], finds[n]) for at, of in enumerate(has) if n in of)) for n in range(12)
    ]
    wanted = {n for of in has for n in of}
    left, forms = set(wanted), 0
    while left:
        best = max(range(len(has)), key=lambda at: min(most[at], len(left & set(has[at]))))
        left -= set(sorted(left & set(has[best]))[: most[best]])
        forms += 1
    covered = fewest_forms(made)
    assert {int(one[1:]) for batch in covered for one in batch.sightings} == wanted
    assert all(len(batch.sightings) <= most[int(batch.route.channel.id[1:])] for batch in covered)
    assert len(covered) <= forms


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        ("cloudflare_ncsei", ""),
        ("discord", "one report per piece of media"),
        ("x_policy", "not checked"),
        ("google_search", "not checked"),
        ("tiktok", "not known"),
    ],
)
def test_a_limit_says_whose_word_it_is(channel: str, said: str) -> None:
    words = limit_words(CHANNELS.get(channel))
    assert said in words and bool(words) is bool(said)
