"""What a law or a form wants in a request, and what of it is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from monitor.takedown.channel import is_email
from monitor.takedown.disclosure import asks_for_name, shows_name
from monitor.takedown.drafts import DraftFacts, NameRule
from monitor.takedown.exact import exact_url
from monitor.takedown.regimes import Element
from monitor.takedown.routing import Route


def missing_elements(route: Route, facts: DraftFacts, names: NameRule = NameRule.AUTO) -> tuple[str, ...]:
    """What the law or the form wants and the facts do not hold, in words; empty when a draft can be made."""
    missing = [words for name in route.regime.elements for words in CHECKS[name](facts)]
    if asks_for_name(route):
        if not facts.claimant.name.strip():
            missing.append(f"the legal name of the person shown, which this form requires ({facts.in_case} name)")
        elif not shows_name(route, names):
            missing.append("your permission to give the legal name, which this form requires")
    return tuple(missing)


def _identification(facts: DraftFacts) -> Iterable[str]:
    if not facts.finds or not all(exact_url(find.page_url) or exact_url(find.image_url) for find in facts.finds):
        yield "identification: the http or https address of the page or of the picture"


def _good_faith(facts: DraftFacts) -> Iterable[str]:
    if not facts.not_consensual:
        yield "good-faith statement: your word that it was published without the consent of the person shown"


def _authority(facts: DraftFacts) -> Iterable[str]:
    if not facts.authorised:
        yield "authority: your word that you are the person shown, or act with their authority"


def _contact(facts: DraftFacts) -> Iterable[str]:
    if not is_email(facts.claimant.email):
        yield f"contact: an e-mail address for answers ({facts.in_takedown} contact_email)"


def _signature(facts: DraftFacts) -> Iterable[str]:
    if not facts.claimant.signature.strip():
        yield f"signature: the typed name of who signs ({facts.in_takedown} signature)"


CHECKS: dict[Element, Callable[[DraftFacts], Iterable[str]]] = {
    Element.IDENTIFICATION: _identification,
    Element.GOOD_FAITH: _good_faith,
    Element.AUTHORITY: _authority,
    Element.CONTACT: _contact,
    Element.SIGNATURE: _signature,
}
"""Each yields what is missing, in words."""
