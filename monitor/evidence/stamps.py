"""Trusted time by RFC 3161: what is asked of an authority, and whether its answer holds.

Only a digest goes out: of a line that holds the custody log's head and a salt. The authority learns neither what is in
the log nor, of two questions, that they come from one log. The head stands for every entry before it, and so for every
file: what was in the log then existed then.

An answer is judged at its own time, by the certificates that were kept with it: it holds when they have long run out.
"""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from monitor.errors import StampFailed
from monitor.evidence.canonical import Told, canonical_json
from monitor.model.custody import CustodyHead
from monitor.model.ids import digest_of
from monitor.model.stamp import StampTry, TimeStamp

QUERY_TYPE = "application/timestamp-query"  # RFC 3161 section 3.4
REPLY_TYPE = "application/timestamp-reply"
MAX_STAMP_REPLY = 256 * 1024  # bytes; a reply with a chain of four has some 10,000
LONGEST_CHAIN = 10

STAMP_EVERY = timedelta(days=1)
RETRY_AFTER = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))  # then as the last
CLOCKS_APART = timedelta(minutes=2)
"""More than that between a token's time and ours, at the moment it came, is a fault of one of the clocks."""

_WHAT = "head of a custody log of reupload-monitor"
_CONTENT_INFO, _CONTENT = 1, 1  # places in a reply, and in its content info
_CERTIFICATES = 0xA0

_NO_CERTIFICATE = (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion)
"""What cryptography says of one that it cannot use."""


@dataclass(frozen=True, slots=True)
class Token:
    """told: the time in it. signer: the name of who signed. chain: PEM, the signer's certificate first, the root
    last."""

    told: datetime
    signer: str
    chain: bytes


def stamped_data(head: CustodyHead, salt: bytes) -> bytes:
    """What the imprint is of: one line. `parse_stamped_data` gives the head back."""
    told: Told = {"what": _WHAT, "number": head.number, "digest": head.digest, "salt": salt.hex()}
    return (canonical_json(told) + "\n").encode("ascii")


def parse_stamped_data(data: bytes) -> CustodyHead:
    """Raises ValueError."""
    try:
        told = json.loads(data)
        head = CustodyHead(int(told["number"]), str(told["digest"]))
        same = stamped_data(head, bytes.fromhex(told["salt"])) == data
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise ValueError("it names no head of a custody log") from error
    if not same:
        raise ValueError("it names no head of a custody log as this program writes it")
    return head


def query_for(data: bytes) -> bytes:
    """DER, with a nonce of its own, asking for the certificates. Of `data` only the SHA-256 is in it."""
    return TimestampRequestBuilder(data, HashAlgorithm.SHA256).build().as_bytes()


def check_reply(reply: bytes, *, query: bytes, data: bytes, roots: Sequence[x509.Certificate]) -> Token:
    """That it answers this query, is a time on this data, and is signed by somebody who may sign times for one of the
    roots, at the time that it names. roots: of them those count that nobody stands above; a kept chain may be given
    whole. Raises StampFailed."""
    parsed = _parsed(reply)
    roots = [one for one in roots if one.subject == one.issuer]
    if parsed.status not in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS):
        raise StampFailed(f"it refused: {_refusal(parsed)}")
    try:
        nonce, told = _nonce_of(query), parsed.tst_info.gen_time.astimezone(UTC)
        imprint, algorithm = parsed.tst_info.message_imprint.message, parsed.tst_info.message_imprint.hash_algorithm
        chain = _chain(parsed, roots)
    except _NO_CERTIFICATE as error:
        raise StampFailed("its answer is no time stamp") from error
    if imprint != hashlib.sha256(data).digest() or algorithm.dotted_string != "2.16.840.1.101.3.4.2.1":
        raise StampFailed("its time stamp is on something else")
    if parsed.tst_info.nonce != nonce:
        raise StampFailed("its time stamp answers another question, an old one perhaps")
    if not chain:
        raise StampFailed("its time stamp does not say whose it is")
    signer = chain[0].subject.rfc4514_string()
    root = next((one for one in roots if one == chain[-1]), None)
    if root is None:
        raise StampFailed(
            f"its time stamp is signed by {signer}, and who stands behind that is not known here "
            f"({chain[-1].issuer.rfc4514_string()})"
        )
    builder = VerifierBuilder(nonce=nonce, roots=[root], intermediates=[])
    try:
        builder.build().verify(parsed, imprint)
    except (VerificationError, *_NO_CERTIFICATE) as error:
        raise StampFailed(f"its time stamp does not hold: {_plainly(error)}") from error
    return Token(told, signer, b"".join(one.public_bytes(Encoding.PEM) for one in chain))


def load_certificates(pem: bytes) -> list[x509.Certificate]:
    """All in it; one that cannot be read is left out, since a bundle of a hundred must not fail for it."""
    end = b"-----END CERTIFICATE-----"
    found = []
    for part in pem.split(end)[:-1]:
        with warnings.catch_warnings(), suppress(ValueError):
            warnings.simplefilter("ignore")  # that an old root's serial number is 0
            found.append(x509.load_pem_x509_certificate(part[part.rfind(b"-----BEGIN CERTIFICATE") :] + end + b"\n"))
    return found


