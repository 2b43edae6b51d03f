"""The ways to get a picture taken down, in the order in which they are gone."""

from __future__ import annotations

from enum import StrEnum


class Lane(StrEnum):
    """Who is asked, in this order. What takes a picture down where it stands comes before what only hides it or leans
    on somebody; search engines are asked on the first day, whatever else is."""

    PLATFORM = "platform"  # the site's own process
    MEDIA_HOST = "media-host"
    PAGE_HOST = "page-host"
    CDN = "cdn"
    SEARCH = "search"
    REGISTRAR = "registrar"
    HASH_SERVICE = "hash-service"  # once for each reference set
    REGULATOR = "regulator"
    HELPLINE = "helpline"
    POLICE = "police"

    @property
    def place(self) -> int:
        return _PLACES[self]

    @property
    def is_at_source(self) -> bool:
        """It can take the picture away where it stands."""
        return self.place < Lane.SEARCH.place


_PLACES = {lane: place for place, lane in enumerate(Lane)}
