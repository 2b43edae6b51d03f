"""`doctor` asks a part to try what it must not be able to do."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from monitor.parts.greeting import Layer
from monitor.parts.messages import PartMessage


class TryThese(PartMessage, frozen=True):
    """paths: files and folders of the person, which it must not even see. sockets: of the person's session."""

    paths: Annotated[tuple[Annotated[str, Meta(max_length=4096)], ...], Meta(max_length=100)] = ()
    sockets: Annotated[tuple[Annotated[str, Meta(max_length=4096)], ...], Meta(max_length=20)] = ()

    most = 768 * 1024


class Tried(PartMessage, frozen=True):
    """proofs: `confine.layers.Confinement`, one for each attempt; active: it was refused, as it should be."""

    proofs: Annotated[tuple[Layer, ...], Meta(max_length=40)]
