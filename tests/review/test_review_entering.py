from tests.review.asking import NothingFound, asking


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
