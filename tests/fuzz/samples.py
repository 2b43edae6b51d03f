"""Instances of the structs that cross between parts: made of their types, with the maxima that these state."""

from __future__ import annotations

import random
import string
from datetime import UTC, datetime
from typing import Any

from msgspec import inspect


def sample(of: Any, pick: random.Random) -> Any:
    """A value that a decoder of the type takes; mostly small."""
    return _made(inspect.type_info(of), pick, 0)


def _made(info: inspect.Type, pick: random.Random, depth: int) -> Any:
    match info:
        case inspect.StructType():
            return info.cls(*(_made(field.type, pick, depth + 1) for field in info.fields))
        case inspect.UnionType():
            plain = [one for one in info.types if not isinstance(one, inspect.StructType)]
            return _made(pick.choice(plain if depth > 6 and plain else info.types), pick, depth)
        case inspect.NamedTupleType():
            return info.cls(*(_made(field.type, pick, depth + 1) for field in info.fields))
        case inspect.DataclassType():
            return info.cls(**{field.name: _made(field.type, pick, depth + 1) for field in info.fields})
        case inspect.TupleType():
            return tuple(_made(one, pick, depth + 1) for one in info.item_types)
        case inspect.VarTupleType() | inspect.ListType() | inspect.SetType() | inspect.FrozenSetType():
            made = [_made(info.item_type, pick, depth + 1) for _ in range(_length(info, pick, 2 if depth > 2 else 4))]
            return tuple(made) if isinstance(info, inspect.VarTupleType) else made
        case inspect.DictType():
            size = pick.randrange(3)
            return {_made(info.key_type, pick, depth + 1): _made(info.value_type, pick, depth + 1) for _ in range(size)}
        case _:
            return _plain(info, pick)


def _plain(info: inspect.Type, pick: random.Random) -> Any:
    match info:
        case inspect.StrType(pattern=str()):
            return "0123456789abcdef" * 2  # a digest of ours is the only form that is asked for
        case inspect.StrType():
            return "".join(pick.choice(string.printable + "äß\u202e") for _ in range(_length(info, pick, 12)))
        case inspect.BytesType():
            return pick.randbytes(_length(info, pick, 12))
        case inspect.BoolType():
            return pick.random() < 0.5
        case inspect.IntType():
            low = info.ge if info.ge is not None else (info.gt + 1 if info.gt is not None else -1_000)
            high = info.le if info.le is not None else (info.lt - 1 if info.lt is not None else low + 2_000)
            return pick.choice((low, high, pick.randint(int(low), int(high))))
        case inspect.FloatType():
            low, high = info.ge if info.ge is not None else -10.0, info.le if info.le is not None else 10.0
            return pick.uniform(float(low), float(high))
        case inspect.EnumType():
            return pick.choice(list(info.cls))
        case inspect.LiteralType():
            return pick.choice(info.values)
        case inspect.NoneType():
            return None
        case inspect.DateTimeType():
            return datetime(2026, 11, 29, 12, tzinfo=UTC)
        case _:
            return b"" if isinstance(info, inspect.ExtType) else "x"


def _length(info: Any, pick: random.Random, most: int) -> int:
    least = info.min_length or 0
    return pick.randint(least, min(max(info.max_length if info.max_length is not None else most, least), least + most))
