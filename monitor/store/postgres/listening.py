"""Being told when something was written elsewhere (LISTEN), on a connection of its own. What is told is only that there
is something: a bell that was missed (the server was gone, a pooler stands between) is made good by looking now and
then, which whoever listens does anyway."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import psycopg
from psycopg import sql

from monitor.store.postgres.pool import FIRST_GAP_S, LONGEST_GAP_S


async def listen_for(bell: str, heard: Callable[[], None], conninfo: str) -> None:
    """Until it is cancelled. Heard once to begin with, and whenever the connection had to be made anew."""
    gap_s = FIRST_GAP_S
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
                await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(bell)))
                gap_s = FIRST_GAP_S
                heard()
                async for _ in connection.notifies():
                    heard()
        except psycopg.Error:  # said by whoever reads or writes: here is only waited
            pass
        await asyncio.sleep(gap_s)
        gap_s = min(LONGEST_GAP_S, gap_s * 2)
