"""What waits for the person's word, by site: an incident is (case, registrable domain)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.model.sighting import Sighting


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingIncident:
    """waits: finds of it that she has said nothing about and has not put aside. sure: of these, those that show a photo
    of hers for sure. back: of these, those that were removed before. copies: all finds of it, but closed ones.
    accounts: how many different ones posted what waits. first_seen: of the oldest that waits; newest: of the newest.
    """

    incident: str
    waits: int
    sure: int
    back: int
    copies: int
    accounts: int
    first_seen: datetime
    newest: datetime


@dataclass(frozen=True, slots=True)
class WaitingIncidents:
    """A part of the list. all: how many incidents wait; finds: how many finds in these; put_aside: how many finds wait
    for a time that she named."""

    incidents: tuple[WaitingIncident, ...]
    all: int
    finds: int
    put_aside: int


@dataclass(frozen=True, slots=True)
class WaitingFinds:
    """A part of what waits at one place, the newest last. all: how many wait there."""

    finds: tuple[Sighting, ...]
    all: int
