"""The words of a request, from the facts of a sighting. Pure: nothing is read but the templates, nothing is
sent.

A draft has a part for the person (where, which category, by when) and, between two lines, the text to send.
It is refused while an element that the law or the form wants is missing.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from monitor.errors import DraftIncomplete, UnderAge
from monitor.hosts import undisputed_host_of
from monitor.model.case import Authority
from monitor.model.ids import SightingId
from monitor.plain import plain
from monitor.takedown.answering import form_fields
from monitor.takedown.channel import STALE_DAYS, Channel, Confidence, UploaderMaySee, is_email
from monitor.takedown.clocks import Deadline, due_at
from monitor.takedown.exact import exact_url
from monitor.takedown.fields import Asks
from monitor.takedown.regimes import Element
from monitor.takedown.routing import Route, address_for

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

MAX_TEXT = 200  # characters of an account name; more is not needed to tell what is meant
MAX_CIRCUMSTANCES = 2_000  # characters; forms cut longer texts, and a desk does not read them
WIDTH = 78


class NameRule(StrEnum):
    """Whether the legal name of the person shown may stand in a draft."""

    AUTO = "auto"  # only where the desk requires it, and never where the uploader may see it
    ALLOW = "allow"  # the person said so, for this draft
    WITHHOLD = "withhold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimant:
    """Who asks. name: legal name of the person shown. signature: typed by whoever signs: the person shown, or
    their representative. email: where answers go; best an address that does not hold the name."""

    name: str = ""
    email: str = ""
    signature: str = ""
    role: Authority = Authority.SELF


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFacts:
    """What is known of one sighting, and what the person has said about it.

    page_url, image_url, account: as found at the site; made safe here. The four statements are the person's
    own and are never assumed: adult (everybody shown was 18 or older when it was taken), authorised (the
    person shown, or acting with their authority), not_consensual (published without consent), forged (made or
    changed by a computer, not a real picture). circumstances: in the person's words, one paragraph, may be
    empty. in_case, in_takedown: the sections of config.toml that hold name and signature of the sighting's case.
    """

    sighting: SightingId
    page_url: str
    claimant: Claimant
    first_seen: datetime
    image_url: str = ""
    account: str = ""
    adult: bool = False
    authorised: bool = False
    not_consensual: bool = False
    forged: bool = False
    circumstances: str = ""
    in_case: str = "[case]"
    in_takedown: str = "[takedown]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`text` is the whole file. `to_send` is the part between the lines. file_name is safe as it is."""

    sighting: SightingId
    channel: str
    route: str
    text: str
    to_send: str
    file_name: str
    deadline: Deadline | None
    name_shown: bool

    def due_at(self, sent_at: datetime) -> datetime | None:
        """When the desk has to have acted if it was sent then; None where nothing sets a time."""
        return due_at(self.deadline, sent_at)


def missing_elements(route: Route, facts: DraftFacts, names: NameRule = NameRule.AUTO) -> tuple[str, ...]:
    """What the law or the form wants and the facts do not hold, in words; empty when a draft can be made."""
    missing = [words for name in route.regime.elements for words in _ELEMENTS[name](facts)]
    if route.channel.asks(Asks.NAME):
        if not facts.claimant.name.strip():
            missing.append(f"the legal name of the person shown, which this form requires ({facts.in_case} name)")
        elif not _shows_name(route, names):
            missing.append("your permission to give the legal name, which this form requires")
    return tuple(missing)


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
    name_shown = _shows_name(route, names)
    values = _values(route, facts, now, name_shown)
    environment = _environment()
    to_send = environment.get_template(route.regime.template).render(values).strip() + "\n"
    text = environment.get_template("draft.txt.j2").render(values, to_send=to_send)
    return Draft(
        sighting=facts.sighting,
        channel=route.channel.id,
        route=route.regime.id,
        text=text,
        to_send=to_send,
        file_name=_file_name(facts.sighting, route),
        deadline=route.deadline,
        name_shown=name_shown,
    )


