"""Drafts as the person uses them: one folder for what is sent in one sitting. Pure: nothing is read, nothing is sent.

For each draft a text sheet, field by field in the form's order, each value a block to copy; where it goes by mail, a
file that a mail program opens as well; and an index that says what comes first.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from monitor.config_places import PROGRAM
from monitor.model.hosting import AbuseContact
from monitor.model.report import ASKED_AFTER
from monitor.plain import plain, several
from monitor.takedown import sheet_layout as layout
from monitor.takedown.answering import IN_TEXT, FormField
from monitor.takedown.batching import limit_words
from monitor.takedown.channel import ChannelKind, ChannelMethod, FieldKind
from monitor.takedown.clocks import latest_due
from monitor.takedown.drafts import Draft
from monitor.takedown.lanes import Lane
from monitor.takedown.mail import eml_of, has_text, mailto_of, printable_lines, subject_line
from monitor.takedown.sheet_commands import Commands
from monitor.takedown.words import WIDTH

INDEX = "00-what-first.txt"
MAIL = ".eml"
_MOST_HOSTS = 3  # that a line names
_ALWAYS = (
    "Keep your evidence first: the page may be gone an hour after your report.",
    "Attach no copy of the picture. They find it by its address.",
)


@dataclass(frozen=True, slots=True)
class SheetFile:
    """name: safe as it is, and one of a kind in its sitting. draft: of which draft of the sitting, from 0; None for
    the index. is_sheet: what the person opens, of the files of one draft."""

    name: str
    data: bytes
    draft: int | None
    is_sheet: bool = False


def files_of(
    sitting: Sequence[Draft], now: datetime, reports: Sequence[str] = (), program: str = PROGRAM
) -> tuple[SheetFile, ...]:
    """The index first, then the files of each draft, in the order in which they are best sent: that of `sitting`.
    reports: the id of each draft's report, for the commands of its sheet. program: how these call it."""
    found: list[SheetFile] = []
    lanes = {draft.asked.lane for draft in sitting}
    for number, draft in enumerate(sitting):
        stem = _stem(number, len(sitting), draft)
        commands = Commands(program, reports[number] if reports else "ID")
        text = "\n".join(_sheet(draft, commands, stem, lanes, now)) + "\n"
        found.append(SheetFile(f"{stem}.txt", _encoded(text), number, is_sheet=True))
        if _mailbox(draft):
            found.append(SheetFile(f"{stem}{MAIL}", eml_of(_mailbox(draft), draft.subject, draft.to_send), number))
    index = "\n".join(_index(sitting, found, now, program)) + "\n"
    return (SheetFile(INDEX, _encoded(index), None), *found)


# -- one draft


def _sheet(draft: Draft, commands: Commands, stem: str, lanes: Collection[Lane], now: datetime) -> Iterator[str]:
    yield "DRAFT. Nothing has been sent."
    yield "reupload-monitor prepared this for you to read, to change and to send yourself."
    yield from _wrapped("Only what stands between two lines of signs is meant for them. Copy each block as it stands.")
    yield ""
    yield plain(draft.asked.regime.title)
    yield from _head(draft)
    yield from _clock(draft, commands, now)
    yield from _list("Before you send", (*_ALWAYS, *draft.cautions))
    yield from _list("What it gives away", draft.disclosures)
    yield from _list("What you state by sending it (change what is not so)", draft.states)
    yield from _blocks(draft, stem)
    yield ""
    yield layout.AFTER_BLOCKS
    for sentence, command in _after(draft, commands, lanes):
        yield from _wrapped(f"- {plain(sentence)}", 2, first=0)
        if command:
            yield f"  {command}"


