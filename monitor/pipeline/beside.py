"""What a pass had in hand beside its pages, and a screenshot of one needs: style sheets, and how large pictures are."""

from __future__ import annotations

from dataclasses import dataclass, field

from monitor.model.page import Fetched

MOST_SHEETS_BYTES = 8 * 2**20  # of a pass
MOST_SIZES = 20_000


@dataclass(slots=True, eq=False)
class Beside:
    """sheets: by the address that a page names. sizes: width and height in pixels, likewise. named: the addresses of a
    page's style sheets, and of those that they bring in, by the page's own. Of more than is kept, the first."""

    sheets: dict[str, Fetched] = field(default_factory=dict)
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    named: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _bytes: int = 0

    def sheet(self, fetched: Fetched) -> None:
        url = fetched.request.url
        if url not in self.sheets and self._bytes + len(fetched.body) <= MOST_SHEETS_BYTES:
            self.sheets[url] = fetched
            self._bytes += len(fetched.body)

    def sheets_of(self, page: Fetched) -> tuple[Fetched, ...]:
        """In hand, each once."""
        came = {sheet.request.url: sheet for sheet in page.styles}
        had = {url: self.sheets[url] for url in self.named.get(page.url, ()) if url in self.sheets}
        return tuple((had | came).values())

    def picture(self, url: str, width: int, height: int) -> None:
        if len(self.sizes) < MOST_SIZES or url in self.sizes:
            self.sizes[url] = (width, height)
