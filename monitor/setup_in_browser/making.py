"""Steps one to three: what was said is kept in memory until everything is made at once, by a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import monitor
from monitor import errors
from monitor.app import App
from monitor.catalogue import said
from monitor.config import load
from monitor.config_places import calling
from monitor.errors import AttestationMissing, MonitorError, UsageError, WorkFailed
from monitor.guide.new_passphrase import offered
from monitor.guide.recovery_sheet import SheetFacts, recovery_sheet
from monitor.model.case import Attestation, Authority
from monitor.review.port.first_use import KeptNow, NewWords, PromiseNow, WhoElse, WhoSpeaks, WrongAnswer
from monitor.services.cases import attestation
from monitor.setup import IDENTITY
from monitor.setup_answers import country_code, known_of_person, of_case, passphrase_meant, unused_name
from monitor.setup_unfinished import put_aside

THOUGHT_OF = "accounts-safety"
"""The guide's step that the first question is about."""

_MAKING_S = 120.0


@dataclass(slots=True)
class Making:
    """config: where config.toml is, or will be. address: of the page, which goes into it."""

    config: Path
    opens: Callable[[], App]
    clock: Callable[[], datetime]
    environ: Mapping[str, str]
    address: str = ""
    who: WhoElse = field(default_factory=WhoElse)
    refused: bool = False
    given: Attestation | None = None
    speaks: WhoSpeaks = field(default_factory=WhoSpeaks)
    made: KeptNow = field(default_factory=KeptNow)
    _six: str = ""
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    def is_set_up(self) -> bool:
        return self.config.is_file()

    def say_who_else(self, answer: WhoElse) -> None:
        self.who = answer
        if self.is_set_up():
            self._note_thought_of()

    def has_thought_of(self) -> bool:
        if self.who.computer is not None and self.who.mailbox is not None:
            return True
        if not self.is_set_up():
            return False
        app = self.opens()
        return THOUGHT_OF in app.ticks.all(app.settings.case.id)

    def promise(self) -> PromiseNow:
        if self.is_set_up():
            app = self.opens()
            if app.cases.is_attested(app.settings.case.id):
                return PromiseNow(is_given=True)
        authority = self.given.authority.value if self.given else ""
        return PromiseNow(self.given is not None, self.refused, authority, self.speaks)

    def wrong_in_promise(self, authority: str, speaks: WhoSpeaks) -> tuple[WrongAnswer, ...]:
        """In the order of the form."""
        unsaid = WrongAnswer(
            said("it was not said whose pictures these are"),
            field="authority",
            remedy=said("Choose one of the two."),
        )
        return (*([] if authority in tuple(Authority) else [unsaid]), *_checked(speaks)[1])

    def give_promise(self, authority: str, speaks: WhoSpeaks) -> None:
        for wrong in self.wrong_in_promise(authority, speaks):
            raise wrong
        given = attestation(adult=True, authority=Authority(authority), at=self.clock())
        self.given, self.speaks, self.refused = given, _checked(speaks)[0], False
        if self.is_set_up():
            app = self.opens()
            app.cases.attest(app.settings.case.id, given)

    def offered_words(self, *, new: bool) -> str:
        if new or not self._six:
            self._six = offered(secrets.choice)
        return self._six

    def kept(self) -> KeptNow:
        if not self.is_set_up():
            return KeptNow()
        settings = load(self.config, self.environ)
        identity = self.config.parent / IDENTITY
        return KeptNow(
            is_set_up=True,
            is_sealed=bool(settings.evidence.recipients),
            config=self._short(self.config),
            data=self._short(settings.data_dir),
            identity=self._short(identity) if identity.is_file() else "",
            store_key=self.made.store_key,
            sheet=self.made.sheet,
        )

    async def make(self, words: NewWords | None) -> KeptNow:
        async with self._one_at_a_time:  # a form that was sent twice
            kept = self.kept()
            if kept.is_sealed or (kept.is_set_up and words is None):
                return kept
            passphrase = self._passphrase(words) if words is not None else ""
            asked = self._set_up(words, passphrase) if not kept.is_set_up else self._later(passphrase)
            made = await self._carried_out(asked)
            self._six = ""
            self.made = KeptNow(store_key=self._short(made["store_key"]), sheet=self._short(made["sheet"]))
            if not kept.is_set_up and self.who.computer is not None:
                self._note_thought_of()
            return self.kept()

    def sheet(self) -> str:
        settings = load(self.config, self.environ)
        identity = self.config.parent / IDENTITY
        if not settings.evidence.recipients:
            raise UsageError(
                said("there is no key yet that a sheet could tell of"), remedy=said("Choose a passphrase first.")
            )
        facts = SheetFacts(
            config=self.config,
            data_dir=settings.data_dir,
            recipient=settings.evidence.recipients[0],
            identity=identity if identity.is_file() else None,
            made=self.clock().date(),
            program=calling(self.config),
        )
        return recovery_sheet(facts, None)

    def _passphrase(self, words: NewWords) -> str:
        six = self._six
        is_offered = bool(six) and " ".join(words.words.lower().split()) == six
        if not words.words.strip():
            raise WrongAnswer(
                said("no passphrase was typed"),
                field="words",
                remedy=said("Type the six words, or four or more of your own. Or let this step wait."),
            )
        try:
            meant = passphrase_meant(words.words, six, known_of_person(self.speaks.name, self.speaks.email))
        except ValueError as error:
            raise WrongAnswer(str(error), field="words") from error
        if not is_offered and words.again.strip() != meant:
            raise WrongAnswer(said("the two are not the same"), field="again", remedy=said("Type both once more."))
        return meant

    def _set_up(self, words: NewWords | None, passphrase: str) -> dict[str, Any]:
        if self.given is None:
            raise AttestationMissing(
                said("nothing is made before it was said that everybody shown was 18 or older"),
                remedy=said("Answer step 2 first."),
            )
        put_aside(self.config)
        return {
            "do": "set_up",
            "config": str(self.config),
            "authority": self.given.authority.value,
            "at": self.given.at.isoformat(),
            "name": self.speaks.name,
            "email": self.speaks.email,
            "jurisdiction": self.speaks.country,
            "passphrase": passphrase,
            "key_on_sheet": words is not None and words.key_on_sheet,
            "address": self.address,
        }

    def _later(self, passphrase: str) -> dict[str, Any]:
        identity = unused_name(self.config.parent / IDENTITY)
        return {
            "do": "passphrase",
            "config": str(self.config),
            "identity": str(identity),
            "passphrase": passphrase,
        }

    async def _carried_out(self, asked: dict[str, Any]) -> dict[str, Any]:
        command = [
            sys.executable,
            "-P",
            "-W",
            "ignore",
            "-m",
            "monitor.setup_in_browser.making_child",
            str(os.getpid()),
        ]
        child = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # a traceback may hold the passphrase
            env={**self.environ, "PYTHONPATH": str(Path(monitor.__file__).parent.parent)},
            cwd="/",
        )
        try:
            out, _ = await asyncio.wait_for(child.communicate(json.dumps(asked).encode()), _MAKING_S)
            told: dict[str, Any] = json.loads(out)
        except (TimeoutError, ValueError) as error:
            raise WorkFailed(
                said("the process that makes the keys ended before it was done"),
                remedy=said("It needs 256 MB of memory for a moment. Close other programs, then try again."),
            ) from error
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if "error" in told:
            raise _error_of(told)
        return told

    def _note_thought_of(self) -> None:
        app = self.opens()
        app.ticks.done(THOUGHT_OF, case=app.settings.case.id)

    def _short(self, path: object) -> str:
        """`~` for the person's own folder."""
        home = self.environ.get("HOME", "")
        return str(path).replace(f"{home}/", "~/") if len(home) > 1 else str(path)


def _error_of(told: Mapping[str, str]) -> MonitorError:
    kind = getattr(errors, told["error"], WorkFailed)
    return kind(told["message"], remedy=told["remedy"]) if issubclass(kind, MonitorError) else WorkFailed("")


def _checked(speaks: WhoSpeaks) -> tuple[WhoSpeaks, list[WrongAnswer]]:
    """As it is kept, without what is wrong."""
    checks = (
        ("name", speaks.name, of_case("name")),
        ("email", speaks.email, of_case("email")),
        ("country", speaks.country, country_code),
    )
    found: dict[str, str] = {}
    wrong = []
    for name, typed, check in checks:
        try:
            found[name] = check(typed.strip())
        except UsageError as error:
            wrong.append(WrongAnswer(str(error), field=name, remedy=error.remedy, way=error.way))
    return WhoSpeaks(**found), wrong
