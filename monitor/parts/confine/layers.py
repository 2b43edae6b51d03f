"""What a part says of its own confinement."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import NamedTuple

IN_MEMORY = "files in memory"


class Confinement(NamedTuple):
    """One kind of confinement. why: what it stops, or why it is not active. In plain words, for `doctor`."""

    name: str
    active: bool
    why: str


def layer(name: str, stops: str, activate: Callable[[], str]) -> Confinement:
    """activate: returns '' or a remark; raises OSError. Never raises: what cannot be had is said."""
    try:
        remark = activate()
    except (OSError, ValueError) as error:
        why = (isinstance(error, OSError) and error.strerror) or str(error)
        return Confinement(name, False, f"not available here: {why}")
    return Confinement(name, True, f"{stops}{remark and ' (' + remark + ')'}")


def of_root(*layers: tuple[str, str, Callable[[], str]]) -> tuple[Confinement, ...]:
    """`layer` of each, where root started it; nobody else has that to give up."""
    return tuple(layer(*one) for one in layers) if os.geteuid() == 0 else ()


def lacking_layers(layers: Iterable[tuple[str, bool, str]]) -> list[str]:
    """The names of those that are not active, each as one word, for the journal."""
    return [name.replace(" ", "-") for name, active, _ in layers if not active]


def proof(name: str, refused: str, attempt: Callable[[], None]) -> Confinement:
    """attempt: raises OSError where it is refused, as it should be."""
    try:
        attempt()
    except OSError as error:
        return Confinement(name, True, f"{refused}: {error.strerror}")
    return Confinement(name, False, "it was tried and the kernel allowed it")
