"""A module for each page: its routes, and what answers them. They reach what is kept through the port alone."""

from __future__ import annotations

from monitor.review.pages import (
    begin,
    begin_alerts,
    begin_photos,
    begin_place,
    course,
    digest,
    evidence,
    finds,
    guide,
    helping,
    inbox,
    links,
    opening,
    own_evidence,
    reports,
    settings,
    showing,
    watches,
    wishes,
)
from monitor.review.routing import PageRoute

ROUTES: tuple[PageRoute, ...] = (
    *inbox.routes,
    *helping.routes,
    *opening.routes,
    *watches.routes,
    *links.routes,
    *guide.routes,
    *begin.routes,
    *begin_photos.routes,
    *begin_place.routes,
    *begin_alerts.routes,
    *settings.routes,
    *wishes.routes,
    *evidence.routes,
    *own_evidence.routes,
    *showing.routes,
    *finds.routes,
    *reports.routes,
    *course.routes,
    *digest.routes,
)
