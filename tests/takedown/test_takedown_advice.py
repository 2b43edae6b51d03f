"""Where else help is to be had: of the person's own country, for adults."""

from __future__ import annotations

import pytest

from monitor.takedown.advice import FOR_CHILDREN, advice
from monitor.takedown.channel_files import load_channels
from monitor.takedown.lanes import Lane

CHANNELS = load_channels()


@pytest.mark.parametrize(
    ("jurisdiction", "among"),
    [
        pytest.param("UK", {"stopncii", "ofcom", "rph"}, id="UK"),
        pytest.param("GB", {"stopncii", "ofcom", "rph"}, id="by its ISO code"),
        pytest.param("DE", {"stopncii", "hateaid", "eu_dsc"}, id="DE: of the country and of the union"),
        pytest.param("US", {"stopncii", "ftc_tida", "ccri", "ic3"}, id="US"),
        pytest.param("", {"stopncii"}, id="no country said"),
    ],
)
def test_of_the_persons_own_country(jurisdiction: str, among: set[str]) -> None:
    found = [channel.id for _, channel in advice(jurisdiction, CHANNELS)]
    assert among <= set(found)
    assert jurisdiction or found == ["stopncii"]


@pytest.mark.parametrize("jurisdiction", ["US", "UK", "CA", "AU", "DE", "IN", ""])
def test_services_for_pictures_of_children_are_never_among_them(jurisdiction: str) -> None:
    found = advice(jurisdiction, CHANNELS)
    assert not {channel.id for _, channel in found} & FOR_CHILDREN
    assert [lane.place for lane, _ in found] == sorted(lane.place for lane, _ in found)
    assert {lane for lane, _ in found} <= {Lane.HASH_SERVICE, Lane.REGULATOR, Lane.HELPLINE, Lane.POLICE}


def test_what_is_for_children_is_known_to_the_data() -> None:
    assert {channel.id for channel in CHANNELS.channels} >= FOR_CHILDREN
