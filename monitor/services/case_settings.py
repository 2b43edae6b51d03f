"""What a case has for itself: set, shown and taken back, each verb once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.acting import acting_for
from monitor.config_cases import CASE_KEYS, CaseSettingKey, in_force_for, typed_value
from monitor.errors import UsageError
from monitor.model.case import Case
from monitor.model.custody import CustodyAct
from monitor.model.ids import CaseId
from monitor.model.quota import QuotaKind
from monitor.model.settings import Settings
from monitor.pipeline.case_settings import settings_of
from monitor.ports import Store
from monitor.services.alert_channels import channel_lines
from monitor.services.settings_told import setting_text
from monitor.services.watches import load_watches
from monitor.tomlfile import unknown_key

RECIPIENTS, URLS = "evidence.recipients", "alerts.urls"


class FromWhere(StrEnum):
    CASE = "case"  # set for it
    FILE = "config.toml"  # `[cases.NAME]`, of an earlier version
    ALL = "all"  # as the configuration has it for all cases


@dataclass(frozen=True, slots=True)
class CaseSettingLine:
    """value: as text; of a secret only what it leads to. is_refused: what was set is not taken any more, why."""

    name: str
    value: str
    where: FromWhere
    refused: str = ""


@dataclass(frozen=True, slots=True)
class CaseSettingsService:
    store: Store
    settings: Settings
    clock: Callable[[], datetime]

    def key(self, name: str) -> CaseSettingKey:
        """Raises UsageError."""
        key = CASE_KEYS.get(name) or CASE_KEYS.get(name.removeprefix("case.").removeprefix("takedown."))
        if key is None:
            what, right = unknown_key(name, CASE_KEYS)
            raise UsageError(f"{what}: a case cannot have that for itself", remedy=right)
        return key

    def set(self, name: str, text: str, *, case: CaseId) -> CaseSettingKey:
        """text: as it is typed, or stands in a file. Raises UsageError: then nothing was changed."""
        self._refuse_first(case)
        key = self.key(name)
        try:
            value = typed_value(key, text)
        except ValueError as error:
            raise UsageError(f"{key.name} {error}", remedy=key.right) from error
        self.keep({key.name: value}, case=case)
        return key

    def keep(self, values: Mapping[str, object], *, case: CaseId) -> None:
        """As TOML would have them, by name; all or none. Raises UsageError."""
        _, wrong = in_force_for(case, self.settings, values)
        if wrong:
            _, what, right = wrong[0]
            raise UsageError(what, remedy=right)
        now = self.clock()
        with self.store.transaction():
            before = self._in_force(case)
            for name, value in values.items():
                self.store.case_settings.save(case, name, value, now)
            self._note_recipients(before, case, now)

    def unset(self, name: str, *, case: CaseId) -> bool:
        """As all have it again. Whether it was set. Raises UsageError."""
        self._refuse_first(case)
        key = self.key(name)
        with self.store.transaction():
            before = self._in_force(case)
            was_set = self.store.case_settings.drop(case, key.name)
            self._note_recipients(before, case, self.clock())
        return was_set

    def shown(self, case: CaseId) -> Sequence[CaseSettingLine]:
        """All that a case can have for itself, in force now."""
        given = self.store.case_settings.of(case)
        found, wrong = in_force_for(case, self.settings, given)
        refused = {name: f"{what}. {right}" for name, what, right in wrong}
        lines = [self._line(key, found, case, key.name in given, refused) for key in CASE_KEYS.values()]
        unknown = [CaseSettingLine(name, "", FromWhere.CASE, why) for name, why in refused.items()]
        return [*lines, *(line for line in unknown if line.name not in CASE_KEYS)]

    def used(self, case: CaseId) -> Sequence[tuple[str, int, int]]:
        """Of each quota that is set: its name, how much of it is used now, how much it is."""
        quota, now = self._in_force(case).quota, self.clock()
        found = list[tuple[str, int, int]]()
        with acting_for(case):
            for kind in QuotaKind:
                if not (most := getattr(quota, kind.value)):
                    continue
                if kind is QuotaKind.WATCHES:
                    mine = (watch for watch in load_watches(self.settings).right if watch.case == case)
                    used = sum(watch.enabled for watch in mine)
                elif kind is QuotaKind.EVIDENCE_BYTES:
                    used = self.store.evidence.bytes_of(case)
                else:
                    use = self.store.case_use.get(case, kind)
                    used = use.at(now).used if use is not None else 0
                found.append((f"quota.{kind.value}", used, most))
        return found

    def sealed_files(self, case: CaseId) -> int:
        """Of its evidence, as the store names them."""
        return len({item.file.path for item in self.store.evidence.all(case) if not item.is_withheld})

    def wrong(self, cases: Sequence[CaseId]) -> Sequence[str]:
        """What was set and is not taken, by case, in words; without its value."""
        return [f"{line.name} of {case}: {line.refused}" for case in cases for line in self.shown(case) if line.refused]

    def listed(self) -> Sequence[tuple[Case, int]]:
        """Each with how many settings of its own it has."""
        given = self.store.case_settings.every()
        return [(case, len(given.get(case.id, {}))) for case in self.store.cases.all()]

    def _line(
        self, key: CaseSettingKey, found: Settings, case: CaseId, is_own: bool, refused: Mapping[str, str]
    ) -> CaseSettingLine:
        where = FromWhere.CASE if is_own else FromWhere.ALL
        if not key.section:
            contact = found.contact(case)
            table = contact and (contact.takedown if key.is_of_takedown else contact.case)
            value: object = getattr(table, key.field) if table else ""
            written = self.settings.contact(case)
            if not is_own and case != self.settings.case.id:
                where = FromWhere.FILE if written is not None and value else FromWhere.CASE
        else:
            value = getattr(getattr(found, key.section), key.field)
        if key.name == URLS:
            value = tuple(f"{one.place}: {one.leads_to}" for one in channel_lines(found))
        text = "" if value == () else setting_text(value)
        return CaseSettingLine(key.name, text, where, refused.get(key.name, ""))

    def _in_force(self, case: CaseId) -> Settings:
        return settings_of(case, self.settings, self.store)

    def _refuse_first(self, case: CaseId) -> None:
        if case == self.settings.case.id:
            home = self.settings.path or "the configuration"
            raise UsageError(
                f"{home} speaks for the case {case!r}: what is set for it stands there",
                remedy="Change it there, below [case], [takedown], [alerts], [digest], [evidence] or [retention]: "
                "config.example.toml names every key.",
            )

    def _note_recipients(self, before: Settings, case: CaseId, now: datetime) -> None:
        """In the case's custody log, as where the configuration is changed."""
        old, new = before.evidence.recipients, self._in_force(case).evidence.recipients
        if old == new:
            return
        about = {
            "added": " ".join(sorted(set(new) - set(old))),
            "removed": " ".join(sorted(set(old) - set(new))),
            "now": " ".join(new),
        }
        self.store.custody.note(case, CustodyAct.RECIPIENTS, about, now)
