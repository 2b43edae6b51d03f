"""The words of a request, from the facts of finds. Pure: nothing is read but the templates, nothing is sent.

It is refused while an element that the law or the form wants is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from monitor.errors import DraftIncomplete, UnderAge
from monitor.hosts import undisputed_host_of
from monitor.mending import Mending
from monitor.model.case import Authority
from monitor.plain import plain
from monitor.takedown import disclosure
from monitor.takedown.answering import IN_TEXT, form_fields
from monitor.takedown.answering_desks import match_length
from monitor.takedown.channel import STALE_DAYS, Channel, ChannelKind, ChannelMethod
from monitor.takedown.checked_contacts import is_old
from monitor.takedown.countries import applies
from monitor.takedown.drafts import Draft, DraftFacts, Earlier, FoundAt, NameRule
from monitor.takedown.elements import as_they_concern, lacks_only_the_name, missing_elements
from monitor.takedown.exact import exact_url
from monitor.takedown.fields import Asks
from monitor.takedown.regimes import Element, without_law
from monitor.takedown.routing import Route, address_for
from monitor.takedown.words import ENGLISH, Words, language_name, templates_in, words_in

MAX_TEXT = 200  # characters of an account name; more is not needed to tell what is meant
MAX_CIRCUMSTANCES = 2_000  # characters; forms cut longer texts, and a desk does not read them
_MAX_LISTED = 10  # finds whose addresses stand in the text where the form has a field of its own for them
_LAWS = ("EU", "US", "IN")  # of which `words.toml` names what makes it illegal


def render_draft(
    route: Route, facts: DraftFacts, now: datetime, names: NameRule = NameRule.AUTO, language: str = ENGLISH
) -> Draft:
    """language: a code of `words.languages`.

    Raises UnderAge where not everybody shown was certainly an adult, and DraftIncomplete naming what is
    missing."""
    if not facts.adult:
        raise UnderAge(
            "no draft is made where someone was or may have been under 18",
            remedy="Use the services made for that: reupload-monitor guide under-18",
            way=Mending.UNDER_18,
        )
    asked = _as_it_can_be_asked(route, facts, names)
    missing = missing_elements(asked, facts, names)
    if missing:
        raise _incomplete(asked, facts, missing)
    words, facts = words_in(language), as_they_concern(asked, facts)
    values = _values(asked, facts, now, disclosure.shows_name(asked, names), words)
    to_send = templates_in(language).get_template(asked.regime.template).render(values).strip() + "\n"
    fields = form_fields(asked.channel, _answers(asked, facts, values, words))
    what = disclosure.held_of_person(facts.claimant, to_send, fields, _addresses(asked, facts))
    return Draft(
        asked=asked,
        sightings=facts.sightings,
        language=language,
        subject=words.subjects[asked.regime.id],
        to_send=to_send,
        fields=fields,
        disclosures=disclosure.disclosures(asked, facts.claimant, what),
        cautions=tuple(_cautions(asked, facts, now, language)),
        states=tuple(_states(asked, facts)),
        address=address_for(asked),
        legal_basis=asked.regime.legal_basis,
        name_shown=bool(what.name_in),
    )


def _as_it_can_be_asked(route: Route, facts: DraftFacts, names: NameRule) -> Route:
    """A notice in law without the name that the law wants is none: then the desk is asked in words of no law."""
    if not route.regime.else_without_law or not lacks_only_the_name(route, facts, names):
        return route
    weaker = without_law(route.regime, route.channel)
    said = (
        f"{route.regime.title} wants the legal name of who asks, and it was left out, so this is a report of no law. "
        "With the name: --name allow."
    )
    return replace(route, regime=weaker, warnings=(*route.warnings, said))


def _incomplete(route: Route, facts: DraftFacts, missing: tuple[str, ...]) -> DraftIncomplete:
    sections = ", ".join(dict.fromkeys((facts.in_case, facts.in_takedown)))
    is_set = f"What is named with [ ] is set in config.toml ({sections})"
    if "[" not in sections:
        is_set = "What is named with `case set` is set by that command: reupload-monitor case set KEY VALUE"
    told = disclosure.given_away(route)
    return DraftIncomplete(
        f"the draft for {route.channel.name} lacks: {'; '.join(missing)}",
        missing=missing,
        remedy=" ".join(
            (
                f"{is_set}; what is named with -- is said for one draft at a time.",
                *(["Before you do: " + " ".join(told)] if told else []),
            )
        ),
    )


def _values(route: Route, facts: DraftFacts, now: datetime, name_shown: bool, words: Words) -> dict[str, object]:
    """What the templates may use, each safe to print."""
    claimant, is_self = facts.claimant, facts.claimant.role is Authority.SELF
    signature, name = _line(claimant.signature), _line(claimant.name)
    notifier = name if is_self else signature
    if not name_shown and is_self:
        signature = disclosure.initials(signature)
    circumstances = plain(" ".join(facts.circumstances.split()), MAX_CIRCUMSTANCES)
    if not name_shown or disclosure.text_reaches_customer(route.channel):
        circumstances = disclosure.without(name, circumstances, words.short["withheld"])
    in_text = name_shown and disclosure.asks_for_name(route) and not disclosure.text_reaches_customer(route.channel)
    wanted = route.regime.elements
    return {
        "now": now.astimezone(UTC),
        "jurisdiction": route.jurisdiction,
        "name": name if in_text else "",
        "name_in_form": name if name_shown else "",
        "notifier": notifier if Element.NAME in wanted else "",
        "signature": signature,
        "email": claimant.email,
        "address": _line(claimant.address) if Element.POSTAL_ADDRESS in wanted else "",
        "phone": _line(claimant.phone) if Element.PHONE in wanted else "",
        "is_self": is_self,
        "finds": [_place(find) for find in facts.finds],
        "count": len(facts.finds),
        "places_in_form": _places_in_form(route, facts),
        "pages": _urls(find.page_url for find in facts.finds),
        "images": _urls(find.image_url for find in facts.finds),
        "results": _results(route.channel, facts),
        "domain": route.site,
        "law": _law(route, words),
        "networks": _networks(route),
        "forged": facts.forged,
        "circumstances": circumstances,
        "earlier": [_request(one, words) for one in facts.earlier],
    }


def _line(text: str) -> str:
    return plain(" ".join(text.split()), MAX_TEXT)


def _place(find: FoundAt) -> dict[str, object]:
    return {
        "page_url": exact_url(find.page_url),
        "image_url": exact_url(find.image_url),
        "account": _line(find.account).replace('"', "'"),
        "first_seen": find.first_seen.astimezone(UTC),
        "sha256": find.sha256,
    }


def _request(one: Earlier, words: Words) -> dict[str, object]:
    outcome = "overdue" if one.is_overdue else one.outcome
    return {
        "channel": _line(one.channel),
        "sent_at": one.sent_at.astimezone(UTC),
        "number": _line(one.number),
        "outcome": words.short.get(f"earlier_{outcome}", ""),
    }


def _places_in_form(route: Route, facts: DraftFacts) -> bool:
    """Many addresses stand once, in the field that is made for them; a mail has no field."""
    has_field = route.channel.asks(Asks.URLS) or route.channel.asks(Asks.PAGE_URLS)
    by_form = route.channel.method is ChannelMethod.FORM and not address_for(route).email
    return has_field and by_form and len(facts.finds) > _MAX_LISTED


def _networks(route: Route) -> str:
    """As the registries named them, and when they were asked; '' where nobody was asked."""
    contact = route.contact
    if contact is None or not contact.networks:
        return ""
    when = contact.asked_at.astimezone(UTC).strftime(" (%Y-%m-%d %H:%M UTC)") if contact.asked_at else ""
    return _line(", ".join(contact.networks)) + when


def _law(route: Route, words: Words) -> str:
    return next((words.short[f"law_{law}"] for law in _LAWS if applies(route.jurisdiction, (law,))), "")


def _answers(route: Route, facts: DraftFacts, values: dict[str, object], words: Words) -> dict[Asks, str]:
    """Of what is not here, only the person can fill in the field."""
    claimant, is_self = facts.claimant, bool(values["is_self"])
    return {
        Asks.URLS: "\n".join(_urls_of(route, facts)),
        Asks.PAGE_URLS: "\n".join(_urls(find.page_url for find in facts.finds)),
        Asks.IMAGE_URLS: "\n".join(_urls(find.image_url for find in facts.finds)),
        Asks.RESULT_URLS: "\n".join(_results(route.channel, facts)),
        Asks.DOMAIN: route.site,
        Asks.NETWORK: str(values["networks"]),
        Asks.ACCOUNT: "\n".join(dict.fromkeys(_line(find.account) for find in facts.finds if find.account.strip())),
        Asks.NAME: str(values["name_in_form"]),
        Asks.EMAIL: claimant.email,
        Asks.SIGNATURE: str(values["signature"]),
        Asks.POSTAL_ADDRESS: str(values["address"]),
        Asks.PHONE: str(values["phone"]),
        Asks.COUNTRY: claimant.country,
        Asks.WHO: words.short["who_self" if is_self else "who_other"],
        Asks.CATEGORY: route.channel.category,
        Asks.LAW: str(values["law"]),
        Asks.TEXT: IN_TEXT,
        **_answers_about_earlier(facts.earlier, words),
    }


def _answers_about_earlier(earlier: Sequence[Earlier], words: Words) -> dict[Asks, str]:
    """In parts, of the last one that was not met: that is what is complained of."""
    if not earlier:
        return {}
    one = next((one for one in reversed(earlier) if one.is_unmet), earlier[-1])
    said = _request(one, words)
    return {
        Asks.EARLIER: "\n".join(_earlier_line(each, words) for each in earlier),
        Asks.EARLIER_WHOM: str(said["channel"]),
        Asks.EARLIER_WHEN: _utc(one.sent_at),
        Asks.EARLIER_WHAT: words.short["earlier_what"],
        Asks.EARLIER_PROOF: f"{words.short['earlier_proof']} {said['number']}" if said["number"] else "",
        Asks.EARLIER_OUTCOME: str(said["outcome"]),
    }


def _earlier_line(one: Earlier, words: Words) -> str:
    said = _request(one, words)
    parts = (str(said["channel"]), _utc(one.sent_at), str(said["number"]), str(said["outcome"]))
    return ", ".join(part for part in parts if part)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _cautions(route: Route, facts: DraftFacts, now: datetime, language: str) -> Iterator[str]:
    yield from route.warnings
    channel, address = route.channel, address_for(route)
    old = copy_warning(channel, now)
    if old and (address.url or address.email):
        yield old
    if address.named_by is not None and is_old(address.named_by, now.astimezone(UTC).date()):
        yield (
            f"You read this address on their page on {address.named_by.checked_on}, which is long ago. Look whether it "
            "is still there before you send."
        )
    if address.named_by is not None and address.named_by.is_guess:
        yield (
            f"The address {address.email} is a guess that you said yes to: nobody publishes it. It is at the domain "
            f"that {address.named_by.name or 'the organisation'} gives for itself in {address.named_by.source}."
        )
    if language != ENGLISH:
        name = language_name(language)
        yield f"The text is a translation into {name}. No lawyer has read it. In English: --language en."
    if channel.asks_for_media:
        yield "They ask for the picture or for screenshots of it. No draft holds one: describe it in words instead."
    if channel.notes:
        yield channel.notes
    for further in channel.also:
        yield f"Another address of theirs, {further.what}: {further.url}"
    if channel.kind is ChannelKind.SEARCH and not _results(channel, facts):
        yield (
            "We know no address of a search result. Search as people would, and copy the address of the page of "
            "results and of each result into the form."
        )
    if any(find.image_url.startswith("data:") for find in facts.finds):
        yield "The picture is written into the page itself, so it has no address of its own."
    if any(find.sha256 for find in facts.finds):
        yield "You added the SHA-256 of the picture. It tells nothing of what it shows, and finds the same file again."


def _states(route: Route, facts: DraftFacts) -> Iterator[str]:
    is_self, wanted = facts.claimant.role is Authority.SELF, route.regime.elements
    yield "You are the person shown." if is_self else "You act for the person shown, with their authority."
    if Element.GONE in wanted:
        return
    yield f"{'You' if is_self else 'They'} did not agree to its publication at these addresses."
    if Element.COPYRIGHT in wanted:
        yield "You state under penalty of perjury that the copyright is held as the text says."
    else:
        yield "It is intimate imagery. Everybody shown is an adult, and was one when it was taken."
    if facts.forged:
        yield "It was made or changed by a computer to look real."
    if route.regime.id == "google_real":
        yield f"Nobody pays {'you' if is_self else 'them'} for it now."
    if disclosure.is_signed(route):
        whose = "your" if is_self else "the representative's"
        yield f"The signature line is typed for you. It becomes {whose} signature when it is sent."


def copy_warning(channel: Channel, now: datetime) -> str:
    """What the person should know about the age of the copy that the address was read in; '' when it is
    recent."""
    today = now.astimezone(UTC).date()
    if not channel.is_stale(today):
        return ""
    look = "Look whether the page still is what it says before you send."
    if channel.copied_on is None:
        return f"The copy it was read in has no date. {look}"
    if channel.source_copy_date == channel.copied_on.isoformat():
        return f"The copy it was read in is {(today - channel.copied_on).days} days old. {look}"
    return (
        f"The copy it was read in is dated only {channel.source_copy_date!r}, so it may be more than "
        f"{STALE_DAYS} days old. {look}"
    )


def _urls(found: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(url for url in map(exact_url, found) if url))


def _addresses(route: Route, facts: DraftFacts) -> list[str]:
    """All that may stand in the request, and account names with them."""
    urls = _urls(url for find in facts.finds for url in (find.page_url, find.image_url))
    return [*urls, *_results(route.channel, facts), *(_line(find.account) for find in facts.finds)]


def _results(engine: Channel, facts: DraftFacts) -> list[str]:
    """Pages of this engine's own results. Where the person's own search engine, or another one, found it is no page of
    theirs, and would tell them what she searches for and with what."""
    found = (find.result_url for find in facts.finds)
    return _urls(url for url in found if match_length(engine, undisputed_host_of(url)))


def _urls_of(route: Route, facts: DraftFacts) -> list[str]:
    """The addresses that this desk answers for; every address where none is plainly its own."""
    urls = _urls(url for find in facts.finds for url in (find.page_url, find.image_url))
    own = [url for url in urls if route.answers_for(undisputed_host_of(url))]
    return own or urls
