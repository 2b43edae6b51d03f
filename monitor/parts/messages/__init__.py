"""What may cross between two parts: frozen structs of msgspec with stated maxima, one module for each subject. Nothing
else does, and never a pickle: a part that was taken over must run no code in another."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any, ClassVar, Generic, TypeVar

import msgspec
from msgspec import Struct

from monitor.parts.frames import BadMessage

USUAL_MOST = 64 * 1024


class PartMessage(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """What a message is like: derive with `frozen=True`, or write a tagged struct of the same strictness. Every text,
    number and list has its maximum (`msgspec.Meta`), and so has the whole, packed: `most`, in bytes."""

    most: ClassVar[int] = USUAL_MOST


Wanted = TypeVar("Wanted", bound=Struct)


def most_of(message: type[Struct]) -> int:
    most: int = getattr(message, "most", USUAL_MOST)
    return most


def tag_of(message: type[Struct]) -> str:
    return str(message.__struct_config__.tag)


class OneOf(Generic[Wanted]):
    """One of these messages is expected: `OneOf[Taken | Refused](Taken, Refused)`."""

    def __init__(self, *types: type[Wanted]) -> None:
        if len({tag_of(one) for one in types}) != len(types) or not all(one.__struct_config__.tag for one in types):
            raise TypeError("each message needs a tag of its own")
        self.types = types
        self.most = max(most_of(one) for one in types)
        self._decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(reduce(or_, types))

    def unpack(self, packed: bytes) -> Wanted:
        """Raises BadMessage."""
        try:
            message: Wanted = self._decoder.decode(packed)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise BadMessage(str(error)[:200]) from error
        if len(packed) > most_of(type(message)):
            raise BadMessage(f"{len(packed)} bytes of {type(message).__name__}, more than {most_of(type(message))}")
        return message


_KNOWN: dict[type[Struct], OneOf[Any]] = {}


def one_of(wanted: type[Wanted] | OneOf[Wanted]) -> OneOf[Wanted]:
    if isinstance(wanted, OneOf):
        return wanted
    if wanted not in _KNOWN:
        _KNOWN[wanted] = OneOf(wanted)
    return _KNOWN[wanted]


def packed(message: Struct) -> bytes:
    """Raises BadMessage where it does not hold its own maxima: what a site sends must not make a part look as if it
    were taken over."""
    try:
        out = msgspec.msgpack.encode(message)
    except UnicodeEncodeError:  # half a surrogate pair, from a header or a \\ud800 in JSON
        out = msgspec.msgpack.encode(_encodable(msgspec.to_builtins(message, builtin_types=(bytes,))))
    one_of(type(message)).unpack(out)
    return out


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {key: _encodable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(item) for item in value]
    return value
