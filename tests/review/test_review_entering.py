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
        chosen = await client.post("/case", data={"token": token_in(page.text), "case": "second", "then": path})
        assert (chosen.status_code, chosen.headers["location"]) == (303, path)


async def test_a_form_of_one_case_does_nothing_in_another_that_was_chosen_since() -> None:
    two = an_app()
    two.app.store.cases.save(a_case("second"))
    async with asking(two.core) as client:
        door = (await client.get("/links")).text
        await client.post("/case", data={"token": token_in(door), "case": "default"})
        form = {"token": token_in((await client.get("/links")).text), "links": "https://one.example/t/1"}
        await client.post("/case", data={"token": form["token"], "case": "second"})
        sent = await client.post("/links", data=form)
        assert sent.status_code == 409
        assert "Somebody else is chosen now" in sent.text
        assert two.app.store.sightings.all("default") == two.app.store.sightings.all("second") == []
        await client.post("/case", data={"token": token_in(sent.text), "case": "default", "then": "/unsent"})
        kept = (await client.get("/unsent")).text
        assert "https://one.example/t/1" in kept
        await client.post("/links", data={**form, "token": token_in(kept)})
        assert [one.case for one in two.app.store.sightings.all("default")] == ["default"]


def token_in(page: str) -> str:
    return page.partition('name="token" value="')[2].partition('"')[0]
