"""Words that need an explanation stand in no text for a person. `--verbose`, JSON, journal and documents may have
them; so may the names of formats and keys."""

from __future__ import annotations

import re

from tests.house.test_house_names import of_the_program

JARGON = re.compile(r"\b(blind|PDQ|pHash|tier|candidate|greys correlate|sighting [A-Z{]|BLIND)\b")
FOR_PERSONS = (
    "monitor/cli/",
    "monitor/services/",
    "monitor/daemon/",
    "monitor/alerts/",
    "monitor/setup",
    "monitor/guide/",
)
MEANT = {
    ("monitor/cli/references.py", "PDQ"): "the format of a list, by the name that other tools have for it",
    ("monitor/cli/references_sealed.py", "PDQ"): "likewise",
}


def test_no_text_for_a_person_needs_a_dictionary() -> None:
    wrong = [
        (where, found.group(0), text)
        for where, text in of_the_program()
        if where.startswith(FOR_PERSONS) and " " in text
        for found in JARGON.finditer(text)
        if (where, found.group(0)) not in MEANT
    ]
    assert wrong == []
