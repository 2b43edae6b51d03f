"""What a law or a form wants in a request, and what of it is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from monitor.model.case import Authority
from monitor.takedown.channel import is_email
from monitor.takedown.disclosure import asks_for_name, shows_name
from monitor.takedown.drafts import DraftFacts, NameRule
from monitor.takedown.exact import exact_url
from monitor.takedown.regimes import Element
from monitor.takedown.routing import Route

_OF_ITS_OWN = frozenset(
    {
        Element.COPYRIGHT,
        Element.DATA_SUBJECT,
        Element.REAL,
        Element.FORGED,
        Element.STANDS,
        Element.GONE,
        Element.EARLIER,
        Element.TIME_OUT,
    }
)
NAME_PERMISSION = "your permission to give the legal name"


def missing_elements(route: Route, facts: DraftFacts, names: NameRule = NameRule.AUTO) -> tuple[str, ...]:
    """What the law or the form wants and the facts do not hold, in words that say where to set it; empty when a draft
    can be made."""
    facts = as_they_concern(route, facts)
    missing = [words for name in route.regime.elements for words in CHECKS[name](facts)]
    is_self = facts.claimant.role is Authority.SELF
    by_law = Element.NAME in route.regime.elements and is_self
    if asks_for_name(route) and not facts.claimant.name.strip() and not by_law:
        missing.append(f"name: the legal name of the person shown, which this form requires ({facts.in_case} name)")
    if (asks_for_name(route) or by_law) and facts.claimant.name.strip() and not shows_name(route, names):
        wants = "the law wants" if by_law else "this form requires"
        missing.append(f"name: {NAME_PERMISSION}, which {wants} (--name allow)")
    return tuple(missing)


def waits_for_nothing(route: Route, facts: DraftFacts) -> bool:
    """False where such a request waits for a word or an event of its own, which nobody misses: a form for fakes where
    nothing is forged, a complaint where nothing was asked."""
    facts = as_they_concern(route, facts)
    return not any(True for name in route.regime.elements if name in _OF_ITS_OWN for _ in CHECKS[name](facts))


def as_they_concern(route: Route, facts: DraftFacts) -> DraftFacts:
    """Who watches over one law is told of the requests under that law alone."""
    if Element.EARLIER not in route.regime.elements:
        return facts
    under = tuple(one for one in facts.earlier if one.legal_basis in route.channel.legal_basis)
    return replace(facts, earlier=under)


def lacks_only_the_name(route: Route, facts: DraftFacts, names: NameRule) -> bool:
    """The law wants the name of who gives notice, and the person did not allow it for this draft."""
    is_self = facts.claimant.role is Authority.SELF
    return Element.NAME in route.regime.elements and is_self and not shows_name(route, names)


def _identification(facts: DraftFacts) -> Iterable[str]:
    if not facts.finds or not all(exact_url(find.page_url) or exact_url(find.image_url) for find in facts.finds):
        yield "identification: the http or https address of the page or of the picture, as a form can take it"


def _intimate(facts: DraftFacts) -> Iterable[str]:
    if not facts.intimate:
        yield "what it is: your word that it is intimate imagery"


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


def _name(facts: DraftFacts) -> Iterable[str]:
    """Of who gives notice: a representative's own name is what they sign with."""
    if facts.claimant.role is Authority.SELF and not facts.claimant.name.strip():
        yield f"name: the legal name of who asks, which the law wants ({facts.in_case} name)"
    if facts.claimant.role is not Authority.SELF and not facts.claimant.signature.strip():
        yield f"name: the name of who asks, which the law wants ({facts.in_takedown} signature)"


def _postal_address(facts: DraftFacts) -> Iterable[str]:
    if not facts.claimant.address.strip():
        yield f"postal address, which the law wants ({facts.in_takedown} address)"


def _phone(facts: DraftFacts) -> Iterable[str]:
    if not facts.claimant.phone.strip():
        yield f"telephone number, which the law wants ({facts.in_takedown} phone)"


def _country(facts: DraftFacts) -> Iterable[str]:
    if not facts.claimant.country.strip():
        yield f"country in which the person shown lives, which the form asks first ({facts.in_case} jurisdiction)"


def _copyright(facts: DraftFacts) -> Iterable[str]:
    if not facts.owns_copyright:
        yield (
            "copyright: your word that the person shown made the picture and holds the copyright in it "
            "(--i-own-the-copyright)"
        )


def _data_subject(facts: DraftFacts) -> Iterable[str]:
    if not facts.asks_as_data_subject:
        yield "data subject: your word that you ask as the person whom the data show (--i-ask-as-data-subject)"


def _real(facts: DraftFacts) -> Iterable[str]:
    if facts.forged:
        yield "a real picture: for what a computer made this desk has another form"


def _forged(facts: DraftFacts) -> Iterable[str]:
    if not facts.forged:
        yield "a fake: your word that it was made or changed by a computer (--forged)"


def _gone(facts: DraftFacts) -> Iterable[str]:
    if not facts.finds or not all(find.is_gone for find in facts.finds):
        yield "gone at its source: this form is for what was removed there, as two looks apart have to show first"


def _stands(facts: DraftFacts) -> Iterable[str]:
    if facts.finds and all(find.is_gone for find in facts.finds):
        yield "still there at its source: for what is gone there this desk has another form"


def _earlier(facts: DraftFacts) -> Iterable[str]:
    if not facts.earlier:
        yield "earlier request: one that was sent about the same find (reports sent ID --at T --number N)"


def _time_out(facts: DraftFacts) -> Iterable[str]:
    if facts.earlier and not any(one.is_unmet for one in facts.earlier):
        yield "time that has run out: an earlier request that was refused, or whose time is over"


CHECKS: dict[Element, Callable[[DraftFacts], Iterable[str]]] = {
    Element.IDENTIFICATION: _identification,
    Element.INTIMATE: _intimate,
    Element.GOOD_FAITH: _good_faith,
    Element.AUTHORITY: _authority,
    Element.CONTACT: _contact,
    Element.SIGNATURE: _signature,
    Element.NAME: _name,
    Element.POSTAL_ADDRESS: _postal_address,
    Element.PHONE: _phone,
    Element.COUNTRY: _country,
    Element.COPYRIGHT: _copyright,
    Element.DATA_SUBJECT: _data_subject,
    Element.REAL: _real,
    Element.FORGED: _forged,
    Element.STANDS: _stands,
    Element.GONE: _gone,
    Element.EARLIER: _earlier,
    Element.TIME_OUT: _time_out,
}
"""Each yields what is missing, in words."""
