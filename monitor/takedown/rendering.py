"""The words of a request, from the facts of finds. Pure: nothing is read but the templates, nothing is sent.

It is refused while an element that the law or the form wants is missing.
"""

from __future__ import annotations

import textwrap
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from monitor.errors import DraftIncomplete, UnderAge
from monitor.hosts import undisputed_host_of
from monitor.model.case import Authority
from monitor.plain import plain
from monitor.takedown import disclosure
from monitor.takedown.answering import IN_TEXT, form_fields
from monitor.takedown.channel import STALE_DAYS, Channel
from monitor.takedown.drafts import Draft, DraftFacts, FoundAt, NameRule
from monitor.takedown.elements import missing_elements
from monitor.takedown.exact import exact_url
from monitor.takedown.fields import Asks
from monitor.takedown.routing import Route, address_for

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

MAX_TEXT = 200  # characters of an account name; more is not needed to tell what is meant
MAX_CIRCUMSTANCES = 2_000  # characters; forms cut longer texts, and a desk does not read them
WIDTH = 78


def render_draft(route: Route, facts: DraftFacts, now: datetime, names: NameRule = NameRule.AUTO) -> Draft:
    """Raises UnderAge where not everybody shown was certainly an adult, and DraftIncomplete naming what is
    missing."""
    if not facts.adult:
        raise UnderAge(
            "no draft is made where someone was or may have been under 18",
            remedy="Use the services made for that: reupload-monitor guide under-18",
        )
    missing = missing_elements(route, facts, names)
    if missing:
        sections = ", ".join(dict.fromkeys((facts.in_case, facts.in_takedown)))
        raise DraftIncomplete(
            f"the draft for {route.channel.name} lacks: {'; '.join(missing)}",
            missing=missing,
            remedy=f"Add it in config.toml ({sections}); permission is given for one draft at a time.",
        )
    name_shown = disclosure.shows_name(route, names)
    values = _values(route, facts, now, name_shown)
    to_send = environment().get_template(route.regime.template).render(values).strip() + "\n"
    return Draft(
        asked=route,
        sightings=facts.sightings,
        language="en",
        subject=route.regime.title,
        to_send=to_send,
        fields=form_fields(route.channel, _answers(route, facts, values)),
        disclosures=disclosure.disclosures(route, facts.claimant, name_shown=name_shown),
        cautions=_cautions(route, facts, now),
        states=_states(route, facts),
        address=address_for(route),
        legal_basis=route.regime.legal_basis,
        name_shown=name_shown,
    )


def _values(route: Route, facts: DraftFacts, now: datetime, name_shown: bool) -> dict[str, object]:
    """What the templates may use, each safe to print."""
    claimant = facts.claimant
    signature = plain(claimant.signature.strip(), MAX_TEXT)
    if not name_shown and claimant.role is Authority.SELF:
        signature = disclosure.initials(signature)
    circumstances = plain(" ".join(facts.circumstances.split()), MAX_CIRCUMSTANCES)
    name = plain(claimant.name.strip(), MAX_TEXT)
    if not name_shown:
        circumstances = disclosure.without(name, circumstances)
    return {
        "now": now.astimezone(UTC),
        "name": name if name_shown and disclosure.asks_for_name(route) else "",
        "signature": signature,
        "email": claimant.email,
        "is_self": claimant.role is Authority.SELF,
        "finds": [_place(find) for find in facts.finds],
        "forged": facts.forged,
        "circumstances": circumstances,
    }


def _place(find: FoundAt) -> dict[str, object]:
    return {
        "page_url": exact_url(find.page_url),
        "image_url": exact_url(find.image_url),
        "account": plain(find.account.strip(), MAX_TEXT),
        "first_seen": find.first_seen.astimezone(UTC),
    }


def _answers(route: Route, facts: DraftFacts, values: dict[str, object]) -> dict[Asks, str]:
    is_self = facts.claimant.role is Authority.SELF
    return {
        Asks.URLS: "\n".join(_urls_of(route, facts)),
        Asks.NAME: str(values["name"]),
        Asks.EMAIL: facts.claimant.email,
        Asks.SIGNATURE: str(values["signature"]),
        Asks.WHO: "I am the person shown" if is_self else "I act for the person shown, with their authority",
        Asks.CATEGORY: route.channel.category,
        Asks.TEXT: IN_TEXT,
    }


def _cautions(route: Route, facts: DraftFacts, now: datetime) -> tuple[str, ...]:
    said = [*route.warnings]
    old = copy_warning(route.channel, now)
    address = address_for(route)
    if old and (address.url or address.email):
        said.append(old)
    if route.channel.notes:
        said.append(route.channel.notes)
    if any(find.image_url.startswith("data:") for find in facts.finds):
        said.append("The picture is written into the page itself, so it has no address of its own.")
    return tuple(said)


def _states(route: Route, facts: DraftFacts) -> tuple[str, ...]:
    is_self = facts.claimant.role is Authority.SELF
    said = [
        "You are the person shown." if is_self else "You act for the person shown, with their authority.",
        f"{'You' if is_self else 'They'} did not agree to its publication at these addresses.",
        "Everybody shown is an adult, and was one when it was taken.",
    ]
    if disclosure.is_signed(route):
        whose = "your" if is_self else "the representative's"
        said.append(f"The signature line is typed for you. It becomes {whose} signature when it is sent.")
    return tuple(said)


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


def _urls_of(route: Route, facts: DraftFacts) -> list[str]:
    """The addresses that this desk answers for; every address where none is plainly its own."""
    urls = [url for find in facts.finds for url in (exact_url(find.page_url), exact_url(find.image_url)) if url]
    own = [url for url in urls if route.answers_for(undisputed_host_of(url))]
    return list(dict.fromkeys(own or urls))


def wrapped(text: str, indent: int = 0) -> str:
    space = " " * indent
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=space,
        subsequent_indent=space,
        break_long_words=False,
        break_on_hyphens=False,
    )


@cache
def environment() -> SandboxedEnvironment:
    from jinja2 import PackageLoader, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(
        loader=PackageLoader("monitor.takedown"),
        undefined=StrictUndefined,
        # Plain text, so nothing to escape: what came from outside went through `plain` or `exact_url`.
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["wrap"] = wrapped
    environment.filters["utc"] = lambda moment: moment.strftime("%Y-%m-%d %H:%M UTC")
    return environment
