"""What a WARC of ours holds, read again where the evidence is opened."""

from __future__ import annotations

import io
from collections.abc import Iterator

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from monitor.evidence.warc import SHEET
from monitor.model.screenshot import SavedSheet

MOST_READ_SHEETS = 100


def sheets_in(warc: bytes) -> tuple[SavedSheet, ...]:
    """As far as it can be read. warc: as it was sealed; what sites sent stands in it."""
    found = list[SavedSheet]()
    try:
        for sheet in _sheets(warc):
            found.append(sheet)
            if len(found) >= MOST_READ_SHEETS:
                break
    except (ArchiveLoadFailed, ValueError, EOFError, AttributeError, OverflowError):  # lines missing, lengths absurd
        pass
    return tuple(found)


def _sheets(warc: bytes) -> Iterator[SavedSheet]:
    for record in ArchiveIterator(io.BytesIO(warc)):
        url = record.rec_headers.get_header(SHEET) if record.rec_type == "response" else None
        if url:
            yield SavedSheet(url, record.content_stream().read())
