"""Drafts and reports."""

from __future__ import annotations

from typing import Any

from monitor.model.report import Report, ReportEvent


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
        "sightings": list(report.sightings),
        "lane": report.lane,
        "follows": report.follows or None,
        "look_at": report.look_at,
        "address": report.frozen.address,
        "legal_basis": report.frozen.legal_basis,
        "deadline": report.frozen.deadline,
        "deadline_source": report.frozen.deadline_source,
        "text_sha256": report.frozen.text_sha256,
        "events": [_event(event) for event in report.events],
        "undone": [_event(event) | {"undone_at": event.undone_at} for event in report.undone],
    }


def _event(event: ReportEvent) -> dict[str, Any]:
    return {
        "at": event.at,
        "noted_at": event.noted_at,
        "state": event.state.value,
        "text": event.text,
        "number": event.number,
        "due_at": event.due_at,
    }
