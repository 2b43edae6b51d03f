"""All tables, in one `metadata`: each module has put its own there once it is loaded."""

from __future__ import annotations

from monitor.store import (
    capture_tables,
    custody_tables,
    fact_tables,
    hosting_tables,
    key_tables,
    own_tables,
    report_tables,
    staff_tables,
)
from monitor.store.columns import metadata as metadata

_MODULES = (
    capture_tables,
    custody_tables,
    fact_tables,
    hosting_tables,
    key_tables,
    own_tables,
    report_tables,
    staff_tables,
)
