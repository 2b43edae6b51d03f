"""Where staff are named: who types a command is asked for their role before it does anything, and it is written down.

Wrapped around every command of the command line when it is made (`guarded`), so that no command has to think of it.
What it settles on is the case that the command then works with (`options.given.case`), as if it had been typed."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from monitor.acting import act_for
from monitor.cli import options
from monitor.cli.roles import needs_of
from monitor.cli.upgrade_words import told_of_upgrade
from monitor.errors import Locked, MonitorError, StoreError
from monitor.model.staff import Needs

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.services.admitting import Admission


_ALERTS_NUMBER = {"alerts show": "number", "sightings list": "alert"}
"""By command: which of its words is the number of an alert, which says of which case it is."""


def guarded(command: Any, path: tuple[str, ...] = ()) -> None:
    """command: of click, with all below it."""
    for name, below in getattr(command, "commands", {}).items():
        guarded(below, (*path, name))
    if command.callback is not None and not hasattr(command, "commands"):
        command.callback = _asked_first(command.callback, " ".join(path))


def _asked_first(work: Callable[..., Any], command: str) -> Callable[..., Any]:
    @functools.wraps(work)
    def asked(*args: Any, **given: Any) -> Any:
        admit(command, given)
        return work(*args, **given)

    return asked


def admit(command: str, given: Mapping[str, Any] | None = None, *, needs: Needs | None = None) -> None:
    """needs: where the command itself knows better than its name. Raises NotAllowed, and UsageError where it has to be
    said which case is meant. Where the store cannot be asked whether staff are named, the command itself says why;
    should it come to open the store, it is asked then."""
    needs = needs or needs_of(command, given or {})
    if needs is Needs.ANYBODY:
        return
    from monitor.clock import utc_now
    from monitor.config import load
    from monitor.model.alert import letters_in
    from monitor.services.admitting import RoleQuestion, admitted_to, ids_among, staff_named
    from monitor.services.who_acts import system_person

    alert = (given or {}).get(_ALERTS_NUMBER.get(command, ""), "")
    question = RoleQuestion(
        command, needs, options.given.case, ids_among(_words(given or {})), letters_in(alert) if alert else ""
    )
    try:
        settings = load(options.given.config)
        is_staffed = staff_named(settings)
    except MonitorError:
        options.given.unasked = lambda app: _settle(app.admit(system_person(), question))
        return
    try:
        if is_staffed:
            with told_of_upgrade(settings):
                admission = admitted_to(settings, system_person(), question, utc_now())
            _settle(admission)
    except (StoreError, Locked):
        if needs is not Needs.INSTALLATION:  # `doctor` says what is wrong with a database that is not there
            raise
        options.given.unasked = lambda app: _settle(app.admit(system_person(), question))


def ask_now(app: App) -> None:
    """Of the store that was opened, where it could not be asked before."""
    unasked, options.given.unasked = options.given.unasked, None
    if unasked is not None:
        unasked(app)


def _settle(admission: Admission | None) -> None:
    if admission is None:
        return
    options.given.case = admission.case
    if not admission.is_of_all:
        options.given.visible = admission.visible
        if admission.visible:
            act_for(*sorted(admission.visible))


def _words(given: Mapping[str, Any]) -> Iterator[str]:
    for value in given.values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, list | tuple):
            yield from (each for each in value if isinstance(each, str))
