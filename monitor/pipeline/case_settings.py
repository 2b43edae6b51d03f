"""Which settings are in force for one case: the configuration's, and before them what was set for that case alone.

Whoever works for a case asks here: for its alerts, its digest, its vault, its drafts, how long its rows stay, and its
quota. The case that the configuration speaks for has no rows; for it nothing is read.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

from monitor.acting import acting_for
from monitor.model.ids import CaseId
from monitor.model.settings import Settings
from monitor.ports import Store

log = logging.getLogger(__name__)


def settings_of(case: CaseId, settings: Settings, store: Store) -> Settings:
    """settings: of the installation; those of one case already are given back as they are."""
    if case == settings.case.id or settings.is_of_further_case:
        return settings
    with acting_for(case):
        given = store.case_settings.of(case)
    return _in_force(case, settings, given)


def settings_of_all(cases: Iterable[CaseId], settings: Settings, store: Store) -> Mapping[CaseId, Settings]:
    """By one question to the store."""
    given = store.case_settings.every()
    return {case: _in_force(case, settings, given.get(case, {})) for case in cases}


def own_settings(section: str, settings: Settings, store: Store) -> Mapping[CaseId, Settings]:
    """What is in force in that section, of those cases alone that have set anything there; of all others it is as in
    `settings`. By one question, for who looks over ten thousand cases again and again."""
    return {case: _in_force(case, settings, given) for case, given in store.case_settings.every(section).items()}


def _in_force(case: CaseId, settings: Settings, given: Mapping[str, object]) -> Settings:
    from monitor.config_cases import in_force_for  # pydantic, where a command only asks for the case of the file

    found, wrong = in_force_for(case, settings, given)
    if wrong:  # of another version, or by hand: `doctor` says what
        log.warning("a setting of a case is not taken", extra={"action": "case_setting", "settings": len(wrong)})
    return found
