"""Whether others may read this process's memory."""

from __future__ import annotations

import errno

from monitor.private import is_private, keep_private


def closed_memory() -> str:
    """To every process but root's; and no core file is made of it. Becoming another user, and a new program, open it
    again. Raises OSError."""
    keep_private()
    if not is_private():
        raise OSError(errno.ENOTSUP, "the kernel keeps it open")
    return ""
