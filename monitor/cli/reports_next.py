"""`reports next`: what to send next, in as few forms as can be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import opening, options, printing, statements
from monitor.documents.places import number_words
from monitor.errors import UsageError
from monitor.model.ids import SightingId
from monitor.plain import several
from monitor.takedown.lanes import Lane

if TYPE_CHECKING:
    from monitor.model.report import Report
    from monitor.services.next_forms import NextForm, NextForms

_TO = {
    Lane.PLATFORM: "the site itself",
    Lane.MEDIA_HOST: "the company that hosts the picture",
    Lane.PAGE_HOST: "the company that hosts the page",
    Lane.CDN: "the network that delivers the site",
    Lane.SEARCH: "a search engine: the picture stays, and is no longer found there",
    Lane.REGISTRAR: "the company that the site's name is registered with",
    Lane.HASH_SERVICE: "a service that large sites ask before they show a picture",
    Lane.REGULATOR: "an authority",
    Lane.HELPLINE: "people who help you",
    Lane.POLICE: "the police",
}
_LISTED = 3  # finds and hosts of a form that are named; JSON has all


def next_forms(
    draft: Annotated[bool, typer.Option("--draft", help="Write them, filled in, in one sitting.")] = False,
    language: statements.LanguageOption = statements.DEFAULT_LANGUAGE,
    out: statements.OutOption = None,
    forged: statements.ForgedOption = False,
    name: statements.NameOption = "auto",
    as_json: options.JsonOption = False,
) -> None:
    """The shortest list of forms that covers everything open: whom to ask, about what, and what came of it before.

    What you state is said of every find in it: where it holds for some alone, `reports draft` is for those."""
    from monitor.services.next_forms import NextFormService

    said = statements.stated(forged=forged, language=language, name=name)
    if not draft and (out is not None or said.language != statements.DEFAULT_LANGUAGE or name != "auto"):
        raise UsageError(
            "--out, --language and --name are about drafts, and none are written",
            remedy="Add --draft, or leave them away.",
        )
    with opening.opened() if draft else opening.opened_to_read() as opened:
        case = opening.chosen_case(opened)
        service = NextFormService(opened.drafts)
        done = service.draft(case, out=out, statements=said) if draft else None
        found = service.next(case, said)
        finds = opened.decisions.of_ids((one for form in found.forms for one in form.batch.sightings), case=case)
    if as_json:
        printing.emit(_document(found))
    else:
        for number, form in enumerate(found.forms, start=1):
            for line in _lines(number, form, {one.id: one.number for one in finds}):
                printing.out(line)
    tell_replaced(done.replaced if done else ())
    for problem in done.problems if done else ():
        printing.say(f"not drafted: {problem}")
        printing.say(f"    {problem.remedy}")
    for line in _told(found, wants_draft=done is None):
        printing.say(line)


def tell_replaced(older: Sequence[Report]) -> None:
    """Sheets of requests that were drafted anew elsewhere."""
    for report in older:
        printing.say(f"Do not send the older draft: {printing.plain(report.file)}")
    if older:
        printing.say(
            "    It is replaced by a new one to the same desk, and what is noted from now on is of the new one."
        )


def _lines(number: int, form: NextForm, numbers: Mapping[SightingId, int]) -> Iterator[str]:
    route, address = form.batch.route, form.address
    finds = several(len(form.batch.sightings), "find", "finds")
    yield printing.plain(f"{number}. {route.channel.name}: {finds} on {_few(route.hosts)}")
    yield f"   to: {_TO[route.lane]}"
    if address.url or address.email:
        said = "send here" if address.checked else "check first"
        named = f", named by its registry ({address.named_by.source})" if address.named_by else ""
        if address.named_by and address.named_by.checked_on:
            named += f", read by you on {address.named_by.checked_on}"
        yield printing.plain(f"   {said}: {' or '.join(part for part in (address.url, address.email) if part)}{named}")
    else:
        yield "   no address that we know of: use the site's own report link"
    if route.deadline is not None:
        since = " from the notice that they give to the site" if route.regime.legal_basis == "au_osa_77" else ""
        yield printing.plain(f"   they have {route.deadline}{since} ({route.deadline_source})")
    if route.record is not None:
        yield f"   so far: {route.record}"
    if form.limit:
        yield printing.plain(f"   {form.limit}")
    for warning in route.warnings:
        yield printing.plain(f"   {warning}")
    if form.drafted is not None:
        yield printing.plain(f"   drafted: {form.drafted.file} (when you have sent it: reports sent {form.drafted.id})")
    else:
        named = number_words(numbers[one] for one in form.batch.sightings if one in numbers)
        yield f"   finds: {printing.plain(named)}"


def _few(names: tuple[str, ...]) -> str:
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more} more" if more > 0 else "")


def _told(found: NextForms, *, wants_draft: bool) -> Iterator[str]:
    covered = found.open - found.in_hand
    if not found.open:
        yield "Nothing is open."
        return
    forms, finds = several(len(found.forms), "form", "forms"), several(covered, "find", "finds")
    yield f"{forms} for {finds} that wait for you, of {found.open} that are open."
    if found.in_hand:
        yield f"About {found.in_hand} nobody is to be asked now: somebody has them in hand, or nobody is left to ask."
    if found.forms and wants_draft:
        yield "To have them written, filled in: reupload-monitor reports next --draft"
    yield "Nothing was sent: that is for you to do."
    once = [channel.name for lane, channel in found.beside if lane is Lane.HASH_SERVICE]
    if once:
        yield printing.plain(f"Once for your pictures: {', '.join(once)} (reupload-monitor guide hash-services).")
    yield "Who helps: reupload-monitor guide support."


def _document(found: NextForms) -> dict[str, Any]:
    return {
        "open": found.open,
        "in_hand": found.in_hand,
        "forms": [_form_document(form) for form in found.forms],
        "beside": [
            {"lane": lane.value, "channel": channel.id, "name": channel.name, "url": channel.url or None}
            for lane, channel in found.beside
        ],
    }


def _form_document(form: NextForm) -> dict[str, Any]:
    route, record, address = form.batch.route, form.batch.route.record, form.address
    return {
        "channel": route.channel.id,
        "name": route.channel.name,
        "lane": route.lane.value,
        "category": route.channel.category,
        "sightings": list(form.batch.sightings),
        "hosts": list(route.hosts),
        "url": address.url or None,
        "email": address.email or None,
        "address_checked": address.checked,
        "address_source": address.named_by.source if address.named_by else route.channel.source,
        "deadline": str(route.deadline) if route.deadline else None,
        "deadline_source": route.deadline_source or None,
        "record": {"sent": record.sent, "removed": record.removed, "median_hours": record.median_hours}
        if record
        else None,
        "limit": form.limit or None,
        "warnings": list(route.warnings),
        "report": form.drafted.id if form.drafted else None,
        "file": form.drafted.file if form.drafted else None,
    }
