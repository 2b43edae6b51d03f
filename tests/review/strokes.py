"""A person with a keyboard alone: what each way costs."""

from __future__ import annotations

from playwright.async_api import Page

MANY = 300  # presses after which a thing is not reachable


class Keyboard:
    """strokes: how often a key was pressed. A stroke that loads a page is waited for."""

    def __init__(self, page: Page) -> None:
        self.page, self.strokes = page, 0

    async def press(self, key: str) -> None:
        self.strokes += 1
        await self.page.keyboard.press(key)

    async def press_and_load(self, key: str) -> None:
        async with self.page.expect_navigation():
            await self.press(key)

    async def tab_to(self, selector: str) -> None:
        for _ in range(MANY):
            if await self.page.evaluate(f"document.activeElement.matches({selector!r})"):
                return
            await self.press("Tab")
        raise AssertionError(f"{selector} is not reached by Tab")
