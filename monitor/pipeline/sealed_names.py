"""How files in the vault are called that were sealed anew: ID.age, then ID-r2.age, ID-r3.age. By it an older copy of
the store finds what its own rows name no more, and what a crash left unnamed goes with the rest."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from monitor.model.evidence import EvidenceItem
from monitor.ports import Store

_NAME = re.compile(r"(.+?)(?:-r(\d+))?\.age")


def next_name(name: str, there: Collection[str] = ()) -> str:
    """The next that is not there."""
    first, number = _parts(name)
    while (found := f"{first}-r{number + 1}.age") in there:
        number += 1
    return found


def unnamed_kin(name: str, there: Iterable[str], store: Store) -> list[str]:
    """Other names of what was sealed as `name`, before or since, that no row names: of work that was cut off."""
    first, _ = _parts(name)
    kin = [one for one in there if one != name and _parts(one)[0] == first]
    return [one for one in kin if not store.evidence.names(one)]


def rows_resealed(rows: Iterable[EvidenceItem], there: Collection[str]) -> Iterator[EvidenceItem]:
    """Rows of an older copy of the store whose files were sealed anew since, each with the newest name. Its digest of
    the sealed file stays what it was: what lies there now is not what it has on record."""
    newest: dict[str, tuple[int, str]] = {}
    for name in there:
        first, number = _parts(name)
        newest[first] = max(newest.get(first, (0, "")), (number, name))
    for row in rows:
        first, _ = _parts(row.file.path)
        if row.file.path not in there and first in newest:
            yield replace(row, file=replace(row.file, path=newest[first][1]))


def _parts(name: str) -> tuple[str, int]:
    found = _NAME.fullmatch(name)
    return (found[1], int(found[2] or 1)) if found else (name, 1)