def _head(draft: Draft) -> Iterator[str]:
    channel, address = draft.asked.channel, draft.address
    contact = address.named_by
    yield from _beside("To:", (contact.name if contact else "") or channel.name)
    yield from _beside("Category:", channel.category)
    yield from _where(draft)
    if contact is None and (address.url or address.email or channel.evidence == "primary_policy_only"):
        yield from _beside("Read in:", channel.source)
        yield from _beside("", f"copy of: {channel.source_copy_date or 'no date'}")
    if channel.account_needed is not None:
        yield from _beside("Account:", "needed." if channel.account_needed else "none needed.")
    if channel.urls_max:
        yield from _beside("Limit:", f"{channel.urls_max} ({channel.urls_unit or 'addresses in one report'})")
    if len(draft.sightings) > 1 and limit_words(channel):
        yield from _beside("" if channel.urls_max else "Limit:", limit_words(channel))
    where = f", on {_few(draft.asked.hosts)}" if draft.asked.hosts else ""
    yield from _beside("Finds:", f"{len(draft.sightings)} in this draft{where}.")
    if draft.asked.record is not None:
        yield from _beside("So far:", f"{draft.asked.record} (your own reports to them)")


def _where(draft: Draft) -> Iterator[str]:
    address, contact = draft.address, draft.address.named_by
    if address.is_known:
        if address.url:
            yield from _beside("Address:", address.url)
        if address.email:
            yield from _beside("or e-mail:" if address.url else "E-mail:", address.email)
        if contact is not None:
            asked = f", asked at {_utc(contact.asked_at)}" if contact.asked_at else ""
            yield from _beside("", f"{_relied_on(contact)} ({contact.source}{asked}).")
    elif address.url:
        yield from _beside("Address:", f"not checked by us. Third parties name {address.url}")
        yield from _beside("", "Open the site itself and use this only if the site leads you there.")
    elif draft.asked.channel.kind is ChannelKind.PLATFORM:
        yield from _beside("Address:", "none that we know of. Use the site's own report link.")
    else:
        yield from _beside("Address:", "none that we know of. Look on their own site for how to report abuse.")


def _relied_on(contact: AbuseContact) -> str:
    if contact.checked_on is not None:
        return f"Send here: you read it on their own page on {contact.checked_on}. Their registry"
    return f"Check first: {contact.why or 'named by a registry'}"


def _clock(draft: Draft, commands: Commands, now: datetime) -> Iterator[str]:
    if draft.deadline is None:
        yield from _beside("Clock:", "no law or promise that we know of sets this desk a time here.")
        return
    source = draft.deadline_source
    if draft.legal_basis == "au_osa_77":
        yield from _beside("Clock:", f"{draft.deadline} from the notice that they give to the site ({source}).")
        yield from _beside("", "It does not run from your report. When they tell you of their notice:")
        yield f"{'':{layout.LABEL_COLUMNS}}{commands.response} notice"
        return
    counted = "nights and weekends included" if draft.deadline.hours else "to the end of the last day"
    yield from _beside("Clock:", f"{draft.deadline} from when they receive it, {counted} ({source}).")
    if draft.deadline.months:
        yield from _beside("", "A last day on a weekend, or on a holiday of theirs, moves to the next working day.")
    yield from _beside("", f"If you send it at {_utc(now)}: by {_utc(latest_due(draft.deadline, now))}.")
    if draft.route == "us_tida":
        yield from _beside("", "It starts only with a complete request through their own process.")
        yield from _beside(
            "",
            "The law binds sites and apps for what people post; whether it can be enforced against operators outside "
            "the US is untested.",
        )


def _after(draft: Draft, commands: Commands, lanes: Collection[Lane]) -> Iterator[tuple[str, str]]:
    """Sentences, each with the command that it names, or ''. lanes: of the whole sitting."""
    yield "Note the time (UTC), keep the confirmation page or mail and its number.", ""
    yield "Tell this program, and its clock starts:", commands.sent
    yield "Once they answered, the same for what they say:", f"{commands.response} ..."
    then = draft.asked.then
    if then is None:
        yield "Whom to ask next when it is time:", f"{commands.program} reports list --due"
    else:
        where = then.url if then.address_is_checked else "(address not known to us)"
        when = (
            "when the time has run out" if draft.deadline else f"{ASKED_AFTER.days} days after you sent it, or refused"
        )
        yield f"Still there {when}: {then.name} {where}", ""
    if draft.asked.lane is not Lane.SEARCH and Lane.SEARCH in lanes:
        yield "Ask the search engines as well, on the same day: their drafts are in this folder.", ""
    elif draft.asked.lane is not Lane.SEARCH:
        yield "Ask the search engines as well, on the same day:", f"{commands.program} guide report-where"
    yield "Whether it is gone is looked at while the daemon runs:", f"{commands.program} run"
    yield "What was seen of the first find so far:", f"{commands.program} sightings show {plain(draft.sightings[0])}"


