"""Every page over a case in which whatever came from outside is hostile, and 10,000 long."""

from __future__ import annotations

from dataclasses import replace

from monitor.model.match import Match, Tier
from monitor.model.sighting import Place, Status
from monitor.review.local import LocalCore
from tests.review.found_app import CASE, an_app
from tests.review.state import State

MARKUP = "</bdi></details><script>alert(1)</script><img src=x onerror=y>\"' onfocus=z {{ 7*7 }} %(x)s"
TURNED = "\u202egpj.exe\u202c \u2066x\u2069 \x1b[31m\x07\x00\u2028 عنوان"
LONG = f"{MARKUP} {TURNED} " + "long" * 2_500


def _hostile() -> LocalCore:
    found = an_app(name=f"=cmd|'/C calc'!A0 {MARKUP}")
    match = Match(Tier.MATCH, 0.9, LONG, reference="ref1", label=LONG)
    place = Place(page_url=f"https://evil.example/{LONG}", image_url=f"javascript:{MARKUP}", account=LONG, title=LONG)
    for number, status in enumerate((Status.NEW, Status.NEW, Status.CONFIRMED, Status.REMOVED)):
        here = replace(place, page_url=f"https://evil{number}.example/{LONG}")
        found.add(f"evil{number}.example", match=match, place=here, watch=LONG, status=status)
    perhaps = replace(match, tier=Tier.POSSIBLE)
    found.add("perhaps.example", match=perhaps, place=place, watch=LONG)
    (drafted,) = found.add("reddit.com", match=match, watch=LONG)
    report = found.drafted(drafted)[0]
    found.app.reports.mark_sent(report.id, case=CASE, number=MARKUP[:99])
    found.app.reports.record_response(report.id, case=CASE, outcome="more-asked", text=LONG)
    return found.core


STATES = tuple(
    State(f"hostile: {path}", path, core=_hostile)
    for path in (
        "/",
        "/incidents/at-evil0.example",
        "/finds/evil0examplex0",
        "/evidence",
        "/evidence/find/evil0examplex0",
        "/evidence/own",
        "/reports",
        "/reports/report-1",
        "/course",
        "/digest",
        "/watches",
        "/wishes",
        "/settings",
        "/guide",
    )
)
