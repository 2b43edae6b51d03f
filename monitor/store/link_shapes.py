"""Where links of each shape led, by watch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from monitor.ports.facts import Led
from monitor.store.engine import Database, upsert
from monitor.store.fact_tables import link_shapes

MAX_SHAPES_KEPT = 200  # of one watch, the most visited ones


class SqlLinkShapes:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, case: str, watch: str) -> Mapping[str, Led]:
        of_watch = select(link_shapes.c.shapes).where(link_shapes.c.case == case, link_shapes.c.watch == watch)
        kept = self._db.run(of_watch).scalar_one_or_none()
        return {shape: Led(*known) for shape, known in json.loads(kept or "{}").items()}

    def save(self, case: str, watch: str, led: Mapping[str, Led], at: datetime) -> None:
        most = sorted(led.items(), key=lambda one: -one[1].visited)[:MAX_SHAPES_KEPT]
        shapes = json.dumps({shape: [known.visited, known.showed] for shape, known in most})
        self._db.run(upsert(link_shapes), {"case": case, "watch": watch, "shapes": shapes, "at": at})

    def forget_before(self, case: str, before: datetime) -> int:
        old = (link_shapes.c.case == case, link_shapes.c.at < before)
        return self._db.run(link_shapes.delete().where(*old)).rowcount

    def forget(self, case: str) -> None:
        self._db.run(link_shapes.delete().where(link_shapes.c.case == case))
