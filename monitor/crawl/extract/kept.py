"""What a page says it keeps from guests: "attachments are for members", in the place of each attached picture.

The words are data (`[kept]` in signs.toml). A person may write them too, so they count only where the program puts
them: in a block of its own, told by its class or by the link to log in that stands in it, or in the same words again
and again. In a post's own text they are talk."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from monitor.crawl.signs import KeptSigns, kept_signs, run_together, says_any
from monitor.model.observation import Noted, RunTrouble

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_BLOCKS = 3_000  # of one page
MAX_BLOCK_CHARS = 300  # without blanks: a block that says more is about something else
LEAST_CHARS = 5  # "登入后可见"
MAX_BESIDE = 30  # characters without blanks: "... on this board"
MAX_CHARS = 4_000_000  # gone through for sentences without a block of their own
AGAIN = 3  # elements that hold the same sentence and nothing else: a program wrote them
# What programs and their styles call a block that stands for an attachment, or that tells something: parts of classes.
_BLOCKS = (
    "attach", "notice", "notif", "alert", "error", "warn", "rules", "restrict", "permission", "locked", "guest",
    "unregistered", "login", "log-in", "signin", "sign-in", "register", "messagehide", "hidebox", "hidden", "hide",
    "member", "protected", "unlock", "private", "infobox", "placeholder",
)  # fmt: skip
_SELECTOR = ", ".join([*(f"[class*='{part}' i]" for part in _BLOCKS), *(f"[id*='{part}' i]" for part in _BLOCKS[:10])])
_LOGS_IN = re.compile(
    r"log[_-]?in|log[_-]?on|sign[_-]?in|sign[_-]?up|regist|logging|member\.php|ucp\.php|/auth|inscri|anmeld|conn[e]xion"
)
# A post of which one of these is the whole class is somebody's text, however short.
_TEXTS = re.compile(
    r"message-?body|post-?(?:body|content|text|message)|bbwrapper|entry-?content|comment-?(?:body|text)"
)
_QUOTES = frozenset({"blockquote", "q", "cite", "code", "pre"})
_INLINE = frozenset({"a", "b", "i", "em", "strong", "span", "font", "u", "small"})


def kept_from_guests(document: LexborHTMLParser) -> tuple[Noted, ...]:
    """How often the page says so. document: without what is not shown."""
    body, signs = document.body, kept_signs()
    if body is None:
        return ()
    blocks = {node.mem_id: node for node in _blocks(document) if _says_it(node, signs)}
    around = {above.mem_id for node in blocks.values() for above in _above(node, 8)}
    count = sum(one not in around for one in blocks) or _again_and_again(body, signs)
    return (Noted(RunTrouble.KEPT_FROM_GUESTS, count),) if count else ()


def _blocks(document: LexborHTMLParser) -> Iterator[LexborNode]:
    """Blocks of the program's own, by class or id, and those that hold a link to log in."""
    yield from document.css(_SELECTOR)[:MAX_BLOCKS]
    for link in document.css("a[href]")[:MAX_BLOCKS]:
        if _LOGS_IN.search((link.attributes.get("href") or "").lower()):
            yield link
            for above in _above(link, 3):
                yield above
                if above.tag not in _INLINE:
                    break


def _says_it(node: LexborNode, signs: KeptSigns) -> bool:
    classes = (node.attributes.get("class") or "").lower()
    if _TEXTS.search(classes) or node.tag in ("body", "html", "nav", "ul", "ol", "form", "input"):
        return False
    text = _short_text(node)
    if not text or _is_quoted(node):
        return False
    if _is_in_banner(node, signs):
        return False
    by_class = says_any(classes, [name.lower() for name in signs.classes])
    return by_class or signs.is_said_in(text)


def _is_in_banner(node: LexborNode, signs: KeptSigns) -> bool:
    for at in (node, *_above(node, 4)):
        if says_any((at.attributes.get("class") or "").lower(), signs.banners):
            return not says_any(run_together(at.text()[: MAX_BLOCK_CHARS * 6]), signs.banner_says)
    return False


def _short_text(node: LexborNode) -> str:
    """'' for a block that says more or less than a notice does."""
    said = node.text()
    if len(said) > MAX_BLOCK_CHARS * 6:
        return ""
    text = run_together(said)
    return text if LEAST_CHARS <= len(text) <= MAX_BLOCK_CHARS else ""


def _again_and_again(body: LexborNode, signs: KeptSigns) -> int:
    """Elements that hold a whole sentence of a language pack and nothing else."""
    text = run_together(body.text()[:MAX_CHARS])
    for word in signs.words:
        if text.count(word) >= AGAIN:
            own = [node for node in _smallest(body, word) if not (_is_quoted(node) or _is_in_banner(node, signs))]
            said = Counter(run_together(node.text()) for node in own)
            count = max(said.values(), default=0)
            if count >= AGAIN:
                return count
    return 0


def _smallest(body: LexborNode, word: str) -> Iterator[LexborNode]:
    """The smallest elements that hold the word, where they begin with it and little comes after."""
    left, waiting = MAX_CHARS, [body]
    while waiting:
        node, inner = waiting.pop(), []
        for child in node.iter(include_text=False):
            said = run_together(child.text())
            left -= len(said)
            if left < 0:
                return
            if word in said:
                inner.append(child)
        waiting += inner
        if not inner and (said := run_together(node.text())).startswith(word) and len(said) <= len(word) + MAX_BESIDE:
            yield node


def _above(node: LexborNode, most: int) -> Iterator[LexborNode]:
    at = node.parent
    for _ in range(most):
        if at is None or at.tag in ("body", "html"):
            return
        yield at
        at = at.parent


def _is_quoted(node: LexborNode) -> bool:
    """In what somebody cites. vBulletin has its posts in a blockquote."""
    return any(
        at.tag in _QUOTES and "postcontent" not in (at.attributes.get("class") or "")
        for at in (node, *_above(node, 12))
    )
