"""Tables for a spreadsheet (RFC 4180)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from monitor.documents.times import rfc3339
from monitor.plain import plain

BYTE_ORDER_MARK = "\ufeff"
"""At the start of a file: without it Excel takes UTF-8 for the machine's own letters."""

_FORMULA = ("=", "+", "-", "@", "\\u{9}", "\\u{d}", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The last four are the same signs in full width, which Excel takes too where the machine's language is Japanese."""


def csv_text(heads: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Times as in JSON. A cell that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV
    injection)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows([_cell(row[head]) for head in heads] for row in rows)
    return text.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return rfc3339(value) or ""
    if isinstance(value, list | tuple):
        value = " ".join(map(str, value))
    text = plain("" if value is None else value)
    return f"'{text}" if text.startswith(_FORMULA) else text