def _blocks(draft: Draft, stem: str) -> Iterator[str]:
    rule = _rule(draft)
    mailbox = _mailbox(draft)
    by_form = bool(draft.address.url) or not mailbox
    if by_form:
        yield ""
        yield _place(draft)
        yield from _form(draft, rule)
    if mailbox:
        yield ""
        yield "Or by mail" if by_form else layout.MAIL_ALONE
        yield from _mail(draft, mailbox, stem, rule, with_text=not by_form)


def _place(draft: Draft) -> str:
    if draft.asked.channel.method is ChannelMethod.IN_APP:
        return layout.IN_APP
    return layout.FORM if draft.fields else layout.TEXT


def _form(draft: Draft, rule: str) -> Iterator[str]:
    text_in = 0  # the field that has the text
    for number, field in enumerate(draft.fields, start=1):
        yield ""
        yield from _label(number, field)
        if field.value != IN_TEXT:
            yield from _value(field, rule)
        elif text_in:
            yield f"   The same text as in {text_in}: copy that block."
        else:
            text_in = number
            yield from _too_long(replace(field, value=draft.to_send))
            yield from _block(draft.to_send, rule)
    if draft.asked.channel.switches:
        yield ""
        yield "Set in the form as well"
        for name, value in draft.asked.channel.switches:
            yield from _wrapped(f"- {plain(name)}: {plain(value)}", 2, first=0)
    if not text_in:
        yield ""
        if draft.fields:
            yield from _wrapped(f"{len(draft.fields) + 1}. The text: for the largest field, where the form has one")
        yield from _block(draft.to_send, rule)


def _label(number: int, field: FormField) -> Iterator[str]:
    remarks = ["the form's own words" if field.verified else "our words for it"]
    if field.kind is FieldKind.URLS and field.value:
        remarks.append("one address a line")
    if field.limit is not None:
        units = ("address", "addresses") if field.kind is FieldKind.URLS else ("character", "characters")
        remarks.append(f"at most {several(field.limit, *units)}")
    yield from _wrapped(f"{number}. {plain(field.label)} ({', '.join(remarks)})")


def _value(field: FormField, rule: str) -> Iterator[str]:
    is_tick = field.kind is FieldKind.TICK
    if not field.value:
        yield "   Read it, and tick it if it is so." if is_tick else "   You fill this in."
    elif is_tick or field.kind is FieldKind.CHOICE:
        yield from _wrapped(f"{'Tick' if is_tick else 'Choose'}: {plain(field.value)}", 3)
    else:
        yield from _too_long(field)
        yield from _block(field.value, rule)


def _too_long(field: FormField) -> Iterator[str]:
    is_list = field.kind is FieldKind.URLS
    size = len(field.value.splitlines()) if is_list else len(field.value)
    if field.limit is not None and size > field.limit:
        what = "addresses: send the others in a second report" if is_list else "characters: shorten it before you send"
        yield from _wrapped(f"It has {size:,} {what}.", 3)


def _mail(draft: Draft, mailbox: str, stem: str, rule: str, *, with_text: bool) -> Iterator[str]:
    link = mailto_of(mailbox, draft.subject, draft.to_send)
    yield ""
    yield "To"
    yield from _block(mailbox, rule)
    yield "Subject"
    yield from _block(subject_line(draft.subject), rule)
    if with_text:
        yield "Text"
        yield from _block(draft.to_send, rule)
    else:
        yield "Text: the one above."
    yield ""
    yield from _wrapped(
        f"Or open {stem}.eml in this folder: many mail programs take it as a mail that is not sent yet. Where yours "
        "opens it for reading only, choose 'Edit as new message' there if it has that; else copy the blocks above into "
        "a new mail."
    )
    yield from _wrapped(
        "Or follow this link, which opens a new mail with all of it:"
        if has_text(link)
        else "Or follow this link, which opens a new mail with address and subject. The text is too long for a link, "
        "so copy it from above:"
    )
    yield link


def _block(value: str, rule: str) -> Iterator[str]:
    yield rule
    yield printable_lines(value)
    yield rule


