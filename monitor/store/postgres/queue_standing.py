"""How the queue stands, for `status`: numbers alone, asked over a connection of its own."""

from __future__ import annotations

from monitor.model.queue import QueueStanding
from monitor.model.settings import Secret

LEADS = 0x72657570_6C6F6164  # the advisory lock of the one scheduler that leads
SCHEDULER = "reupload-monitor-scheduler"  # as the server shows a scheduler's connection
DEAD_AFTER_S = 20.0  # that a worker was not heard of
QUEUES_OF_A_WORKER = 2  # each is registered as a worker of its own

_ASKED = """
SELECT (SELECT count(*) FROM procrastinate_workers
         WHERE last_heartbeat > now() - make_interval(secs => %(dead_after)s)),
       count(*) FILTER (WHERE job.status = 'todo'), count(*) FILTER (WHERE job.status = 'doing'),
       coalesce(EXTRACT(EPOCH FROM now() - min(event.at) FILTER (WHERE job.status = 'todo')), 0),
       EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
                  AND (classid::bigint << 32 | objid::bigint) = %(leads)s
                  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())),
       (SELECT count(*) FROM pg_stat_activity WHERE application_name = %(scheduler)s AND datname = current_database())
  FROM procrastinate_jobs job
  LEFT JOIN procrastinate_events event ON event.job_id = job.id AND event.type = 'deferred'
"""


def queue_standing(url: Secret) -> QueueStanding:
    """Raises nothing for a queue that does not answer, or that is another version's: then that is said."""
    import psycopg

    from monitor.store.postgres.address import conninfo_of
    from monitor.store.postgres.queue_tables import misfit_here

    given = {"dead_after": DEAD_AFTER_S, "leads": LEADS, "scheduler": SCHEDULER}
    try:
        with psycopg.connect(conninfo_of(url), autocommit=True) as connection:
            if (wrong := misfit_here(connection)) is not None:
                return QueueStanding(answers=False, misfit=str(wrong), remedy=wrong.remedy)
            row = connection.execute(_ASKED.encode(), given).fetchone()
    except psycopg.Error:
        return QueueStanding(answers=False)
    if row is None:
        return QueueStanding(answers=False)
    workers, waiting, in_hand, oldest_s, leads, schedulers = row
    return QueueStanding(
        answers=True,
        workers=-(-int(workers) // QUEUES_OF_A_WORKER),
        waiting=int(waiting),
        in_hand=int(in_hand),
        oldest_s=round(float(oldest_s), 3),
        leads=bool(leads),
        standing_by=max(0, int(schedulers) - bool(leads)),
    )
