"""A certificate for an address that other machines can reach: the person's own, or one that is made for this run."""

from __future__ import annotations

import ipaddress
import os
import ssl
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from monitor.errors import UsageError


def own_certificate(path: Path) -> tuple[ssl.SSLContext, str]:
    """path: a PEM file with chain and key. With its fingerprint. Raises UsageError."""
    try:
        return _context(str(path)), _fingerprint(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise UsageError(
            f"[review] certificate: {path} cannot be used: {error}",
            remedy="Name a PEM file with the certificate's chain and its key, or leave it out: then one is made.",
        ) from error


def made_certificate(address: str, now: datetime) -> tuple[ssl.SSLContext, str]:
    """For this run alone; its key is never written to a disk. With its fingerprint, which a person compares with what
    the browser shows."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, address)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    memory = os.memfd_create("certificate", os.MFD_CLOEXEC)  # `ssl` reads files alone
    try:
        with suppress(OSError):
            os.fchmod(memory, 0o600)
        os.write(memory, public + private)
        return _context(f"/proc/self/fd/{memory}"), _fingerprint(public.decode())
    finally:
        os.close(memory)


def _context(path: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(path)
    return context


def _fingerprint(pem: str) -> str:
    """SHA-256 of the first certificate, as browsers write it."""
    from hashlib import sha256

    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    first = begin + pem.partition(begin)[2].partition(end)[0] + end + "\n"
    digest = sha256(ssl.PEM_cert_to_DER_cert(first)).hexdigest().upper()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))
