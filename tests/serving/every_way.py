"""A page with fifty pictures, shown in every way in which a page can show one; one of them is ours. All are saturated:
whatever has colour is a picture."""

from __future__ import annotations

import base64
import colorsys
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from tests.serving.hidden_ways import HIDDEN_WAYS

OURS = "/media/ours.jpg"
SHOWN_WIDTH = 300  # pixels, of ours on the page


@dataclass
class EveryWay:
    """page: HTML that works without scripts and does more with them. files: by path, with their media types. others:
    the 49, as bytes. hidden: more of them, in ways in which nothing shows them, as bytes and as they are written."""

    page: str
    files: Mapping[str, tuple[str, bytes]]
    others: tuple[bytes, ...]
    hidden: tuple[tuple[bytes, str], ...]


@dataclass
class _Making:
    others: list[bytes] = field(default_factory=list)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def file(self) -> str:
        """A picture of its own at an address of its own."""
        body = saturated(len(self.others))
        self.others.append(body)
        path = f"/media/{len(self.others)}.jpg"
        self.files[path] = ("image/jpeg", body)
        return path

    def data(self) -> str:
        body = saturated(len(self.others))
        self.others.append(body)
        return "data:image/jpeg;base64," + base64.b64encode(body).decode()

    def base64(self) -> str:
        return self.data().partition(",")[2]


def saturated(number: int) -> bytes:
    """JPEG, 160 by 120. Another hue for each."""
    red, green, blue = colorsys.hsv_to_rgb(number * 0.618 % 1, 1.0, 1.0)
    light = np.random.default_rng(number).uniform(0.6, 1.0, (15, 20))
    light = np.kron(light, np.ones((8, 8)))
    pixels = (light[:, :, None] * np.array([red, green, blue]) * 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=90)
    return out.getvalue()


def _svg(inside: str) -> str:
    return f"<svg xmlns='http://www.w3.org/2000/svg' width='160' height='120'>{inside}</svg>"


def every_way(ours: bytes) -> EveryWay:
    making = _Making()
    file, data = making.file, making.data
    numbers = ",".join(str(byte) for byte in _new(making))
    sheet = (
        f".s1{{background:url({file()})}} .s2::before{{content:url('{data()}')}} .s3{{background:url(\"{data()}\")}} "
        f".s4::after{{content:url({file()})}} .s5{{list-style:url({file()}) inside;display:list-item}}"
    )
    making.files["/sheet.css"] = ("text/css", sheet.encode())
    drawing = _svg(f"<image href='{file()}' width='160' height='120'/>")
    making.files["/drawing.svg"] = ("image/svg+xml", _coloured(making))
    making.files["/frame.html"] = ("text/html", f"<img src='{file()}'><img src='{data()}'>".encode())
    ways: list[str] = [
        f"<img src='{file()}'>",
        f"<img src={file()} width=200 height=150>",
        f"<img srcset='{file()} 1x, {file()} 2x'>",
        f"<picture><source srcset='{file()}' type='image/jpeg'><img src='{file()}'></picture>",
        f"<img data-src='{file()}' loading='lazy' src='{data()}'>",
        f"<div class='box' style='background:url({file()})'></div>",
        f"<div class='box' style=\"background-image:image-set('{file()}' 1x)\"></div>",
        f"<style>.i1{{background:url({file()})}} .i2::before{{content:url({file()})}}</style>",
        "<div class='box i1'></div>",
        "<p class='i2'></p><div class='box s1'></div><p class='s2'></p><div class='box s3'></div><p class='s4'></p>",
        "<p class='s5'></p>",
        f"<div class='box' style='border:20px solid;border-image:url({file()}) 30'></div>",
        drawing,
        "<img src='/drawing.svg'>",
        f"<svg width='160' height='120'><image xlink:href='{data()}' width='160' height='120'/></svg>",
        f"<svg width='160' height='120'><filter id='f'><feImage href='{file()}'/></filter>"
        "<rect width='160' height='120' filter='url(#f)'/></svg>",
        f"<video poster='{file()}' width='160' height='120'></video>",
        f"<video poster='{data()}' width='160' height='120'></video>",
        f"<object data='{file()}' type='image/jpeg'></object><object data='{data()}' type='image/jpeg'></object>",
        f"<embed src='{file()}' type='image/jpeg'><input type='image' src='{file()}'><input type=image src='{data()}'>",
        f"<table background='{file()}'><tr><td>cell</td></tr></table>",
        f"<iframe src='{file()}'></iframe><iframe src='/frame.html'></iframe>",
        f"<iframe srcdoc=\"<img src='{file()}'><img src=&quot;{data()}&quot;>\"></iframe>",
        f"<iframe src=\"data:text/html,<img src='{data()}'>\"></iframe>",
        f"<img src='{data()}'><img srcset='{data()} 1x'><div class='box' style='background:url({data()})'></div>",
        f'<img src="data:image/svg+xml,{_svg(f"<image href=&quot;{data()}&quot; width=160 height=120 />")}">',
        f"<img src='data:image/svg+xml;base64,{base64.b64encode(_coloured(making)).decode()}'>",
        f"<script type='application/json'>{json.dumps({'thumb': making.base64(), 'full': data()})}</script>",
        f"<script>var bytes=[{numbers}];</script>",
        "<canvas id='c' width='160' height='120'></canvas><img id='b'><div id='shadow'></div><div id='css'></div>",
        _script(file),
    ]
    making.files[OURS] = ("image/jpeg", ours)
    while len(making.others) < 49:
        ways.append(f"<img src='{file()}'>")
    assert len(making.others) == 49, len(making.others)
    pictures = {way: saturated(number) for number, way in enumerate(HIDDEN_WAYS, start=100)}
    hidden = tuple((picture, HIDDEN_WAYS[way](picture)) for way, picture in pictures.items())
    shown = "\n".join((*ways, *(written for _, written in hidden)))
    page = (
        "<!doctype html><html><head><title>A thread</title><link rel='stylesheet' href='/sheet.css'>"
        "<style>.box{width:160px;height:120px;display:inline-block} p,td,h1{color:#222}</style></head><body>"
        f"<h1>A thread</h1><article><p>someone wrote this</p><img src='{OURS}' width='{SHOWN_WIDTH}'></article>{shown}"
        f"<p>{'words ' * 60}</p></body></html>"
    )
    return EveryWay(page, making.files, tuple(making.others), hidden)


def _new(making: _Making) -> bytes:
    making.data()
    return making.others[-1]


def _coloured(making: _Making) -> bytes:
    """A drawing with a picture in it, and a shape."""
    return _svg(
        f"<rect width='160' height='120' fill='#f0f'/><image href='{making.data()}' width='99' height='99'/>"
    ).encode()


def _script(file: Callable[[], str]) -> str:
    drawn, blob, shadow, css = file(), file(), file(), file()
    return f"""<script>
    const i = new Image(); i.onload = () => document.getElementById('c').getContext('2d').drawImage(i, 0, 0);
    i.src = '{drawn}';
    fetch('{blob}').then((r) => r.blob()).then((b) => {{ document.getElementById('b').src = URL.createObjectURL(b); }});
    document.getElementById('shadow').attachShadow({{mode: 'open'}}).innerHTML = "<img src='{shadow}'>";
    const s = new CSSStyleSheet(); s.insertRule("#css{{width:99px;height:99px;background:url({css})}}");
    document.adoptedStyleSheets = [s];
    </script>"""
