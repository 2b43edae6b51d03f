"""Run by test_hostile_browser_life, which kills it: visits a page, says which processes it has, and waits for ever."""

from __future__ import annotations

import asyncio
import sys


async def main(script: bytes) -> None:
    from tests.hostile.hostile_browser import fetcher, visit
    from tests.hostile.hostile_site import Names, ok, site

    made = fetcher(Names())
    async with site(ok(b"<p>x<img src=/busy><script>document.cookie='planted=word'</script>" + script)) as served:
        looking = asyncio.ensure_future(visit(made, served, served.url()))
        while not served.heads:
            if looking.done():
                raise SystemExit(f"nothing was asked for: {looking.result()}")
            await asyncio.sleep(0.01)
        if not script:
            await looking
        print("up", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1].encode()))
