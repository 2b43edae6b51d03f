"""The custody log and its time stamps, as a packet has them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from monitor.evidence.custody import faults, head_of, render_log
from monitor.evidence.packet import LogPart, PacketFile, StampPart
from monitor.evidence.packet_names import LOG_NAME
from monitor.hosts import host_of
from monitor.model.custody import CustodyAct
from monitor.model.ids import CaseId, digest_of
from monitor.model.stamp import TimeStamp
from monitor.ports import Store


def log_part(case: CaseId, words: Collection[str], store: Store) -> tuple[LogPart, Mapping[str, bytes]]:
    """What is told of it, and its files by name. The whole chain is in it; the details of an entry only where they are
    about what is in the packet (words: ids)."""
    entries = store.custody.all(case)
    if not entries:
        return LogPart(), {}
    shown = {entry.number for entry in store.custody.naming(case, words)}
    shown |= {entry.number for entry in entries if entry.act is CustodyAct.STAMP}
    files = {LOG_NAME: render_log(entries, show=shown)}
    stamps = []
    for number, stamp in enumerate(store.time_stamps.all(case), start=1):
        one, its_files = _stamp_part(number, stamp)
        stamps.append(one)
        files |= its_files
    head = head_of(entries)
    part = LogPart(
        head=head.digest,
        entries=head.number,
        files=tuple(_file(name, content) for name, content in files.items()),
        stamps=tuple(stamps),
        waiting=_waiting(case, store),
        faults=tuple(faults(entries)),
    )
    return part, files


def _stamp_part(number: int, stamp: TimeStamp) -> tuple[StampPart, Mapping[str, bytes]]:
    stem = f"log/stamp-{number:04}"
    files = {
        f"{stem}.json": stamp.data,
        f"{stem}.tsq": stamp.query,
        f"{stem}.tsr": stamp.reply,
        f"{stem}.pem": stamp.chain,
    }
    part = StampPart(
        authority=host_of(stamp.authority),
        told_at=stamp.told,
        entries=stamp.number,
        stem=stem,
        files=tuple(_file(name, content) for name, content in files.items()),
    )
    return part, files


def _waiting(case: CaseId, store: Store) -> str:
    tried = store.time_stamps.tried(case)
    return f"it was asked for and did not come ({tried.why})" if tried is not None and tried.tries else ""


def _file(name: str, content: bytes) -> PacketFile:
    return PacketFile(
        name=name, kind="log", media_type="application/octet-stream", size=len(content), digest=digest_of(content)
    )
