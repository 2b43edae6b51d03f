"""What `doctor` found."""

from __future__ import annotations

from typing import Any

from monitor.model.check import Check


def check_document(check: Check) -> dict[str, Any]:
    return {"name": check.name, "state": check.state, "message": check.message, "remedy": check.remedy}
