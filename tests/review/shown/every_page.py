"""What is the same for every page: help, the door, what is not there."""

from __future__ import annotations

from monitor.model.ids import CaseId
from tests.review.asking import NobodyNamed
from tests.review.state import State


class ThreeCases:
    async def names(self) -> tuple[CaseId, ...]:
        return (CaseId("anna"), CaseId("berta"), CaseId("c" * 60))


class OfThree:
    cases = ThreeCases()
    staff = NobodyNamed()


class ManyCases:
    async def names(self) -> tuple[CaseId, ...]:
        return tuple(CaseId(f"case-{number:03}") for number in range(120))


class OfMany:
    cases = ManyCases()
    staff = NobodyNamed()


STATES = (
    State("help: keys on", "/help"),
    State("help: keys off", "/help", before=(("/keys", (("keys", "off"),)),)),
    State("help: three cases, none chosen", "/help", core=OfThree),
    State("help: three cases, one chosen", "/help", core=OfThree, before=(("/case", (("case", "berta"),)),)),
    State("case: one that is not there", "/case", core=OfThree, sends=(("case", "nobody"),)),
    State("cases: three", "/cases", core=OfThree),
    State("cases: many", "/cases?from=50", core=OfMany),
    State("cases: many, one chosen", "/help", core=OfMany, before=(("/case", (("case", "case-007"),)),)),
    State("cases: none of that name", "/cases", core=OfThree, before=(("/cases", (("with", "zzz"),)),)),
    State("cases: many, none chosen", "/later", core=OfMany),
    State("door: shut", "/", enters=False),
    State("enter: link not used yet", "/enter/a-link", enters=False),
    State("away", "/away", enters=False),
)
