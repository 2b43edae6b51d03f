"""Before an outside address is opened."""

from __future__ import annotations

from tests.review.state import State

STATES = (
    State("opening: nothing chosen", "/opening"),
    State(
        "opening: an address",
        "/opening",
        sends=(("address", "https://forum.example/threads/1?page=2#post-7"), ("from", "/incidents/1")),
    ),
    State("opening: a long address", "/opening", sends=(("address", "https://forum.example/" + "a" * 5_000),)),
    State("opening: none that opens", "/opening", sends=(("address", "javascript:alert(1)"),)),
)
