"""The strip above a screenshot: a page of our own, never inside theirs, which says what is shown below."""

from __future__ import annotations

from html import escape

from monitor.model.ids import digest_of
from monitor.model.screenshot import SavedPage
from monitor.outbound.browser.still_given import InHand
from monitor.plain import plain, several

STRIP_URL = "https://strip.invalid/"  # RFC 6761: leads nowhere
STRIP_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
MAX_ADDRESS_CHARS = 600
MAX_ACCOUNT_CHARS = 200

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>About this screenshot</title><style>
html, body {{ margin: 0; background: #fff; color: #000; font: 15px/1.45 sans-serif }}
main {{ padding: 10px 16px 12px; overflow-wrap: anywhere }}
b {{ font-size: 16px }} dl {{ display: grid; grid-template-columns: max-content 1fr; gap: 1px 14px; margin: 6px 0 0 }}
dt {{ color: #333 }} dd {{ margin: 0; unicode-bidi: isolate }} code {{ font: 14px/1.45 monospace }}
p {{ margin: 6px 0 0 }}</style><main><b>Made from the saved page, with the network off</b><dl>{rows}</dl>{notes}</main>
"""


def strip_page(saved: SavedPage, *, part: int, parts: int, notes: tuple[str, ...]) -> bytes:
    """HTML. part: which one this is, from 1. notes: sentences."""
    rows = [
        ("Address", _code(saved.url, MAX_ADDRESS_CHARS)),
        ("Account", escape(plain(saved.account, MAX_ACCOUNT_CHARS)) if saved.account else "not known"),
        ("Fetched", f"{saved.fetched_at:%Y-%m-%d %H:%M:%S} UTC"),
        (f"SHA-256 of the page as {'rendered' if saved.is_rendered else 'it came'}", _code(saved.page_digest)),
    ]
    if saved.served_digest:
        rows.append(("SHA-256 of the page as served", _code(saved.served_digest)))
    if saved.picture is not None:
        rows.append(("SHA-256 of the matched picture", _code(digest_of(saved.picture.body))))
    if parts > 1:
        rows.append(("Part", f"{part} of {parts}, from top to bottom"))
    told = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows)
    return _PAGE.format(rows=told, notes=f"<p>{escape(' '.join(notes))}</p>" if notes else "").encode()


def notes_of(saved: SavedPage, hand: InHand, *, cut_at: int, height: int) -> tuple[str, ...]:
    """What a person has to know who looks at it."""
    notes = []
    if saved.is_rendered:
        notes.append("The page is shown as its scripts had made it.")
    elif b"<script" in saved.body.lower():
        notes.append("The page is shown as it came; its scripts were not run.")
    if saved.picture is None:
        notes.append("The matched picture was not kept, so it is not shown.")
    if hand.fitted:
        notes.append(
            "Where the page has the matched picture in another size (a thumbnail), the picture itself is drawn in that "
            "size."
        )
    if greyed := len(hand.greyed):
        told = several(greyed, "other picture was", "other pictures were")
        notes.append(f"{told} not kept: a grey box stands for each.")
    if drawings := len(hand.drawings):
        told = several(drawings, "drawing that a script made (canvas) was", "drawings that scripts made (canvas) were")
        notes.append(f"{told} not kept: a grey box stands for each.")
    if sheets := len(hand.sheets_refused):
        notes.append(
            f"{several(sheets, 'style sheet was', 'style sheets were')} not kept, so the page may look different from "
            "what a visitor saw."
        )
    if refused := len(hand.refused):
        notes.append(f"Left out: {several(refused, 'other file', 'other files')} that the page asks for.")
    if cut_at:
        notes.append(f"The page is {height:,} pixels high; it is shown down to {cut_at:,} (cut there).")
    return tuple(notes)


def _code(text: str, limit: int = 0) -> str:
    return f"<code>{escape(plain(text, limit))}</code>"
