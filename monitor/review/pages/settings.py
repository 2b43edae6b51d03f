"""What stands in the configuration: each setting, and where to change it. Nothing is changed here."""

from __future__ import annotations

from itertools import groupby

from starlette.responses import Response

from monitor.catalogue import said
from monitor.review.asked import PageAsked
from monitor.review.routing import get


async def _settings(asked: PageAsked) -> Response:
    told = await asked.core.settings.told(asked.case)
    grouped = groupby(told.settings, key=lambda one: one.section)
    sections = [
        (f"part-{number}", name, section_words(name), tuple(rows)) for number, (name, rows) in enumerate(grouped, 1)
    ]
    return asked.page(
        "settings.html",
        file=told.file,
        program=told.program,
        sections=sections,
        commands=change_commands(),
    )


def section_words(section: str) -> str:
    """What a part of the file is about."""
    known = {
        "": said("Where things lie"),
        "case": said("Who the notices speak for"),
        "takedown": said("What else the notices carry"),
        "database": said("The key of the store"),
        "queue": said("Who does the work"),
        "network": said("How sites are reached"),
        "crawl": said("How visits are made"),
        "match": said("When pictures count as the same"),
        "alerts": said("How you are told"),
        "digest": said("The weekly message"),
        "evidence": said("What evidence is sealed to"),
        "retention": said("How long things are kept"),
        "quota": said("The most that one case may take"),
        "monitoring": said("Who notices when this program stops"),
        "review": said("This page"),
    }
    if section.startswith("cases."):
        return said("Who the notices speak for")
    if section.startswith("engines."):
        return said("A search engine of your own")
    if section.startswith("credentials."):
        return said("An account that visits use")
    return known.get(section, section)


def change_commands() -> dict[str, str]:
    """Sections that a command changes: what follows the program's name."""
    return {"alerts": "alerts add", "evidence": "evidence recipients"}


routes = (get("/settings", _settings),)
