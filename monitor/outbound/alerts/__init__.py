"""Alerts on their way: to the person, and to nobody else.

Nearly every channel is an Apprise URL and needs no line here. A kind of its own is one file here with what
`ports.AlertChannel` asks, `test` and `aclose` (as `apprise_channel.AppriseChannel`), chosen in `open_channel`, and one
test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.model.settings import Settings

if TYPE_CHECKING:
    from monitor.outbound.alerts.apprise_channel import AppriseChannel
    from monitor.outbound.own_ways import OwnWays


def open_channel(settings: Settings, own: OwnWays | None = None, *, quick: bool = False) -> AppriseChannel:
    """Whatever `[alerts] urls` names. own: who opens connections; None: this process. quick: for a person who waits for
    the answer. Call its `aclose` when done."""
    from monitor.outbound.alerts.apprise_channel import QUICK_LOOK, AppriseChannel

    return AppriseChannel(settings, QUICK_LOOK if quick else None, own.senders if own is not None else None)
