"""Whether a person may do what they ask for, and the row of it in the audit trail: before each command, and each page.

As long as nobody is named as staff, whoever may open the store is its owner: they may do all, and no trail is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor.acting import acting_for, acting_for_all
from monitor.errors import NotAllowed, UsageError
from monitor.model.audit import AuditAct
from monitor.model.ids import CaseId
from monitor.model.settings import Settings
from monitor.model.staff import INSTALLATION, ROOT, ActingPerson, Needs, Role, StaffName
from monitor.ports import Store
from monitor.services.alerts import marked_cases

_ID = re.compile(r"[0-9]{1,9}|[0-9a-hjkmnp-tv-z]{16}")
"""A find's number, or an id as this program makes them: nothing else that was typed is kept in the trail."""
_MOST_IDS = 20
_SEES_NONE = "Who administers the installation sees no case by that, and how it stands by: reupload-monitor status"
_ACTS = {
    Needs.READS: AuditAct.VIEW,
    Needs.ANY_CASE: AuditAct.VIEW,
    Needs.STANDING: AuditAct.VIEW,
    Needs.WORKS: AuditAct.WORK,
}


@dataclass(frozen=True, slots=True)
class RoleQuestion:
    """what: the command (`sightings show`) or the page (`GET /finds/{id}`). case: the one that is named; None: none
    is. about: ids that stand in it. letters: of a case, before the number of an alert that stands in it."""

    what: str
    needs: Needs
    case: CaseId | None = None
    about: tuple[str, ...] = ()
    letters: str = ""


@dataclass(frozen=True, slots=True)
class Admission:
    """case: the one that it is about; None: it is about no one of them. visible: of which it may tell, none where it is
    of how the installation stands; where it is of the installation as a whole (`is_of_all`), of whichever it is."""

    person: ActingPerson
    case: CaseId | None
    visible: frozenset[CaseId] = field(default=frozenset())
    is_of_all: bool = False


def ids_among(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if _ID.fullmatch(word)))[:_MOST_IDS]


def admitted(store: Store, name: StaffName, question: RoleQuestion, now: datetime) -> Admission | None:
    """None: nobody is named as staff. Raises NotAllowed; UsageError, in the same words, for a case that is none and for
    one that the person has no role in. What is allowed is in the trail when this returns."""
    person = acting_person(store, name)
    if person is None:
        return None
    if question.case is None and question.letters:
        found = marked_cases(store, question.letters, person.cases)
        question = replace(question, case=found[0]) if len(found) == 1 else question
    try:
        admission = _admission(store, person, question)
    except (NotAllowed, UsageError):
        _note(store, person, question, _told_of_refusal(person, question), AuditAct.REFUSED, now)
        raise
    if question.needs is not Needs.ANYBODY:
        for case in _trails(store, question, admission):
            _note(store, person, question, case, _ACTS.get(question.needs, AuditAct.ADMINISTER), now)
    return admission


def acting_person(store: Store, name: StaffName) -> ActingPerson | None:
    """None: nobody is named as staff."""
    with acting_for_all():  # before it is known for which case they may act
        if not store.staff.is_any():
            return None
        roles = dict(store.staff.roles(name))
    if name == ROOT:  # reads every file here, and is the way back where the last who administered has gone
        roles[INSTALLATION] = Role.ADMINISTERS
    return ActingPerson(name, roles)


def cases_of(store: Store, name: StaffName) -> Mapping[CaseId, Role] | None:
    """None: nobody is named as staff."""
    person = acting_person(store, name)
    return None if person is None else {case: person.roles[case] for case in person.cases}


def looked_into(store: Store, name: StaffName, what: str, cases: Sequence[CaseId], now: datetime) -> None:
    """A look at several cases at once, into the trail of each. Raises NotAllowed for one that is none of theirs."""
    person = acting_person(store, name)
    if person is None or not cases:
        return
    if not set(cases) <= set(person.cases):
        raise NotAllowed(f"{name} has no role there", remedy="Ask who administers the case.")
    with acting_for(*cases), store.transaction():
        for case in sorted(cases):
            _note(store, person, RoleQuestion(what, Needs.READS, case), case, AuditAct.VIEW, now)


def in_trail_of(case: CaseId) -> AbstractContextManager[None]:
    """For whom a trail is read and written: that of the installation is of no case."""
    return acting_for_all() if case == INSTALLATION else acting_for(case)


