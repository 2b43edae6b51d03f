"""Ways to write a picture into a page so that nothing shows it and whoever looks can put it together again."""

from __future__ import annotations

import base64
import gzip
import json
import quopri
from collections.abc import Callable, Mapping

HiddenWay = Callable[[bytes], str]


def _base64(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


def _pieces(written: str, chars: int) -> list[str]:
    return [written[at : at + chars] for at in range(0, len(written), chars)]


def _of_base64(chars: int, between: str, before: str, behind: str) -> HiddenWay:
    return lambda picture: before + between.join(_pieces(_base64(picture), chars)) + behind


def _script_string(picture: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 and byte not in b"'\\<" else f"\\x{byte:02x}" for byte in picture)


def _ascii85(picture: bytes) -> str:
    return base64.a85encode(picture).decode().translate(str.maketrans("'<\\", "vwx"))


HIDDEN_WAYS: Mapping[str, HiddenWay] = {
    "added up in a script": _of_base64(76, '" +\n  "', '<script>var a="', '";</script>'),
    "in a JSON list": _of_base64(90, '", "', '<script type="application/json">["', '"]</script>'),
    "a data: address in a JSON list": lambda picture: (
        f"<script>u={json.dumps(_pieces('data:image/jpeg;base64,' + _base64(picture), 600))}</script>"
    ),
    "in short lines": _of_base64(32, "\n", "<pre>", "</pre>"),
    "in words": _of_base64(60, " ", "<i data-x='", "'></i>"),
    "between tags": _of_base64(50, "</b><b>", "<div><b>", "</b></div>"),
    "with letters that nobody sees": _of_base64(50, "\u200b", "<i data-z='", "'></i>"),
    "in CSS, with a scheme in escapes": _of_base64(
        9, "\\\n", '<style>.q{background:url("d\\61 ta:image/png;base64,', '")}</style>'
    ),
    "turned round": lambda picture: f"<script>r='{_base64(picture)[::-1]}'</script>",
    "twice": lambda picture: "<script>x='" + "','".join(_pieces(_base64(_base64(picture).encode()), 80)) + "'</script>",
    "packed": lambda picture: "<script>x='" + "','".join(_pieces(_base64(gzip.compress(picture)), 80)) + "'</script>",
    "hexadecimal in pieces": lambda picture: "<script>h=['" + "','".join(_pieces(picture.hex(), 50)) + "']</script>",
    "hexadecimal in columns": lambda picture: f"<pre>{picture.hex(' ')}</pre>",
    "numbers in rows": lambda picture: (
        f"<script>n={json.dumps([[*picture[at : at + 20]] for at in range(0, len(picture), 20)])}</script>"
    ),
    "numbers with their places": lambda picture: f"<script>n={json.dumps(dict(enumerate(picture)))}</script>",
    "percent signs": lambda picture: "<i data-y='" + "".join(f"%{byte:02X}" for byte in picture) + "'></i>",
    "quoted-printable": lambda picture: (
        f"<pre>{quopri.encodestring(picture, quotetabs=True).decode('latin-1').replace('<', '=3C')}</pre>"
    ),
    "ascii85": lambda picture: f"<script>a='{_ascii85(picture)}'</script>",
    "octal": lambda picture: (
        "<script>x='" + "".join(f"\\{sign:03o}" for sign in _base64(picture).encode()) + "'</script>"
    ),
    "a script's string": lambda picture: f"<script>b='{_script_string(picture)}'</script>",
    "a JSON string": lambda picture: (
        f'<script type="application/json">{json.dumps(picture.decode("latin-1"))}</script>'
    ),
    "without its head": lambda picture: f'<script>{{"media_preview":"{_base64(picture[-450:])}"}}</script>',
}