def certificates_in_order(reply: bytes) -> bytes:
    """The same, its certificates in the order that DER wants. OpenSSL's own server sends them as they were given to it;
    they are not signed, so nothing that counts is changed. As it came, where it is not built as a reply is."""
    try:
        outer = list(_elements(reply, *_inside(reply, 0)))
        content_info = list(_elements(reply, *_inside(reply, outer[_CONTENT_INFO][0])))
        wrapped = list(_elements(reply, *_inside(reply, content_info[_CONTENT][0])))
        for begin, end in _elements(reply, *_inside(reply, wrapped[0][0])):
            if reply[begin] == _CERTIFICATES:
                first, last = _inside(reply, begin)
                parts = sorted(reply[a:b] for a, b in _elements(reply, first, last))
                return reply[:first] + b"".join(parts) + reply[end:]
    except (ValueError, IndexError):
        pass
    return reply


def stamp_is_due(head: CustodyHead, last: TimeStamp | None, tried: StampTry | None, now: datetime) -> bool:
    """Whether the authorities are to be asked now; that something new stands in the log is the caller's to know. A
    clock that was set back keeps nobody waiting."""
    if head.number == 0 or (tried is not None and tried.at <= now < tried.retry_at):
        return False
    return last is None or not last.at <= now < last.at + STAMP_EVERY


def wait_for(tries: int) -> timedelta:
    """Until the next try, after so many in vain."""
    return RETRY_AFTER[min(max(tries, 1), len(RETRY_AFTER)) - 1]


def clocks_apart(told: datetime, came: datetime) -> timedelta | None:
    """How far our clock is behind the authority's (negative: before it), where that is a fault of one of them."""
    apart = told - came
    return apart if abs(apart) > CLOCKS_APART else None


def told_in_log(one: TimeStamp) -> dict[str, str]:
    """Details of its entry. The digests hold reply and certificates to it, so that none can be taken away or put in
    place of another."""
    return {
        "stamped": str(one.number),
        "authority": one.authority,
        "time": one.told.isoformat(),
        "data": digest_of(one.data),
        "query": digest_of(one.query),
        "reply": digest_of(one.reply),
        "chain": digest_of(one.chain),
    }


def _parsed(reply: bytes) -> TimeStampResponse:
    if len(reply) > MAX_STAMP_REPLY:
        raise StampFailed("its answer is too long for a time stamp")
    try:
        return decode_timestamp_response(reply)
    except ValueError:
        pass
    try:
        return decode_timestamp_response(certificates_in_order(reply))
    except ValueError as error:
        raise StampFailed("its answer is no time stamp") from error


def _refusal(parsed: TimeStampResponse) -> str:
    words = " ".join(" ".join(parsed.status_string).split())
    shown = "".join(letter if letter.isprintable() else "?" for letter in words)[:200]
    return shown or f"status {parsed.status}, without a reason"


def _nonce_of(query: bytes) -> int | None:
    from rfc3161_client._rust import parse_timestamp_request  # all that reads a request back

    return parse_timestamp_request(query).nonce


def _chain(parsed: TimeStampResponse, roots: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """From who signed it up, as far as it leads; [] where that one is not in it."""
    signers = list(parsed.signed_data.signer_infos)
    sent = [x509.load_der_x509_certificate(one) for one in parsed.signed_data.certificates]
    if len(signers) != 1:
        return []
    wanted = (signers[0].issuer, signers[0].serial_number)
    chain = [one for one in sent if (one.issuer, one.serial_number) == wanted][:1]
    while chain and len(chain) < LONGEST_CHAIN and chain[-1] not in roots:
        above = next(_issuers(chain[-1], (*roots, *sent)), None)
        if above is None or above in chain:
            break
        chain.append(above)
    return chain


def _issuers(of: x509.Certificate, among: Iterable[x509.Certificate]) -> Iterator[x509.Certificate]:
    for one in among:
        if one.subject == of.issuer:
            try:
                of.verify_directly_issued_by(one)
            except (InvalidSignature, *_NO_CERTIFICATE):
                continue
            yield one


def _plainly(error: Exception) -> str:
    """OpenSSL's own words where it has some, else the library's, on one short line."""
    said = re.search(r'data: "(?:Verify error: ?)?([^"]+)"', str(error))
    return " ".join((said[1] if said else str(error)).split())[:200]


def _inside(content: bytes, at: int) -> tuple[int, int]:
    """Where the inside of the DER element at `at` begins and ends. Raises ValueError, IndexError."""
    length, begin = content[at + 1], at + 2
    if length == 0x80:
        raise ValueError("not DER: no length")
    if length > 0x80:
        count = length - 0x80
        begin, length = begin + count, int.from_bytes(content[begin : begin + count])
    if begin + length > len(content):
        raise ValueError("cut off")
    return begin, begin + length


def _elements(content: bytes, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Each with where it begins and ends."""
    while begin < end:
        last = _inside(content, begin)[1]
        if last > end:
            raise ValueError("longer than what it is in")
        yield begin, last
        begin = last
