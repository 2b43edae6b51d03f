"""Drafts and reports."""

from __future__ import annotations

from typing import Any

from monitor.model.report import Report


def report_document(report: Report) -> dict[str, Any]:
    """As the contract has it, and what else is known."""
    return {
        "id": report.id,
        "sighting": report.sighting,
        "channel": report.channel,
        "state": report.state.value,
        "file": report.file,
        "due_at": report.due_at,
        "case": report.case,
        "route": report.route,
        "created_at": report.created_at,
        "sent_at": report.sent_at,
        "number": report.number,
        "response": report.response,
    }
