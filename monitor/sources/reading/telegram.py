"""The preview page of a Telegram channel, and whether it is one."""

from __future__ import annotations

from monitor.crawl.extract.page import read_html, unreadable_answer
from monitor.model.page import OutcomeKind, PageContent, ParseJob

_SIGN = b"tgme_widget_message"  # every preview has it, an empty channel's too
_EMPTY = b"tgme_channel_info"


def read_preview(job: ParseJob, untrusted: bytes) -> PageContent:
    if _SIGN not in untrusted and _EMPTY not in untrusted:
        return unreadable_answer(
            job,
            "Telegram shows no preview of this channel",
            "It is private, renamed, gone, or has previews switched off. What you see of it in the app can be filed "
            "with `sightings add`.",
            OutcomeKind.WALL,
        )
    return read_html(job, untrusted)
