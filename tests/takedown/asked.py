"""Routes for two addresses, as a test writes them."""

from __future__ import annotations

from monitor.model.ids import SightingId
from monitor.takedown.answering_desks import FindToReport
from monitor.takedown.channel import Channels
from monitor.takedown.routing import Route, fitting_routes, routes_for


def fitting_channels(page_url: str, image_url: str, jurisdiction: str, channels: Channels) -> tuple[Route, ...]:
    return fitting_routes(_at(page_url, image_url), jurisdiction, channels)


def route_to(channel_id: str, page_url: str, image_url: str, jurisdiction: str, channels: Channels) -> Route:
    return routes_for(channel_id, _at(page_url, image_url), jurisdiction, channels)[0]


def _at(page_url: str, image_url: str) -> FindToReport:
    return FindToReport(sighting=SightingId(""), page_url=page_url, image_url=image_url)
