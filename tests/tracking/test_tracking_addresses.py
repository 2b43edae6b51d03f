"""The addresses of a sighting: the newest is its place, the first and the newest are kept, all are counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.model.ids import CaseId, SightingId
from monitor.model.match import Match, Tier
from monitor.model.sighting import CHANGING, KEPT_ADDRESSES, Place, Sighting, Status
from monitor.tracking.addresses import MOST_COUNTED, seen_at

NOW = datetime(2026, 11, 29, tzinfo=UTC)
PAGE = "https://a.example/"


def at(image: str, page: str = PAGE, **values: str) -> Place:
    return Place(page, f"https://cdn.example/{image}", **values)


def sighting(place: Place) -> Sighting:
    return Sighting(SightingId("s"), "i", CaseId("c"), "w", place, Match(Tier.MATCH, 1.0, ""), Status.NEW, NOW, NOW)


def names(found: Sighting) -> list[str]:
    return [address.image_url.rpartition("/")[2] for address in found.addresses]


def test_the_newest_is_its_place_and_the_first_stays() -> None:
    found = sighting(at("0"))
    for day in range(1, 4):
        found = seen_at(found, [at(str(day))], now=NOW + timedelta(days=day))
        assert found.place == at(str(day))
        assert found.changes_addresses == (day + 1 >= CHANGING)
    assert names(found) == ["0", "1", "2", "3"]
    assert found.addresses[0].first_seen == found.addresses[0].last_seen == NOW
    assert (found.addresses_seen, found.there_since) == (4, NOW + timedelta(days=3))


def test_it_stays_where_it_is_while_it_is_there() -> None:
    found = seen_at(sighting(at("0")), [at("9"), at("0"), at("5")], now=NOW + timedelta(days=1))
    assert (found.place, found.addresses_seen) == (at("0"), 3)
    met = seen_at(found, [at("7")], now=NOW + timedelta(days=1), stays=True)
    assert (met.place, met.addresses_seen) == (at("0"), 4)


def test_a_host_that_takes_turns_makes_no_more_of_them() -> None:
    found = sighting(at("0"))
    for day in range(1, 9):
        found = seen_at(found, [at(str(day % 2))], now=NOW + timedelta(days=day))
    assert (names(found), found.place, found.addresses_seen) == (["0", "1"], at("0"), 2)
    assert found.there_since is None
    assert found.changes_addresses is False


def test_a_thousand_are_bounded_and_counted() -> None:
    found = seen_at(sighting(at("first")), [at(str(n)) for n in range(1_000)], now=NOW + timedelta(days=1))
    assert (len(found.addresses), found.addresses_seen) == (KEPT_ADDRESSES, 1_001)
    assert names(found)[0] == "first"
    for day in range(2, 20):
        found = seen_at(found, [at(f"{day}-{n}") for n in range(1_000)], now=NOW + timedelta(days=day))
    assert (len(found.addresses), found.addresses_seen) == (KEPT_ADDRESSES, MOST_COUNTED)
    assert found.addresses[0].first_seen == NOW
    assert all(address.last_seen == NOW + timedelta(days=19) for address in found.addresses[1:-1])


def test_what_an_earlier_look_said_of_the_same_page_stays() -> None:
    known = at("0", title="a title", account="ann", seen_in=PAGE, said_from="https://b.example/")  # settled
    again = at("1", claimed_url="https://b.example/", said_from="https://b.example/")
    moved = seen_at(sighting(known), [again], now=NOW).place
    assert moved == at("1", title="a title", account="ann", seen_in=PAGE, said_from="https://b.example/")
    other = at("1", claimed_url="https://c.example/", said_from="https://c.example/")
    assert seen_at(sighting(known), [other], now=NOW).place.claimed_url == "https://c.example/"
    assert seen_at(sighting(known), [at("1", "https://a.example/2")], now=NOW).place == at("1", "https://a.example/2")


@given(st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=30), max_size=12))
def test_is_bounded_keeps_the_first_and_is_where_it_was_seen_last(days: list[list[int]]) -> None:
    found = sighting(at("0"))
    for day, images in enumerate(days, start=1):
        found = seen_at(found, [at(str(n)) for n in images], now=NOW + timedelta(days=day))
        assert found.place.image_url in {at(str(n)).image_url for n in images}
    assert len(found.addresses) <= KEPT_ADDRESSES
    assert len(set(found.media_urls)) == len(found.addresses) <= found.addresses_seen
    assert found.addresses[0].image_url == at("0").image_url
    assert seen_at(found, [found.place], now=NOW + timedelta(days=99)) == found