def _values(route: Route, facts: DraftFacts, now: datetime, name_shown: bool) -> dict[str, object]:
    claimant, channel = facts.claimant, route.channel
    signature = plain(claimant.signature.strip(), MAX_TEXT)
    if not name_shown and claimant.role is Authority.SELF:
        signature = initials(signature)
    circumstances = plain(" ".join(facts.circumstances.split()), MAX_CIRCUMSTANCES)
    name = plain(claimant.name.strip(), MAX_TEXT)
    if not name_shown:
        circumstances = _without(name, circumstances)
    return {
        "channel": channel,
        "route": route,
        "address": address_for(route),
        "copy_warning": copy_warning(channel, now),
        "due": due_at(route.deadline, now),
        "now": now.astimezone(UTC),
        "name": name if name_shown and channel.asks(Asks.NAME) else "",
        "name_shown": name_shown,
        "is_signed": _is_signed(route),
        "uploader_may_see": _uploader_may_see(channel),
        "name_in_email": _name_in_email(claimant),
        "signature": signature,
        "email": claimant.email,
        "is_self": claimant.role is Authority.SELF,
        "page_url": exact_url(facts.page_url),
        "image_url": exact_url(facts.image_url),
        "image_is_inline": facts.image_url.startswith("data:"),
        "account": plain(facts.account.strip(), MAX_TEXT),
        "first_seen": facts.first_seen.astimezone(UTC),
        "forged": facts.forged,
        "circumstances": circumstances,
        "fields": form_fields(
            channel,
            urls=_urls_of(route, facts),
            email=claimant.email,
            name=name if name_shown else "",
            signature=signature,
            is_self=claimant.role is Authority.SELF,
        ),
    }


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


def initials(signature: str) -> str:
    """`Jane van Doe` -> `J. v. D.`: a signature in law, and no name."""
    return " ".join(f"{word[0]}." for word in re.split(r"[\s-]+", signature) if word)


def _shows_name(route: Route, names: NameRule) -> bool:
    if names is not NameRule.AUTO:
        return names is NameRule.ALLOW
    if _uploader_may_see(route.channel):
        return False
    return route.channel.asks(Asks.NAME) or _is_signed(route)


def _uploader_may_see(channel: Channel) -> bool:
    """Where nothing is known of a desk that nobody checked, the worst is taken for granted."""
    if channel.uploader_may_see is UploaderMaySee.UNKNOWN:
        return channel.confidence is Confidence.UNVERIFIED
    return channel.uploader_may_see is UploaderMaySee.YES


def _is_signed(route: Route) -> bool:
    return Element.SIGNATURE in route.regime.elements or route.channel.asks(Asks.SIGNATURE)


def _urls_of(route: Route, facts: DraftFacts) -> list[str]:
    """The addresses that this desk answers for; every address where none is plainly its own."""
    urls = [url for url in (exact_url(facts.page_url), exact_url(facts.image_url)) if url]
    return [url for url in urls if route.answers_for(undisputed_host_of(url))] or urls


def _without(name: str, text: str) -> str:
    """`text` without the name and without its parts of three letters and more, whatever their case."""
    for part in sorted({name, *(word for word in name.split() if len(word) > 2)}, key=len, reverse=True):
        if part:
            text = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", "[name withheld]", text, flags=re.IGNORECASE)
    return re.sub(r"\[name withheld\]( \[name withheld\])+", "[name withheld]", text)


def _name_in_email(claimant: Claimant) -> bool:
    local = claimant.email.partition("@")[0].casefold()
    return any(len(word) > 2 and word.casefold() in local for word in claimant.name.split())


def _file_name(sighting: SightingId, route: Route) -> str:
    return f"{re.sub(r'[^A-Za-z0-9_-]', '_', sighting)[:64]}-{route.channel.id}-{route.regime.id}.txt"


def _identification(facts: DraftFacts) -> Iterable[str]:
    if not exact_url(facts.page_url) and not exact_url(facts.image_url):
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


# Each yields what is missing, in words.
_ELEMENTS: dict[Element, Callable[[DraftFacts], Iterable[str]]] = {
    Element.IDENTIFICATION: _identification,
    Element.GOOD_FAITH: _good_faith,
    Element.AUTHORITY: _authority,
    Element.CONTACT: _contact,
    Element.SIGNATURE: _signature,
}


def _wrap(text: str, indent: int = 0) -> str:
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
def _environment() -> SandboxedEnvironment:
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
    environment.filters["wrap"] = _wrap
    environment.filters["utc"] = lambda moment: moment.strftime("%Y-%m-%d %H:%M UTC")
    return environment
