"""Which watches may be visited as one: those that agree in everything that decides what is asked, of whichever case.

What a watch keeps to itself (its name, how often, whom it alerts) is compared with other things later, or only said.
Each field of `Watch` and of the settings is classed here by name; a test fails where one is not, so that nothing that
is added decides unseen what is asked.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

from monitor.model.settings import Settings
from monitor.model.watch import Kind, Watch


class Decides(Enum):
    """What a field has to do with what is asked."""

    ASKED = "asked"  # where two differ in it, they are not asked together
    OWN = "own"  # of each by itself
    ALONE = "alone"  # who has something there is known to the site, and is visited alone


OF_WATCH: Mapping[str, Decides] = {
    "name": Decides.OWN,
    "case": Decides.OWN,
    "kind": Decides.ASKED,
    "schedule": Decides.OWN,  # all are visited as often as the quickest
    "urls": Decides.ASKED,
    "render": Decides.ASKED,
    "follow.links": Decides.ASKED,
    "follow.depth": Decides.ASKED,
    "follow.max_pages": Decides.ASKED,
    "follow.same_site": Decides.ASKED,
    "follow.chosen": Decides.ASKED,
    "images.select": Decides.ASKED,
    "images.max_images": Decides.ASKED,
    "images.least": Decides.OWN,  # when few are an alarm
    "ignore_robots": Decides.ASKED,
    "robots_reason": Decides.OWN,
    "tags": Decides.OWN,
    "engine": Decides.ASKED,
    "query": Decides.ASKED,
    "pages": Decides.ASKED,
    "credentials": Decides.ALONE,
    "planted": Decides.OWN,  # which picture proves that it sees: asked for or not, it is the same page
    "tells_page": Decides.ASKED,
    "enabled": Decides.OWN,
    "origin": Decides.OWN,
    "line": Decides.OWN,
    "lines": Decides.OWN,
}

OF_SETTINGS: Mapping[str, Decides] = {
    "path": Decides.OWN,
    "data_dir": Decides.OWN,
    "watchlist_dir": Decides.OWN,
    "case": Decides.OWN,
    "database": Decides.OWN,
    "network": Decides.ASKED,  # the proxy, as what browser, what is refused, what is cut off
    "crawl.concurrency": Decides.OWN,  # when, not what
    "crawl.per_host_delay_s": Decides.OWN,
    "crawl.browser_path": Decides.OWN,  # of the machine
    "crawl.night": Decides.OWN,
    "crawl.weekend": Decides.OWN,
    "crawl.adapt_requests": Decides.OWN,
    "crawl.max_run_seconds": Decides.ASKED,
    "crawl.max_run_bytes": Decides.ASKED,
    "crawl.max_site_share": Decides.ASKED,
    "match": Decides.OWN,  # with what an answer is compared
    "alerts": Decides.OWN,
    "digest": Decides.OWN,
    "evidence": Decides.OWN,
    "retention": Decides.OWN,
    "takedown": Decides.OWN,
    "monitoring": Decides.OWN,
    "review": Decides.OWN,
    "backup": Decides.OWN,
    "further": Decides.OWN,
    "left_out": Decides.OWN,
    "engines": Decides.ASKED,  # that of the watch
    "credentials": Decides.OWN,  # named by a watch, which is then alone
    "secret_files": Decides.OWN,
    "queue": Decides.OWN,
    "quota": Decides.OWN,  # who may ask for no more sees what the others ask for
    "common_timezone": Decides.OWN,
}
"""A section by its name, or field by field."""


def asked_by(watch: Watch, settings: Settings, *, has_login: bool) -> bytes | None:
    """The same for watches that may be visited as one, and different where anything that decides what is asked does.
    None: this one is visited alone. has_login: a log-in was saved for it."""
    if has_login or any(_at(watch, name) for name, does in OF_WATCH.items() if does is Decides.ALONE):
        return None
    told: dict[str, Any] = {name: _at(watch, name) for name, does in OF_WATCH.items() if does is Decides.ASKED}
    if watch.kind is Kind.URLS:  # a list is the same list in whatever order it was written
        told["urls"] = sorted(set(watch.urls))
    for name, does in OF_SETTINGS.items():
        if does is Decides.ASKED:
            told[f"settings.{name}"] = _at(settings, name)
    told["settings.engines"] = [one.values for one in settings.engines if one.name == watch.engine and watch.engine]
    return json.dumps(told, sort_keys=True, default=_plainly).encode()


def alone(watch: Watch) -> bytes:
    """For a group of one."""
    return json.dumps(["alone", watch.case, watch.name]).encode()


def _at(value: Any, name: str) -> Any:
    for part in name.split("."):
        value = getattr(value, part)
    return value


def _plainly(value: Any) -> Any:
    """Of what JSON has no form for: a table by its fields."""
    return dataclasses.asdict(value) if dataclasses.is_dataclass(value) and not isinstance(value, type) else str(value)
