from collections.abc import Sequence

class StatusAndHeaders:
    statusline: str
    headers: list[tuple[str, str]]
    protocol: str
    def __init__(self, statusline: str, headers: Sequence[tuple[str, str]], protocol: str = "") -> None: ...
