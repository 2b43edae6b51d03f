from __future__ import annotations

import pytest

from tests.review.asking import NothingFound, asking
from tests.review.found_app import an_app
from tests.store.store_values import a_case


async def test_a_link_lets_in_and_leaving_shuts() -> None:
    async with asking(NothingFound()) as client:
        page = await client.get("/help")
        assert page.status_code == 200
        assert "Leaving in a hurry" in page.text
        await client.post("/leave", data={})
        assert (await client.get("/help")).status_code == 403


async def test_without_a_link_there_is_the_door() -> None:
    async with asking(NothingFound(), enters=False) as client:
        door = await client.get("/")
        assert door.status_code == 403
        assert "Nothing to decide" not in door.text


@pytest.mark.parametrize("path", ["/", "/reports", "/guide", "/settings"])
async def test_where_several_are_looked_after_it_is_asked_first_whose_finds(path: str) -> None:
    two = an_app()
    two.app.store.cases.save(a_case("second"))
    async with asking(two.core) as client:
        page = await client.get(path)
        assert page.status_code == 200
        assert "Whose finds?" in page.text and ">default<" in page.text and ">second<" in page.text
        token = page.text.partition('name="token" value="')[2].partition('"')[0]
        chosen = await client.post("/case", data={"token": token, "case": "second", "then": path})
        assert (chosen.status_code, chosen.headers["location"]) == (303, path)
