from tests.review.asking import NothingFound, asking


async def test_a_link_lets_in_and_leaving_shuts() -> None:
    async with asking(NothingFound()) as client:
        page = await client.get("/")
        assert page.status_code == 200
        assert "Nothing to decide" in page.text
        await client.post("/leave", data={})
        assert (await client.get("/")).status_code == 403


async def test_without_a_link_there_is_the_door() -> None:
    async with asking(NothingFound(), enters=False) as client:
        door = await client.get("/")
        assert door.status_code == 403
        assert "Nothing to decide" not in door.text