def _trails(store: Store, question: RoleQuestion, admission: Admission) -> Sequence[CaseId]:
    """In which of them it is written down: a look at who works in a case, or at its trail, stands in its own."""
    if not admission.is_of_all:
        return sorted(admission.visible) or [INSTALLATION]
    with acting_for_all():
        is_known = question.case is not None and store.cases.get(question.case) is not None
    return [question.case if question.needs is Needs.STAFF and is_known and question.case else INSTALLATION]


def staff_named(settings: Settings) -> bool:
    """Whether anybody is named as staff: a glance, and False where there is no store. Raises Locked, StoreError."""
    if settings.database.url is not None:
        return True  # to be asked of the server, by who is connected to it
    from monitor.store.staff_probe import has_staff

    return has_staff(settings)


def admitted_to(settings: Settings, name: StaffName, question: RoleQuestion, now: datetime) -> Admission | None:
    """`admitted`, with the store opened for it alone."""
    from monitor.store.store import open_store

    store = open_store(settings)
    try:
        return admitted(store, name, question, now)
    finally:
        store.close()


def _admission(store: Store, person: ActingPerson, question: RoleQuestion) -> Admission:
    needs, named = question.needs, question.case
    if needs is Needs.ANYBODY:
        return Admission(person, named, frozenset(person.cases))
    if not person.roles:
        raise NotAllowed(
            f"{person.name} has no role here",
            remedy="Ask who administers this installation to type: reupload-monitor staff add "
            f"{person.name} --role reads --case NAME",
        )
    if person.administers_all and needs in (Needs.INSTALLATION, Needs.STAFF, Needs.ANY_CASE):
        return Admission(person, named, is_of_all=True)
    if needs is Needs.INSTALLATION:
        raise NotAllowed(
            f"this is for who administers the installation, and {person.name} does not",
            remedy="Ask somebody who does.",
        )
    if needs in (Needs.ANY_CASE, Needs.STANDING) and named is None and len(person.cases) != 1:
        if not person.cases and not (needs is Needs.STANDING and person.administers_all):  # and sees no case by it
            raise _no_case(person)
        return Admission(person, None, frozenset(person.cases))
    case = _meant(person, named)
    role = needs.role or (Role.ADMINISTERS if needs is Needs.STAFF else Role.READS)
    if not person.may(case, role):
        raise NotAllowed(
            f"in the case {case!r} {person.name} {person.roles[case].value}, and this is for who {role.value}",
            remedy="Ask who administers the case.",
        )
    return Admission(person, case, frozenset((case,)))


def _meant(person: ActingPerson, named: CaseId | None) -> CaseId:
    if named is not None:
        _refuse_unknown(named, person)
        return named
    if not person.cases:
        raise _no_case(person)
    if len(person.cases) > 1:
        raise UsageError(
            f"there are {len(person.cases)} cases, so it has to be said which one is meant",
            remedy=f"--case with one of: {', '.join(person.cases)}.",
        )
    return person.cases[0]


def _no_case(person: ActingPerson) -> NotAllowed:
    return NotAllowed(f"{person.name} has no role in any case", remedy=_SEES_NONE)


def _refuse_unknown(named: CaseId, person: ActingPerson) -> None:
    """In the same words whether it is there or not."""
    if named in person.cases:
        return
    with_role = f"Those with one are: {', '.join(person.cases)}." if person.cases else _SEES_NONE
    raise UsageError(f"there is no case {named!r} in which {person.name} has a role", remedy=with_role)


def _told_of_refusal(person: ActingPerson, question: RoleQuestion) -> CaseId:
    """In whose trail it stands: a case's only where the person has a role in it, and it is about one. What else was
    named is told to nobody, be it there or not."""
    meant = question.case or (person.cases[0] if len(person.cases) == 1 and question.needs.role else INSTALLATION)
    return meant if meant in person.cases else INSTALLATION


def _note(
    store: Store, person: ActingPerson, question: RoleQuestion, case: CaseId, act: AuditAct, now: datetime
) -> None:
    about: Mapping[str, str] = {"who": person.name, "what": question.what}
    if question.about:
        about = {**about, "about": " ".join(question.about)}
    with in_trail_of(case):
        store.audit.note(case, act, about, now)
