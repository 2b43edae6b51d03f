"""Abusix's list: what is asked, of whom, and how an answer is read. Nothing is asked unless it is switched on."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model.registry import RecordKind
from monitor.outbound.abusix import ZONE, AbusixList, asked_of_list
from monitor.takedown.rdap.reading import read_dns_text

NAME = b"".join(bytes([len(label)]) + label.encode() for label in f"8.8.8.8.{ZONE}".split(".")) + b"\0"
QUESTION = NAME + struct.pack(">HH", 16, 1)


def txt(*strings: bytes, kind: int = 16) -> bytes:
    data = b"".join(bytes([len(one)]) + one for one in strings)
    return b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 300, len(data)) + data


def answer(*records: bytes, number: bytes = b"\x12\x34", count: int | None = None) -> bytes:
    many = len(records) if count is None else count
    return number + struct.pack(">5H", 0x8180, 1, many, 0, 0) + QUESTION + b"".join(records)


@pytest.mark.parametrize(
    ("records", "emails"),
    [
        pytest.param((txt(b"abuse@hoster.example"),), ("abuse@hoster.example",), id="one"),
        pytest.param((txt(b"abuse@", b"hoster.example"),), ("abuse@hoster.example",), id="in two strings"),
        pytest.param((txt(b"x", kind=5), txt(b"a@b.example")), ("a@b.example",), id="behind an alias"),
        pytest.param((txt(b"a@b.example"), txt(b"c@d.example")), ("a@b.example", "c@d.example"), id="two"),
    ],
)
def test_an_answer_is_read(records: tuple[bytes, ...], emails: tuple[str, ...]) -> None:
    record = read_dns_text(answer(*records))
    assert record.kind is RecordKind.NETWORK and record.desks[0].emails == emails and record.desks[0].is_for_abuse


def test_none_listed_and_what_breaks_off() -> None:
    assert read_dns_text(answer()).kind is RecordKind.NOTHING
    whole = answer(txt(b"abuse@hoster.example"))
    for end in range(len(whole)):
        record = read_dns_text(whole[:end])
        assert record.kind in (RecordKind.NOTHING, RecordKind.UNREADABLE) and not record.desks
    assert read_dns_text(answer(count=9)).kind is RecordKind.UNREADABLE


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80) | st.binary(max_size=40).map(lambda tail: answer(count=3) + tail))
def test_bytes_of_any_kind(untrusted: bytes) -> None:
    for desk in read_dns_text(untrusted).desks:
        assert all(email for email in desk.emails)


def at(server: tuple[str, int] | None) -> AbusixList:
    return AbusixList(lambda name: asked_of_list(name, server))


class Resolver(asyncio.DatagramProtocol):
    def __init__(self, *replies: bytes) -> None:
        self.asked: list[bytes] = []
        self._replies = replies

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked.append(data)
        for reply in self._replies:
            self._transport.sendto(reply.replace(b"\x12\x34", data[:2], 1), addr)


@asynccontextmanager
async def serving(*replies: bytes) -> AsyncIterator[tuple[Resolver, tuple[str, int]]]:
    loop, resolver = asyncio.get_running_loop(), Resolver(*replies)
    transport, _ = await loop.create_datagram_endpoint(lambda: resolver, local_addr=("127.0.0.1", 0))
    try:
        yield resolver, transport.get_extra_info("sockname")[:2]
    finally:
        transport.close()


async def test_one_question_and_an_answer_to_it_alone() -> None:
    good = answer(txt(b"abuse@hoster.example"))
    forged = b"\xff\xff\xff" + good  # to another question
    async with serving(forged, good) as (resolver, server):
        came = await at(server).ask("8.8.8.8")
    assert came[2:] == good[2:]
    (asked,) = resolver.asked
    assert asked[2:] == struct.pack(">5H", 0x0100, 1, 0, 0, 0) + QUESTION


async def test_nobody_there_is_no_answer() -> None:
    async with serving() as (_, server):
        pass
    assert await at(server).ask("8.8.8.8") == b""


def test_how_addresses_are_written() -> None:
    assert at(None).question("8.8.4.4") == f"4.4.8.8.{ZONE}"
    assert at(None).question("2600::1") == f"1{'.0' * 27}.0.0.6.2.{ZONE}"
