"""All tables, in one `metadata`: each module has put its own there once it is loaded."""

from __future__ import annotations

from monitor.store import (
    capture_tables,
    custody_tables,
    fact_tables,
    hosting_tables,
    own_tables,
    report_tables,
    staff_tables,
    tables,
)

_MODULES = (capture_tables, custody_tables, fact_tables, hosting_tables, own_tables, report_tables, staff_tables)

metadata = tables.metadata
