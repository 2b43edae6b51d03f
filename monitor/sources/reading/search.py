"""Result pages of search engines to links and pictures.

An engine's error, block, switched-off JSON or changed page is a problem (the watch is blind), never "no results".
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from monitor.crawl.extract.collect import Collector, Post
from monitor.crawl.extract.image_urls import image_url
from monitor.crawl.extract.json import parse_json, walk
from monitor.crawl.extract.page import base_of, unreadable_answer, visible_text
from monitor.crawl.extract.text import decode_text, squeeze
from monitor.crawl.extract.weights import ORIGINAL, THUMBNAIL
from monitor.crawl.urls import absolute, canonical_url
from monitor.hosts import host_of
from monitor.model.limits import MAX_TITLE_CHARS
from monitor.model.observation import Noted, RunTrouble
from monitor.model.page import FoundAs, OutcomeKind, PageContent, ParseJob

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_RESULTS = 500  # of one answer
MOVED_RESULTS = 3  # so many titles with addresses in a list that is not the known one are results
MAX_ERROR_CHARS = 200


def read_json_results(job: ParseJob, untrusted: bytes) -> PageContent:
    document = parse_json(decode_text(untrusted, job.content_type))
    engine = job.rule("engine", "the engine")
    if not isinstance(document, dict):
        return unreadable_answer(
            job,
            f"{engine} did not answer in JSON",
            "For SearXNG: its owner has to allow json in settings.yml (search: formats). Others: is it a block page?",
        )
    if error := _error(job, document):
        return unreadable_answer(
            job,
            f"{engine} answers with an error: {error}",
            "Mostly a used-up allowance or a wrong token: look at the account on the engine's own site.",
            OutcomeKind.BLOCKED,
        )
    if job.rule("envelope") and at(document, job.rule("envelope")) is None:
        return _changed(job, engine)
    results = at(document, job.rule("results"))
    if not isinstance(results, list) and (results is not None or _lists_results(document)):
        return _changed(job, engine)
    found = _Found(job)
    for result in (results or [])[:MAX_RESULTS]:
        if isinstance(result, dict):
            found.add(*(_text(at(result, job.rule(key))) for key in ("link", "title", "image", "thumbnail")))
    silent = at(document, job.rule("unresponsive")) if job.rule("unresponsive") else None
    if not results and isinstance(silent, list) and silent:
        return unreadable_answer(
            job,
            f"{engine} found nothing, but the engines that it asks did not answer: {_names(silent)}",
            "They block or limit it for now. Ask less often, or let it ask others.",
            OutcomeKind.BLOCKED,
        )
    if results and not found.links and not len(found.collector):
        return _changed(job, engine)
    return found.content(f"{len(results or [])} results of {engine}")


def read_html_results(job: ParseJob, untrusted: bytes) -> PageContent:
    from selectolax.lexbor import LexborHTMLParser

    document = LexborHTMLParser(decode_text(untrusted, job.content_type))
    engine, base = job.rule("engine", "the engine"), base_of(document, job.url)
    found = _Found(job)
    results = document.css(job.rule("results"))[:MAX_RESULTS]
    for result in results:
        link = _inside(result, job.rule("link") or "a[href]") or _inside(result, "a[href]")
        image = _inside(result, job.rule("image")) if job.rule("image") else None
        written = (link.attributes.get("href") or "") if link is not None else ""
        target = _unwrapped(absolute(base, written), job.rule("redirect"))
        picture = _first_of(image.attributes, ("href", "data-src", "src")) if image is not None else ""
        title = link.text(separator=" ") if link is not None else ""
        found.add(target, title, absolute(base, picture), "")
    if found.links or len(found.collector):
        return found.content(f"{len(results)} results of {engine}")
    markup = decode_text(untrusted, job.content_type)
    blocked = next((words for words in job.rule("blocked").split("|") if words and words in markup), "")
    if blocked:
        return unreadable_answer(
            job,
            f"{engine} refuses to answer ({blocked!r})",
            "Ask less often, or use an engine that you host yourself or that gives out tokens.",
            OutcomeKind.WALL,
        )
    if _says_none(job.rule("none"), document):
        return found.content(f"no results of {engine}")
    return _changed(job, engine)


def _says_none(none: str, document: LexborHTMLParser) -> bool:
    """Does the page itself say that it found nothing? By a selector, or by words in quotes."""
    if not none.startswith('"'):
        return bool(none) and document.css_first(none) is not None
    text = visible_text(document).lower()
    return any(words and words.lower() in text for words in none.strip('"').split("|"))


def _first_of(attributes: dict[str, str | None], names: tuple[str, ...]) -> str:
    return next((value for name in names if (value := attributes.get(name))), "")


class _Found:
    def __init__(self, job: ParseJob) -> None:
        self._job = job
        self.collector = Collector()
        self.links: dict[str, None] = {}

    def add(self, link: str, title: str, image: str, thumbnail: str) -> None:
        url = absolute(self._job.url, link)
        own = bool(self._job.rule("redirect")) and host_of(url) == host_of(self._job.url)
        if url and not own:  # an advertisement's link that counts clicks is not a result
            self.links[url] = None
        picture = image_url(self._job.url, image)
        small = image_url(self._job.url, thumbnail)
        if picture:
            variants = [(ORIGINAL, picture), (THUMBNAIL, small)]
            self.collector.add(variants, FoundAs.API, Post(url=url), squeeze(title, MAX_TITLE_CHARS))

    def content(self, title: str) -> PageContent:
        further = self._job.rule("next")
        return PageContent(
            url=canonical_url(self._job.url),
            title=title,
            images=self.collector.images(),
            links=tuple(self.links),
            next_pages=(further,) if further and self.links else (),
            noted=() if self.links or len(self.collector) else (Noted(RunTrouble.NO_ENTRIES),),
            text=title,
        )


def at(document: object, dotted: str) -> object:
    """`a.b.c` in nested objects; a number picks from a list; None where there is nothing."""
    value = document
    for name in dotted.split(".") if dotted else []:
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def _lists_results(document: dict[str, object]) -> bool:
    """Are there results elsewhere in the answer than where they used to stand?"""
    lists = (value for item in walk(document) for value in item.values() if isinstance(value, list))
    return any(sum(_is_result(one) for one in value[:MAX_RESULTS]) >= MOVED_RESULTS for value in lists)


def _is_result(one: object) -> bool:
    return (
        isinstance(one, dict)
        and isinstance(one.get("title"), str)
        and any(isinstance(value, str) and value.startswith(("http://", "https://")) for value in one.values())
    )


def _error(job: ParseJob, document: dict[str, object]) -> str:
    value = at(document, job.rule("error")) if job.rule("error") else None
    if value is None or value in ("", [], {}, False) or value == job.rule("no_error", "\0"):
        return ""
    return squeeze(str(value), MAX_ERROR_CHARS)


def _names(silent: list[object]) -> str:
    """SearXNG: [["google", "CAPTCHA"], ...]"""
    words = [": ".join(str(part) for part in item[:2]) if isinstance(item, list) else str(item) for item in silent[:20]]
    return squeeze(", ".join(words), MAX_ERROR_CHARS)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _inside(node: LexborNode, selector: str) -> LexborNode | None:
    """The node itself, or the first one in it, that fits."""
    return node if node.css_matches(selector) and node.tag == "a" else node.css_first(selector)


def _unwrapped(url: str, parameter: str) -> str:
    """The real address behind an engine's own counting link."""
    if not parameter or not url:
        return url
    try:
        values = parse_qs(urlsplit(url).query, max_num_fields=50).get(parameter)
    except ValueError:
        return url
    return absolute(url, values[0]) if values else url


def _changed(job: ParseJob, engine: str) -> PageContent:
    return unreadable_answer(
        job,
        f"the answer of {engine} is not understood: it may have changed, or refuse to answer",
        f"Open the search in a browser. If it shows results there, correct [engines.{engine}] in config.toml.",
    )
