"""What stands in an answer in JSON, whatever a site put there: each look-up has one type, and gives its empty value for
all else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from monitor.crawl.extract.json import parse_json
from monitor.crawl.extract.text import decode_text
from monitor.model.page import ParseJob
from monitor.sources.reading.gather import MAX_ENTRIES


def json_answer(job: ParseJob, untrusted: bytes) -> object:
    """None when it is not JSON."""
    return parse_json(decode_text(untrusted, job.content_type))


def objects_in(value: object) -> list[dict[str, Any]]:
    return [item for item in value[:MAX_ENTRIES] if isinstance(item, dict)] if isinstance(value, list) else []


def object_in(item: dict[str, Any], name: str) -> dict[str, Any]:
    value = item.get(name)
    return value if isinstance(value, dict) else {}


def text_in(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""


def id_in(item: dict[str, Any], name: str) -> str:
    """An id, which some write as a number and some as text; '' for anything else."""
    value = item.get(name)
    written = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return written if len(written) <= 40 and written.isalnum() else ""


def time_in(item: dict[str, Any], name: str) -> str:
    """A time: seconds since 1970 become RFC 3339, text stays as it is."""
    value = item.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e11:
        return datetime.fromtimestamp(value, UTC).isoformat().replace("+00:00", "Z")
    return value if isinstance(value, str) else ""
