"""A lot of hashes as bytes, for the encrypted store, and back. Little-endian: magic, photos, hashes; a byte of quality
for each hash; the hashes; then of each photo the length of its id, the id, and how many of the hashes are its. What
reads all of them for an index reads two blocks and no photo by itself.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import NamedTuple

from monitor.errors import StoreError
from monitor.model.fingerprint import Reference

_HASH = 32
_MAGIC = b"RMH1"
_HEAD = struct.Struct("<4sHI")


class PhotoRows(NamedTuple):
    """Of one photo with all its versions: a byte of quality for each, and their hashes."""

    qualities: bytes
    rows: bytes


def hashes_of_photo(reference: Reference) -> PhotoRows:
    prints = [version.fingerprint for version in reference.versions]
    return PhotoRows(bytes(item.pdq_quality for item in prints), b"".join(item.pdq.bits for item in prints))


def dump_lot(photos: Mapping[str, PhotoRows]) -> bytes:
    """photos: by id."""
    qualities = b"".join(photo.qualities for photo in photos.values())
    ends = (_named(name, len(photo.qualities)) for name, photo in photos.items())
    head = _HEAD.pack(_MAGIC, len(photos), len(qualities))
    return b"".join((head, qualities, *(photo.rows for photo in photos.values()), *ends))


def load_hashes(data: bytes) -> PhotoRows:
    """Of all its photos together. Raises StoreError for anything that `dump_lot` did not write."""
    _, _, qualities, rows, _ = _blocks(data)
    return PhotoRows(qualities, rows)


def load_lot(data: bytes) -> dict[str, PhotoRows]:
    """The same, by the photos' ids."""
    photos, hashes, qualities, rows, names = _blocks(data)
    found, at, first = dict[str, PhotoRows](), 0, 0
    try:
        for _ in range(photos):
            stop = at + 1 + names[at]
            last = first + names[stop]
            name = names[at + 1 : stop].decode("ascii")
            found[name] = PhotoRows(qualities[first:last], rows[_HASH * first : _HASH * last])
            at, first = stop + 1, last
    except (IndexError, UnicodeDecodeError) as error:
        raise _unread() from error
    if at != len(names) or first != hashes or len(found) != photos:
        raise _unread()
    return found


def _blocks(data: bytes) -> tuple[int, int, bytes, bytes, bytes]:
    if len(data) < _HEAD.size:
        raise _unread()
    magic, photos, hashes = _HEAD.unpack_from(data)
    rows = _HEAD.size + hashes
    names = rows + _HASH * hashes
    if magic != _MAGIC or len(data) < names:
        raise _unread()
    return photos, hashes, data[_HEAD.size : rows], data[rows:names], data[names:]


def _named(name: str, hashes: int) -> bytes:
    encoded = name.encode("ascii")
    return bytes([len(encoded)]) + encoded + bytes([hashes])


def _unread() -> StoreError:
    return StoreError(
        "the stored hashes of a case's photos cannot be read: they are damaged",
        remedy="Restore a backup: reupload-monitor restore FILE.",
    )
