"""A draft as one text file: a part for the person and, between two lines, what is to be sent."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from monitor.takedown.clocks import due_at
from monitor.takedown.drafts import Draft
from monitor.takedown.words import templates_in


def draft_file(draft: Draft, now: datetime) -> tuple[str, str]:
    """Its name, safe as it is, and its text."""
    text = (
        templates_in(".")
        .get_template("draft.txt.j2")
        .render(
            draft=draft,
            channel=draft.asked.channel,
            then=draft.asked.then,
            due=due_at(draft.deadline, now),
            now=now.astimezone(UTC),
        )
    )
    name = re.sub(r"[^A-Za-z0-9_-]", "_", draft.sightings[0])[:64]
    return f"{name}-{draft.channel}-{draft.route}.txt", text
