"""Every row that both ways out are shown."""

from __future__ import annotations

from tests.hostile import hostile_framing, hostile_rows

ROWS = [*hostile_rows.ROWS, *hostile_framing.ROWS]
