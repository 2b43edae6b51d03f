"""`[cases.NAME]` of config.toml: who the notices of each further case speak for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_type_hints

from monitor import tomlfile
from monitor.config_keys import FurtherCaseKeys, PersonKeys, case_id
from monitor.model.ids import CaseId
from monitor.model.settings import CaseSettings, Contact, TakedownSettings


def further_cases(
    sections: Mapping[str, Mapping[str, Any]], first: str, problem: Callable[[str, str, str, str], None]
) -> Iterator[Contact]:
    """`first`: the case that [case] speaks for already. problem: takes section, key, what was wrong, what would be
    right."""
    for section in [name for name in sections if name.startswith("cases.")]:
        name = section.partition(".")[2]
        try:
            case_id(name)
        except ValueError as error:
            problem(section, "", f"{name!r} {error}", "A name that `init --case NAME` takes.")
            continue
        if name == first:
            right = f"Keep one of the two: move what differs to [case] and [takedown], and delete [{section}]."
            problem(section, "", f"[case] speaks for {name!r} already", right)
            continue
        given, wrong = tomlfile.accepted(FurtherCaseKeys, sections[section])
        for key, what, right in wrong:
            problem(section, key, what, right)
        for_case = {key: given.pop(key) for key in get_type_hints(PersonKeys) if key in given}
        yield Contact(case=CaseSettings(id=CaseId(name), **for_case), takedown=TakedownSettings(**given))
