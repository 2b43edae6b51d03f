"""What registries say, to messages and back: every count and length has a maximum."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from monitor.model.registry import (
    MAX_DESK_VALUES,
    MAX_DESKS,
    MAX_REMARK_CHARS,
    MAX_SERVERS,
    MAX_VALUE_CHARS,
    RdapServers,
    RecordKind,
    RegistryDesk,
    RegistryRecord,
)

_Value = Annotated[str, Meta(max_length=MAX_VALUE_CHARS)]
Within = Annotated[str, Meta(max_length=(MAX_VALUE_CHARS + 1) * MAX_DESK_VALUES)]
_Values = Annotated[tuple[_Value, ...], Meta(max_length=MAX_DESK_VALUES)]


class WireDesk(Struct, frozen=True):
    """`RegistryDesk`, field by field."""

    roles: _Values
    name: _Value
    within: Annotated[tuple[Within, ...], Meta(max_length=MAX_DESK_VALUES)]
    emails: _Values
    urls: _Values
    left_out: Annotated[int, Meta(ge=0, le=1_000_000)]
    remarks: Annotated[str, Meta(max_length=MAX_REMARK_CHARS)]


class WireRecord(Struct, frozen=True):
    """`RegistryRecord`, field by field."""

    kind: RecordKind
    handle: _Value
    name: _Value
    first: _Value
    last: _Value
    desks: Annotated[tuple[WireDesk, ...], Meta(max_length=MAX_DESKS)]
    links: _Values
    redacted: _Values
    problem: _Value


class WireServers(Struct, frozen=True):
    published: _Value
    servers: Annotated[tuple[tuple[_Value, _Value], ...], Meta(min_length=1, max_length=MAX_SERVERS)]


def wire_record(record: RegistryRecord) -> WireRecord:
    desks = (
        WireDesk(desk.roles, desk.name, desk.within, desk.emails, desk.urls, desk.left_out, desk.remarks)
        for desk in record.desks
    )
    return WireRecord(
        record.kind,
        record.handle,
        record.name,
        record.first,
        record.last,
        tuple(desks),
        record.links,
        record.redacted,
        record.problem,
    )


def registry_record(wire: WireRecord) -> RegistryRecord:
    desks = (
        RegistryDesk(desk.roles, desk.name, desk.within, desk.emails, desk.urls, desk.left_out, desk.remarks)
        for desk in wire.desks
    )
    return RegistryRecord(
        wire.kind,
        wire.handle,
        wire.name,
        wire.first,
        wire.last,
        tuple(desks),
        wire.links,
        wire.redacted,
        wire.problem,
    )


def wire_servers(found: RdapServers | None) -> WireServers | None:
    return None if found is None else WireServers(found.published, found.servers)


def rdap_servers(wire: WireServers | None) -> RdapServers | None:
    return None if wire is None else RdapServers(wire.published, wire.servers)
