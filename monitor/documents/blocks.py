"""A short text as blocks, written out as plain text and as HTML: one wording, two forms.

The HTML loads nothing (no image, font, script or style sheet), so that opening a mail tells nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from monitor.catalogue import direction, language


@dataclass(frozen=True, slots=True)
class Heading:
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Items:
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Lines whose columns stand under each other: bars and figures."""

    lines: tuple[str, ...]


Block = Heading | Paragraph | Items | Table


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel gets. subject: one line."""

    subject: str
    text: str
    html: str


def to_text(blocks: Sequence[Block]) -> str:
    return "\n\n".join(_block_text(block) for block in blocks) + "\n"


def to_html(blocks: Sequence[Block]) -> str:
    body = "\n".join(_block_html(block) for block in blocks)
    html = f'<html lang="{language()}" dir="{direction()}">'
    return f'<!DOCTYPE html>\n{html}<head><meta charset="utf-8"></head><body>\n{body}\n</body></html>\n'


def message(subject: str, blocks: Sequence[Block]) -> Message:
    return Message(" ".join(subject.split()), to_text(blocks), to_html(blocks))


def _block_text(block: Block) -> str:
    match block:
        case Heading(text):
            return f"{text}\n{'-' * len(text)}"
        case Paragraph(text):
            return text
        case Items(texts):
            return "\n".join(f"- {text}" for text in texts)
        case Table(lines):
            return "\n".join(lines)


def _block_html(block: Block) -> str:
    match block:
        case Heading(text):
            return f"<h2>{escape(text)}</h2>"
        case Paragraph(text):
            return f"<p>{escape(text)}</p>"
        case Items(texts):
            return "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>"
        case Table(lines):
            return "<pre>" + escape("\n".join(lines)) + "</pre>"
