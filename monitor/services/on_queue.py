"""The queue of an installation of many machines, for `doctor`."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.model.check import FAULT, OK, Check
from monitor.model.settings import Settings
from monitor.plain import several


def check_workers(settings: Settings) -> Iterator[Check]:
    """Nothing where everything is done by one process. Raises QueueMisfit."""
    if settings.queue.url is None:
        return
    from monitor.store.postgres.queue_standing import queue_standing
    from monitor.store.postgres.queue_tables import look_at_queue

    look_at_queue(settings.queue.url)
    standing = queue_standing(settings.queue.url)
    if not standing.answers:
        yield Check("queue", FAULT, "it does not answer", "Look after the PostgreSQL that [queue] url names.")
        return
    if not standing.leads:
        yield Check("queue", FAULT, "no scheduler leads, so nothing is given out", "Start one: reupload-monitor run")
    if not standing.workers:
        right = "Start as many as you like, on any of the machines: reupload-monitor worker"
        yield Check("queue", FAULT, "no worker was heard of lately, so nobody looks at anything", right)
    if standing.leads and standing.workers:
        yield Check(
            "queue", OK, f"one scheduler leads, {several(standing.workers, 'worker takes', 'workers take')} work"
        )
