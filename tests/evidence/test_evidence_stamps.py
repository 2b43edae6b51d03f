"""Time stamps (RFC 3161), against stock OpenSSL as the authority and as the one who checks."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rfc3161_client import decode_timestamp_response

from monitor.errors import StampFailed
from monitor.evidence.stamps import (
    MAX_STAMP_REPLY,
    Token,
    certificates_in_order,
    check_reply,
    clocks_apart,
    load_certificates,
    parse_stamped_data,
    query_for,
    stamp_is_due,
    stamped_data,
    wait_for,
)
from monitor.model.custody import NO_HEAD, CustodyHead
from monitor.model.ids import CaseId
from monitor.model.stamp import StampTry, TimeStamp
from tests.evidence.authority import Authority, new_authority, the_authority

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
HEAD = CustodyHead(12, hashlib.sha256(b"head").hexdigest())
DATA = stamped_data(HEAD, b"s" * 32)


def asked(authority: Authority, *, at: str = "", digests: str = "sha256") -> tuple[bytes, bytes]:
    query = query_for(DATA)
    return query, authority.reply(query, at=at, digests=digests)


def checked(query: bytes, reply: bytes, roots: bytes, data: bytes = DATA) -> Token:
    return check_reply(reply, query=query, data=data, roots=load_certificates(roots))


def test_only_a_digest_goes_out() -> None:
    query = query_for(DATA)
    assert hashlib.sha256(DATA).digest() in query
    assert HEAD.digest.encode() not in query and bytes.fromhex(HEAD.digest) not in query
    assert query_for(DATA) != query  # its nonce is of this question
    assert parse_stamped_data(DATA) == HEAD
    assert stamped_data(HEAD, b"t" * 32) != DATA


def test_a_time_stamp_whose_certificates_are_in_no_order_holds() -> None:
    authority = the_authority()
    query, reply = asked(authority)
    assert certificates_in_order(reply) != reply
    assert len(certificates_in_order(reply)) == len(reply)
    token = checked(query, reply, authority.root)
    assert abs(token.told - datetime.now(UTC)) < timedelta(minutes=5)
    assert token.signer == "CN=Test Signer"
    assert token.chain.count(b"BEGIN CERTIFICATE") == 2
    assert token.chain.endswith(load_pem(authority.root))
    assert checked(query, certificates_in_order(reply), authority.root) == token


def load_pem(pem: bytes) -> bytes:
    return pem.strip() + b"\n"


def test_one_that_stands_below_another_authority_holds(tmp_path: Path) -> None:
    authority = new_authority(tmp_path, below=True)
    query, reply = asked(authority)
    assert checked(query, reply, authority.root).chain.count(b"BEGIN CERTIFICATE") == 3


Answer = Callable[[bytes, bytes], bytes]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(lambda query, reply: b"<!doctype html><p>Sign in", "no time stamp", id="a page"),
        pytest.param(lambda query, reply: b"", "no time stamp", id="nothing"),
        pytest.param(lambda query, reply: reply[:-1], "no time stamp", id="cut off"),
        pytest.param(lambda query, reply: reply + b"\0", "no time stamp", id="something behind it"),
        pytest.param(lambda query, reply: b"\0" * (MAX_STAMP_REPLY + 1), "too long", id="too long"),
        pytest.param(lambda query, reply: b"\x30\x80" + reply[2:], "no time stamp", id="no length"),
        pytest.param(
            lambda query, reply: the_authority().reply(query_for(DATA)), "another question", id="an old nonce"
        ),
        pytest.param(
            lambda query, reply: the_authority().reply(query_for(b"other")), "something else", id="another imprint"
        ),
        pytest.param(lambda query, reply: the_authority().reply(query, digests="sha512"), "it refused", id="rejected"),
    ],
)
def test_what_is_no_time_stamp_on_it_is_told_as_what_it_is(answer: Answer, said: str) -> None:
    authority = the_authority()
    query, reply = asked(authority)
    with pytest.raises(StampFailed, match=said):
        checked(query, answer(query, reply), authority.root)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        pytest.param({"may_stamp": False}, "does not hold", id="a certificate for another use"),
        pytest.param({"critical": False}, "does not hold", id="for this use among others"),
        pytest.param({"below": True, "intermediate_is_ca": False}, "does not hold", id="issued by who may not"),
    ],
)
def test_who_may_not_sign_times_is_not_believed(tmp_path: Path, made: dict[str, bool], said: str) -> None:
    authority = new_authority(tmp_path, **made)
    query, reply = asked(the_authority())
    token = decode_timestamp_response(certificates_in_order(reply)).time_stamp_token()
    with pytest.raises(StampFailed, match=said):
        checked(query, authority.signed(token), authority.root)


def test_signed_anew_by_who_may_it_holds(tmp_path: Path) -> None:
    """So that what the rows above find is what they are about."""
    query, reply = asked(the_authority())
    authority = new_authority(tmp_path, below=True)
    token = decode_timestamp_response(certificates_in_order(reply)).time_stamp_token()
    assert checked(query, authority.signed(token), authority.root).signer == "CN=Test Signer"


def test_an_authority_that_nobody_here_knows_is_not_believed(tmp_path: Path) -> None:
    query, reply = asked(the_authority())
    other = new_authority(tmp_path)  # of the same names
    for roots in (b"", other.root):
        with pytest.raises(StampFailed, match="not known here"):
            checked(query, reply, roots)


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_changed_reply_says_nothing_else(at: int, by: int) -> None:
    """Bytes that are not signed may change; time and data may not."""
    query, reply, token = a_token()
    changed = bytearray(reply)
    changed[at % len(reply)] ^= by
    try:
        found = checked(query, bytes(changed), the_authority().root)
    except StampFailed:
        return
    assert (found.told, found.signer) == (token.told, token.signer)


_token: list[tuple[bytes, bytes, Token]] = []


def a_token() -> tuple[bytes, bytes, Token]:
    if not _token:
        query, reply = asked(the_authority())
        _token.append((query, reply, checked(query, reply, the_authority().root)))
    return _token[0]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_put_in_order_or_left(content: bytes) -> None:
    assert len(certificates_in_order(content)) == len(content)
    assert len(certificates_in_order(b"\x30\x82\x01\x00" + content)) == len(content) + 4


@pytest.mark.skipif(not shutil.which("faketime"), reason="faketime is not installed")
def test_it_holds_by_openssl_too_and_twelve_years_on(tmp_path: Path) -> None:
    authority = the_authority()
    query, reply = asked(authority)
    token = checked(query, reply, authority.root)
    (tmp_path / "data").write_bytes(DATA)
    (tmp_path / "reply").write_bytes(reply)
    (tmp_path / "query").write_bytes(query)
    (tmp_path / "chain.pem").write_bytes(token.chain)
    verify = ["openssl", "ts", "-verify", "-in", str(tmp_path / "reply"), "-CAfile", str(tmp_path / "chain.pem")]
    for by in ("data", "query"):
        asked_by = ["-data" if by == "data" else "-queryfile", str(tmp_path / by)]
        said = subprocess.run([*verify, *asked_by], capture_output=True, text=True)
        assert "Verification: OK" in said.stdout, said.stderr
    later = (datetime.now(UTC) + timedelta(days=12 * 365)).strftime("%Y-%m-%d %H:%M:%S")
    with_data = [*verify, "-data", str(tmp_path / "data")]
    said = subprocess.run(["faketime", later, *with_data], capture_output=True, text=True)
    assert "Verification: FAILED" in said.stdout + said.stderr  # by its own clock its certificates have run out
    attime = ["-attime", str(int(token.told.timestamp()))]
    said = subprocess.run(["faketime", later, *with_data, *attime], capture_output=True, text=True)
    assert "Verification: OK" in said.stdout, said.stderr
    program = (
        "import sys; from pathlib import Path; from monitor.evidence.stamps import check_reply, load_certificates;"
        "q, r, d, c = (Path(p).read_bytes() for p in sys.argv[1:]);"
        "print(check_reply(r, query=q, data=d, roots=load_certificates(c)).told.isoformat())"
    )
    names = [str(tmp_path / name) for name in ("query", "reply", "data", "chain.pem")]
    ours = subprocess.run(
        ["faketime", later, sys.executable, "-c", program, *names], capture_output=True, text=True, check=False
    )
    assert ours.stdout.strip() == token.told.isoformat(), ours.stderr


def a_stamp(at: datetime) -> TimeStamp:
    return TimeStamp(CaseId("default"), 1, "https://tsa.example", at, at, b"", b"", b"", b"")


@pytest.mark.parametrize(
    ("head", "last", "tried", "due"),
    [
        pytest.param(NO_HEAD, None, None, False, id="nothing in the log"),
        pytest.param(HEAD, None, None, True, id="never stamped"),
        pytest.param(HEAD, NOW - timedelta(hours=23), None, False, id="less than a day ago"),
        pytest.param(HEAD, NOW - timedelta(days=1), None, True, id="a day ago"),
        pytest.param(HEAD, NOW + timedelta(days=400), None, True, id="in what is the future since the clock was set"),
        pytest.param(HEAD, None, (NOW - timedelta(minutes=1), NOW + timedelta(minutes=1)), False, id="it waits"),
        pytest.param(HEAD, None, (NOW - timedelta(hours=1), NOW), True, id="it has waited"),
        pytest.param(HEAD, None, (NOW + timedelta(days=9), NOW + timedelta(days=10)), True, id="tried in the future"),
    ],
)
def test_when_it_is_due(
    head: CustodyHead, last: datetime | None, tried: tuple[datetime, datetime] | None, due: bool
) -> None:
    stamp = a_stamp(last) if last else None
    told = StampTry(1, tried[0], tried[1], "") if tried else None
    assert stamp_is_due(head, stamp, told, NOW) is due


def test_gaps_grow_and_end_growing() -> None:
    gaps = [wait_for(tries) for tries in (1, 2, 3, 4, 100)]
    assert gaps == sorted(gaps)
    assert gaps[-1] == gaps[-2] == timedelta(hours=4)


@pytest.mark.parametrize(("seconds", "is_fault"), [(0, False), (120, False), (121, True), (-121, True), (86_400, True)])
def test_a_clock_that_is_minutes_off_is_told(seconds: int, is_fault: bool) -> None:
    assert (clocks_apart(NOW + timedelta(seconds=seconds), NOW) is not None) is is_fault


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"null", b"\xff", DATA[:-1], DATA.replace(b'"number":12', b'"number":"12"')]
)
def test_what_names_no_head_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no head"):
        parse_stamped_data(data)
