"""What the person found when she looked at a desk herself, written into her `channels.d` folder. What else she wrote
there stays as it is, to the byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tomlkit

from monitor.config_edit import edited_alone, one_at_a_time, parsed_toml, read_toml
from monitor.errors import WorkFailed

OWN_CHECKS = "own-checks.toml"
CHECKS_HEAD = """# Written by `reupload-monitor reports channels confirm`; yours to change.
# docs/channels.md says what each key means.
"""


def write_own_check(folder: Path, channel: str, keys: dict[str, str]) -> Path:
    """In the file that has this channel already, else in one of its own; in one step, so that whoever reads it has the
    old one or the new one. Raises UsageError for a file that cannot be changed, WorkFailed where it cannot be written:
    then nothing was changed."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise WorkFailed(f"{folder} cannot be made: {error.strerror}", remedy="See who may write there.") from error
    with one_at_a_time(folder):
        holding = [path for path in sorted(folder.glob("*.toml")) if _has(path, channel)]
        path = holding[0] if holding else folder / OWN_CHECKS
        words = tomlkit.dumps({"channel": [{"id": channel, **keys}]}).strip().replace("\n", "; ")

        def change(document: Any) -> None:
            if "channel" not in document:
                document["channel"] = [{"id": channel}]
            rows: Any = document["channel"]
            if all(row.get("id") != channel for row in document["channel"]):
                rows.append({"id": channel})
            for row in rows:
                if row.get("id") == channel:
                    row.update(keys)

        edited_alone(path, change, by_hand=f"Write it yourself: {words}", head=CHECKS_HEAD)
    return path


def _has(path: Path, channel: str) -> bool:
    rows = parsed_toml(path, read_toml(path)).get("channel", [])
    return isinstance(rows, list) and any(isinstance(row, dict) and row.get("id") == channel for row in rows)
