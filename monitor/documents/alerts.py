"""What was told, and what waits."""

from __future__ import annotations

from typing import Any

from monitor.model.alert import Alert


def alert_document(alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.id,
        "case": alert.case,
        "kind": alert.kind.value,
        "state": alert.delivery.value,
        "urgent": alert.urgent,
        "count": alert.count,
        "sightings": list(alert.sightings),
        "created_at": alert.created_at,
        "not_before": alert.not_before,
        "sent_at": alert.sent_at,
        "attempts": alert.attempts,
        "message_id": alert.message_id,
        "error": alert.last_error or None,
        "number": alert.number or None,
    }
