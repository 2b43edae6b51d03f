"""The places that are watched."""

from __future__ import annotations

from starlette.responses import Response

from monitor.catalogue import said, said_many
from monitor.review.asked import PageAsked
from monitor.review.port.watches import WatchTold
from monitor.review.routing import get, post

WATCHES = "/watches"
_ORDER = ("blind", "partly", "never", "sees", "off")  # what needs somebody first


async def _watches(asked: PageAsked) -> Response:
    told = await asked.core.watches.told(asked.case)
    watches = sorted(told.watches, key=lambda one: _ORDER.index(one.sight))
    return asked.page(
        "watches.html",
        watches=[(f"place-{number}", one, rhythm_words(one)) for number, one in enumerate(watches, 1)],
        mistakes=told.mistakes,
        daemon=told.daemon,
        kinds=place_kind_words(),
        on=sum(one.sight != "off" for one in watches),
        seeing=sum(one.sight in ("sees", "partly") for one in watches),
    )


async def _switch(asked: PageAsked) -> Response:
    name, on = asked.form.one("name"), asked.form.one("on") == "1"
    changed = await asked.core.watches.switch(name, on=on, case=asked.case)
    if on:
        told = said("It is watched again, within seconds.") if changed else said("It was watched already.")
    else:
        told = said("It is paused. What was found there stays.") if changed else said("It was paused already.")
    return asked.back(WATCHES, told=told, focus=asked.form.one("item"))


def rhythm_words(watch: WatchTold) -> str:
    """How often it is looked at."""
    if watch.cron:
        return said("Looked at by this timetable: %(cron)s", cron=watch.cron)
    minutes = round(watch.every_s / 60)
    if watch.adapts:
        return f"{said('Looked at more often the more appears there.')} {_at_least(minutes)}"
    if minutes % 1440 == 0 and minutes:
        return said_many("Looked at every day.", "Looked at every %(count)d days.", minutes // 1440)
    if minutes % 60 == 0 and minutes:
        return said_many("Looked at every hour.", "Looked at every %(count)d hours.", minutes // 60)
    return said_many("Looked at every minute.", "Looked at every %(count)d minutes.", minutes)


def _at_least(minutes: int) -> str:
    if minutes % 1440 == 0:
        return said_many("At least once a day.", "At least every %(count)d days.", minutes // 1440)
    if minutes % 60 == 0:
        return said_many("At least once an hour.", "At least every %(count)d hours.", minutes // 60)
    return said_many("At least every minute.", "At least every %(count)d minutes.", minutes)


def place_kind_words() -> dict[str, str]:
    """What a place is, by its kind in the watchlist."""
    return {
        "page": said("a page of a web site"),
        "urls": said("several pages"),
        "sitemap": said("the list of a site's pages"),
        "feed": said("the list of a site's newest entries"),
        "search": said("a search"),
        "imageboard": said("an image board"),
        "mastodon": said("Mastodon or a relative of it"),
        "bluesky": said("Bluesky"),
        "reddit": said("Reddit"),
        "telegram": said("a Telegram channel"),
        "discourse": said("a forum (Discourse)"),
        "xenforo": said("a forum (XenForo)"),
    }


routes = (get(WATCHES, _watches), post(f"{WATCHES}/switch", _switch))
