"""Every row that both ways out are shown."""

from __future__ import annotations

import hostile_framing
import hostile_rows

ROWS = [*hostile_rows.ROWS, *hostile_framing.ROWS]
