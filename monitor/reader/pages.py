"""Pages, robots.txt and mails to messages and back: what exceeds the maxima is cut, and what comes back is checked."""

from __future__ import annotations

import msgspec

from monitor.model.limits import (
    MAX_ALTERNATIVES,
    MAX_DATA_URI_CHARS,
    MAX_LISTED_PAGES,
    MAX_OFFERED_LINKS,
    MAX_PAGE_IMAGES,
    MAX_PAGE_TEXT_CHARS,
    MAX_POSTS_OF_IMAGE,
    MAX_SHOWN,
    MAX_STYLESHEETS,
    MAX_URL_CHARS,
)
from monitor.model.mail import MailReading
from monitor.model.observation import NAMED
from monitor.model.page import Outcome, PageContent
from monitor.model.robots import RobotsRules
from monitor.reader import messages
from monitor.reader.wire import MAX_WIRE_NAME_CHARS

# -- worker's side: values to messages


def answer_page(content: PageContent, nonce: bytes) -> messages.PageAnswer:
    """What exceeds the maxima is cut, as a browser's window is: the rest of the page still counts."""
    return messages.PageAnswer(
        nonce,
        messages.WirePage(
            url=content.url[:MAX_URL_CHARS],
            title=content.title[: messages.MAX_WORDS_CHARS],
            images=tuple(
                messages.WireImageRef(
                    url=ref.url,
                    alternatives=tuple(url for url in ref.alternatives if _is_short(url))[:MAX_ALTERNATIVES],
                    found_as=ref.found_as,
                    post_url=ref.post_url if len(ref.post_url) <= MAX_URL_CHARS else "",
                    account=ref.account[: messages.MAX_WORDS_CHARS],
                    posted_at=ref.posted_at[: messages.MAX_WORDS_CHARS],
                    text=ref.text[: messages.MAX_WORDS_CHARS],
                    also_in=_short(ref.also_in, MAX_POSTS_OF_IMAGE),
                    shown=tuple(url for url in ref.shown if _is_short(url))[:MAX_SHOWN],
                    permalink=ref.permalink if len(ref.permalink) <= MAX_URL_CHARS else "",
                    post=ref.post,
                )
                for ref in content.images
                if _is_short(ref.url)
            )[:MAX_PAGE_IMAGES],
            links=_short(content.links, MAX_LISTED_PAGES),
            next_pages=_short(content.next_pages, MAX_LISTED_PAGES),
            offered=tuple(messages.WireLink(one.url, one.marks) for one in content.offered if _is_short(one.url))[
                :MAX_OFFERED_LINKS
            ],
            text=content.text[:MAX_PAGE_TEXT_CHARS],
            stylesheets=_short(content.stylesheets, MAX_STYLESHEETS),
            problem=None if content.problem is None else _wire_outcome(content.problem),
            needs_browser=content.needs_browser,
            noted=tuple(
                messages.WireNoted(one.kind, _count(one.count), one.what[:MAX_WIRE_NAME_CHARS]) for one in content.noted
            )[: messages.MAX_NOTED],
            program=content.program,
        ),
    )


def answer_robots(rules: RobotsRules, nonce: bytes) -> messages.RobotsAnswer:
    return messages.RobotsAnswer(nonce, rules.allow, rules.disallow, rules.crawl_delay_s)


def answer_mail(mail: MailReading, nonce: bytes) -> messages.MailAnswer:
    return messages.MailAnswer(
        nonce, mail.subject, mail.sender, mail.date, mail.text, mail.is_automatic, mail.failed, mail.why
    )


def _wire_outcome(outcome: Outcome) -> messages.WireOutcome:
    message, remedy = outcome.message[: messages.MAX_WORDS_CHARS], outcome.own_remedy[: messages.MAX_WORDS_CHARS]
    return messages.WireOutcome(outcome.kind, message, remedy, outcome.retry_after_s)


def _count(counted: int) -> int:
    return min(max(counted, 1), messages.MAX_COUNT)


def _is_short(url: str) -> bool:
    return len(url) <= (MAX_DATA_URI_CHARS if url.startswith("data:") else MAX_URL_CHARS)


def _short(urls: tuple[str, ...], most: int) -> tuple[str, ...]:
    return tuple(url for url in urls if len(url) <= MAX_URL_CHARS)[:most]


# -- core's side: messages to values, checked


def page_content(answer: messages.PageAnswer) -> PageContent:
    """Addresses of other schemes than a page's links and pictures can have are left out. Raises messages.BadAnswer."""
    wire = answer.content
    if not wire.url.startswith(("http://", "https://")):
        raise messages.BadAnswer("a page with an address that no page has")
    problem = wire.problem
    if problem is not None:
        message, remedy = messages.one_line(problem.message), messages.one_line(problem.own_remedy)
        problem = msgspec.structs.replace(problem, message=message, own_remedy=remedy)
    return msgspec.convert(
        msgspec.structs.replace(
            wire,
            images=tuple(
                msgspec.structs.replace(ref, also_in=_web(ref.also_in))
                for ref in wire.images
                if ref.url.startswith(("http://", "https://", "data:"))
            ),
            links=_web(wire.links),
            next_pages=_web(wire.next_pages),
            offered=tuple(link for link in wire.offered if link.url.startswith(("http://", "https://"))),
            stylesheets=_web(wire.stylesheets),
            problem=problem,
            noted=tuple(one for one in wire.noted if one.kind in NAMED),
        ),
        PageContent,
        from_attributes=True,
    )


def robots_rules(answer: messages.RobotsAnswer) -> RobotsRules:
    """Raises messages.BadAnswer."""
    try:
        return RobotsRules(answer.allow, answer.disallow, answer.crawl_delay_s)
    except ValueError as error:
        raise messages.BadAnswer(str(error)) from error


def mail_reading(answer: messages.MailAnswer) -> MailReading:
    """Lines without control characters, those of the text too."""
    line = messages.one_line
    return MailReading(
        subject=line(answer.subject),
        sender=line(answer.sender),
        date=line(answer.date),
        text="\n".join(line(one) for one in answer.text.split("\n")),
        is_automatic=answer.is_automatic,
        failed=tuple(line(one) for one in answer.failed),
        why=line(answer.why),
    )


def _web(urls: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(url for url in urls if url.startswith(("http://", "https://")))
