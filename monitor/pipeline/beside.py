"""What a pass had in hand beside its pages, and a screenshot of one needs: style sheets, and how large pictures are."""

from __future__ import annotations

from dataclasses import dataclass, field

from monitor.model.page import Fetched

MOST_SHEETS_BYTES = 8 * 2**20  # of a pass
MOST_SIZES = 20_000


@dataclass(slots=True, eq=False)
class Beside:
    """sheets: by the address that a page names. sizes: width and height in pixels, likewise. Of more than is kept, the
    first."""

    sheets: dict[str, Fetched] = field(default_factory=dict)
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    _bytes: int = 0

    def sheet(self, fetched: Fetched) -> None:
        url = fetched.request.url
        if url not in self.sheets and self._bytes + len(fetched.body) <= MOST_SHEETS_BYTES:
            self.sheets[url] = fetched
            self._bytes += len(fetched.body)

    def picture(self, url: str, width: int, height: int) -> None:
        if len(self.sizes) < MOST_SIZES or url in self.sizes:
            self.sizes[url] = (width, height)
