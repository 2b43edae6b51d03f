"""`vacuum`: forgets what is old, now, and makes the store as small as what is in it."""

from __future__ import annotations

from monitor.cli import opening, options, printing
from monitor.plain import several


def vacuum(as_json: options.JsonOption = False) -> None:
    """Forget now what [retention] says is old, and give the disk back what it took. The daemon may run meanwhile."""
    from monitor.services.vacuuming import vacuum_now

    with opening.opened() as opened:
        done = vacuum_now(opened)
    forgot = done.forgot
    rows = {"candidates": forgot.candidates, "addresses": forgot.seen, "runs": forgot.runs} if forgot else {}
    if as_json:
        printing.emit(
            {"bytes_before": done.before, "bytes_after": done.after, "forgot": rows, "given_back": done.is_given_back}
        )
        return
    if forgot is None:
        printing.out("Nothing was forgotten: this program was off for more than a month, or the clock is ahead.")
        printing.out("Let it run for a day, then type this again.")
    else:
        pictures = several(forgot.candidates, "other people's picture", "other people's pictures")
        addresses = several(forgot.seen, "address", "addresses")
        printing.out(f"Forgotten: {pictures}, {addresses}, {several(forgot.runs, 'report', 'reports')} of visits.")
    if not done.after:
        printing.out("The database's server uses what room that left by itself.")
        return
    freed = max(0, done.before - done.after)
    printing.out(f"The store has {_told(done.after)} now, {_told(freed)} less than before.")
    if not done.is_given_back:
        printing.out("Another process still reads what was there before: the rest is freed when it is done.")


def _told(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