def _rule(draft: Draft) -> str:
    """A line that stands in no value of the draft, so that no text from a site ends its block."""
    values = (draft.to_send, draft.subject, *(field.value for field in draft.fields))
    taken = {line.strip() for value in values for line in value.splitlines()}
    return next(rule for sign in layout.RULE_SIGNS if not _looks_like(rule := sign * layout.RULE_LENGTH, taken))


def _looks_like(rule: str, lines: Iterable[str]) -> bool:
    return any(len(line) > layout.RULE_LENGTH // 2 and set(line) == set(rule) for line in lines)


# -- the sitting


def _index(sitting: Sequence[Draft], found: Sequence[SheetFile], now: datetime, program: str) -> Iterator[str]:
    yield "DRAFTS. Nothing has been sent."
    yield f"Written at {_utc(now)}."
    yield ""
    finds = len({sighting for draft in sitting for sighting in draft.sightings})
    yield from _wrapped(
        f"{several(len(sitting), 'draft', 'drafts')} for {several(finds, 'find', 'finds')}, the one that helps most "
        "first. Keep your evidence before you send the first. You can stop after any of them and go on another day."
    )
    for number, draft in enumerate(sitting):
        names = [file.name for file in found if file.draft == number]
        yield ""
        asked = draft.asked
        yield from _wrapped(f"{number + 1:2}. {plain(asked.channel.name)}: {plain(asked.regime.title)}", 4, first=0)
        if asked.hosts:
            yield from _wrapped(f"About what is on {_few(asked.hosts)}.", 4)
        yield from _wrapped(f"{_way(draft)}, {several(len(draft.sightings), 'find', 'finds')}. {_time(draft)}", 4)
        yield f"    {', '.join(names)}"
    yield ""
    yield from _wrapped(
        "After you sent one, tell this program: the end of its sheet has the command, which starts their clock. What "
        "is left:"
    )
    yield f"    {program} reports next"


def _way(draft: Draft) -> str:
    address = draft.address
    if address.is_known and address.url:
        return "By their form" + (" or by mail" if address.email else "")
    if _mailbox(draft):
        return "By mail"
    if draft.asked.channel.method is ChannelMethod.IN_APP:
        return "In their app or on their site"
    if draft.asked.channel.kind is not ChannelKind.PLATFORM:
        return "No address is known to us; look at its sheet"
    return "By the site's own report link" + ("; look at its sheet first" if address.url else "")


def _time(draft: Draft) -> str:
    return f"Their time: {draft.deadline}." if draft.deadline else "No time is set to them."


# -- words


def _mailbox(draft: Draft) -> str:
    """Where a mail may go; one that nobody checked and no registry named is never offered."""
    return draft.address.email if draft.address.is_known else ""


def _stem(number: int, count: int, draft: Draft) -> str:
    width = max(2, len(str(count)))
    return f"{number + 1:0{width}}-{_name(draft.channel)}-{_name(draft.route)}"


def _few(hosts: Sequence[str]) -> str:
    more = len(hosts) - _MOST_HOSTS
    return plain(", ".join(hosts[:_MOST_HOSTS]) + (f" and {more} more" if more > 0 else ""))


def _name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]", "_", text)[:40]


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _list(title: str, sentences: Iterable[str]) -> Iterator[str]:
    for number, words in enumerate(sentences):
        if not number:
            yield ""
            yield title
        yield from _wrapped(f"- {plain(words)}", 2, first=0)


def _beside(label: str, words: str) -> Iterator[str]:
    lines = _fill(plain(words), WIDTH - layout.LABEL_COLUMNS)
    yield f"{label:{layout.LABEL_COLUMNS}}{lines[0]}"
    for line in lines[1:]:
        yield f"{'':{layout.LABEL_COLUMNS}}{line}"


def _wrapped(words: str, indent: int = 0, *, first: int | None = None) -> Iterator[str]:
    margin = indent if first is None else first
    for number, line in enumerate(_fill(words, WIDTH - indent)):
        yield " " * (indent if number else margin) + line


def _fill(words: str, width: int) -> list[str]:
    return textwrap.wrap(words, width, break_long_words=False, break_on_hyphens=False) or [""]
