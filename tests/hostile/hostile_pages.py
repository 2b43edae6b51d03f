"""What only a browser meets: pages whose scripts, styles and marks are the attack. All of them are shown to Chromium."""

# ruff: noqa: E501 - one row a line reads best

from __future__ import annotations

import asyncio

from monitor.model.page import OutcomeKind as K
from tests.hostile.hostile_framing import with_port
from tests.hostile.hostile_rows import Row, endless, row
from tests.hostile.hostile_site import Answer, ok, to

STOPPED = (K.TOO_LARGE, K.TIMEOUT, K.UNREADABLE)


def html(text: str) -> Answer:
    return with_port(ok(f"<!doctype html><title>t</title><p id=p>words</p>{text}".encode()))


def js(script: str) -> Answer:
    return html(f"<script>{script}</script>")


async def gone_later(path: str, writer: asyncio.StreamWriter) -> None:
    page = b"<p>x<script>if (location.pathname == '/') location = '/404'</script>"
    writer.write(ok(page) if path == "/" else ok(b"<p>not here", status="404 Not Found"))


async def blocked_later(path: str, writer: asyncio.StreamWriter) -> None:
    page = b"<p>x<meta http-equiv=refresh content='0;url=/b'>"
    writer.write(ok(page) if path == "/" else ok(b"", status="403 Forbidden"))


async def nothing_later(path: str, writer: asyncio.StreamWriter) -> None:
    page = b"<p>still here<script>if (location.pathname == '/') onload = () => location = '/b'</script>"
    writer.write(ok(page) if path == "/" else b"HTTP/1.1 204 x\r\n\r\n")


async def saved_later(path: str, writer: asyncio.StreamWriter) -> None:
    page = b"<p>still here<script>if (location.pathname == '/') onload = () => location = '/b'</script>"
    writer.write(ok(page) if path == "/" else ok(headers="Content-Disposition: attachment"))


async def inside_later(path: str, writer: asyncio.StreamWriter) -> None:
    port = writer.get_extra_info("sockname")[1]
    writer.write(ok(b"<p>x<script>location = '/b'</script>") if path == "/" else to(f"http://inside.test:{port}/"))


async def styles_without_end(path: str, writer: asyncio.StreamWriter) -> None:
    if path == "/":
        return writer.write(ok(b"<p>x<link rel=stylesheet href=/0.css>"))
    writer.write(ok(f"@import '/{int(path[1:].partition('.')[0] or 0) + 1}.css';".encode(), "Content-Type: text/css"))


async def frames_in_frames(path: str, writer: asyncio.StreamWriter) -> None:
    writer.write(ok(b"<p>x<iframe src='/%d'></iframe>" % (int(path[1:] or 0) + 1)))


# Each ends as what it is although its scripts would have it otherwise.
ROWS: list[Row] = [
    # -- what it makes of the tools
    row("Math is not what it was", js("Math.max = () => 'x'"), K.OK),
    row("Math says far too much", js("Math.max = () => 'x'.repeat(2e8)"), K.OK),
    row("Math throws", js("Math.max = () => { throw 1 }"), K.OK),
    row("promises are never kept", js("window.Promise = class { then() {} }; window.setTimeout = () => 0"), K.OK),
    row("it says it is small", js("Object.defineProperty(Element.prototype, 'outerHTML', {get() { return '' }}); performance.getEntriesByType = () => []; p.textContent = 'y'.repeat(2e6)"), K.TOO_LARGE),
    row("elements in the place of properties", html("<img name=documentElement><img name=doctype><form name=querySelector></form><img name=scrollingElement><p hidden>" + "y" * 1000), K.OK),
    row("elements in the place of properties, and large", html("<img name=documentElement><script>p.textContent = 'y'.repeat(2e6)</script>"), K.TOO_LARGE),
    row("a form for a root", js("const f = document.createElement('form'); f.innerHTML = '<input name=outerHTML>' + 'y'.repeat(2e6); document.documentElement.replaceWith(f)"), K.TOO_LARGE),
    row("no root at all", js("document.documentElement.remove()"), K.OK, K.EMPTY),
    row("a page opened and left", js("document.open(); document.close()"), K.OK, K.EMPTY),
    # -- where it goes
    row("to itself again", js("location.reload()"), K.MOVED),
    row("to itself again and again", js("setInterval(() => location.reload(), 30)"), K.MOVED, K.OK),  # on a slow machine it is read before the next time
    row("to ever other places", js("location = '/' + Math.random()"), K.MOVED),
    row("to data", html("<a id=a href='data:text/html,hi'>x</a><script>a.click(); location = 'data:text/html,<p>hi'</script>"), K.OK),
    row("to a blob of its own", js("location = URL.createObjectURL(new Blob(['<p>made up'], {type: 'text/html'}))"), K.MOVED),
    row("to a blank page", js("location = 'about:blank'"), K.MOVED),
    row("to the browser's own pages", js("location = 'chrome://version'"), K.OK),
    row("to its source", js("location = 'view-source:' + location"), K.OK),
    row("to a file", js("location = 'file:///etc/passwd'"), K.OK),
    row("to a script", js("location = 'javascript:\"<p>from a script\"'"), K.OK),
    row("to the dev tools", js("location = 'devtools://devtools/bundled/inspector.html'"), K.OK),
    row("inside by a script", js("location = 'http://127.0.0.2:{port}/x'"), K.REFUSED),
    row("inside, a little later", js("setTimeout(() => location = 'http://[::ffff:127.0.0.2]:{port}/x', 100)"), K.REFUSED),
    row("inside by TLS", js("location = 'https://127.0.0.2:{port}/x'"), K.REFUSED),
    row("inside by its second page's redirect", inside_later, K.REFUSED),
    row("inside by a form", html("<form id=f method=post action=http://127.0.0.2:{port}/x><input name=a value='GET / HTTP/1.1'></form><script>f.submit()</script>"), K.REFUSED),
    row("inside to save a file", js("const a = document.createElement('a'); a.href = 'http://127.0.0.2:{port}/w.zip'; a.download = 'w'; a.click()"), K.REFUSED, K.OK),
    row("to another port", js("location = 'http://good.test:22/'"), K.REFUSED),
    row("to a port that is not asked", js("location = 'http://good.test:8099/'"), K.REFUSED),
    row("to what is gone", gone_later, K.GONE),
    row("to what is forbidden", blocked_later, K.BLOCKED),
    row("to what is nothing, so it stays", nothing_later, K.OK, K.EMPTY),
    row("to a file to save, so it stays", saved_later, K.OK, K.UNREADABLE),
    row("it closes itself", js("window.close(); self.opener = null"), K.OK),
    row("it asks to be stayed with", js("window.onbeforeunload = (e) => { e.preventDefault(); return 'stay' }"), K.OK),
    # -- what it asks of whoever sits there
    row("a question", js("alert(1); confirm(2); prompt(3)"), K.OK),
    row("a printer", js("print(); print()"), K.OK),
    row("pop-ups by the hundred", js("for (let n = 0; n < 200; n++) window.open('/p' + n)"), K.OK),
    row("full screen, the pointer, the keyboard", js("document.documentElement.requestFullscreen?.(); document.body.requestPointerLock?.(); navigator.keyboard?.lock?.()"), K.OK),
    row("to be saved", js("for (let n = 0; n < 50; n++) { const a = document.createElement('a'); a.href = 'data:,x'; a.download = n; a.click() }"), K.OK),
    row("a log-in of the proxy's", ok(status="407 x", headers='Proxy-Authenticate: Basic realm="x"'), K.WALL, K.PROXY),
    row("a log-in for a picture", html("<img src=http://user:word@good.test:{port}/fine>"), K.OK),
    # -- ways out
    row("rules for what comes next", html('<script type=speculationrules>{"prefetch": [{"source": "list", "urls": ["http://127.0.0.2:{port}/s"]}], "prerender": [{"source": "list", "urls": ["http://127.0.0.2:{port}/t"]}]}</script>'), K.OK),
    row("a transport of the web's own", js("try { new WebTransport('https://127.0.0.2:{port}/') } catch (e) {}"), K.OK),
    row("calls by STUN and TURN", js("for (const u of ['stun:127.0.0.2:{port}', 'turn:127.0.0.2:{port}', 'turns:inside.test:{port}?transport=tcp']) { const c = new RTCPeerConnection({iceServers: [{urls: u, username: 'a', credential: 'b'}]}); c.createDataChannel('x'); c.createOffer().then((o) => c.setLocalDescription(o)) }"), K.OK),
    row("a call to an address of its own", js("const c = new RTCPeerConnection(); c.createDataChannel('x'); c.createOffer().then((o) => c.setLocalDescription(o)).then(() => c.setRemoteDescription({type: 'answer', sdp: c.localDescription.sdp.replace('actpass', 'active')})).then(() => c.addIceCandidate({candidate: 'candidate:1 1 udp 9 127.0.0.2 {port} typ host', sdpMid: '0'})).then(() => c.addIceCandidate({candidate: 'candidate:1 1 tcp 9 127.0.0.2 {port} typ host tcptype passive', sdpMid: '0'})).catch(() => 0)"), K.OK),
    row("workers that ask", js("for (const W of [Worker, SharedWorker]) new W(URL.createObjectURL(new Blob(['fetch(\"http://127.0.0.2:{port}/\", {mode: \"no-cors\"}).catch(() => 0); importScripts(\"http://127.0.0.2:{port}/x.js\")'])))"), K.OK),
    row("reports on itself", with_port(ok(b"<p>x<script>1</script>", "Content-Type: text/html\r\nContent-Security-Policy: default-src 'none'; report-uri http://127.0.0.2:{port}/r")), K.OK),
    row("styles that ask", html("<style>@import 'http://127.0.0.2:{port}/a.css'; @font-face { font-family: x; src: url(http://127.0.0.2:{port}/b) } p { font-family: x; background: url(http://127.0.0.2:{port}/c); cursor: url(http://127.0.0.2:{port}/d), auto; list-style: url(http://127.0.0.2:{port}/e); mask: url(http://127.0.0.2:{port}/f) }</style>"), K.OK),
    row("old ways of embedding", html("<object data=http://127.0.0.2:{port}/a></object><embed src=http://127.0.0.2:{port}/b><applet code=http://127.0.0.2:{port}/c></applet><frameset><frame src=http://127.0.0.2:{port}/d></frameset><portal src=http://127.0.0.2:{port}/e></portal><bgsound src=http://127.0.0.2:{port}/f><body background=http://127.0.0.2:{port}/g>"), K.OK),
    row("media that ask", html("<video poster=http://127.0.0.2:{port}/a><source src=http://127.0.0.2:{port}/b><track default src=http://127.0.0.2:{port}/c></video><audio autoplay src=http://127.0.0.2:{port}/d></audio><svg><image href=http://127.0.0.2:{port}/e /><use href=http://127.0.0.2:{port}/f#x /><feImage href=http://127.0.0.2:{port}/g /></svg>"), K.OK),
    row("an app to install", html("<link rel=manifest href=http://127.0.0.2:{port}/a><link rel=icon href=http://127.0.0.2:{port}/b><link rel=modulepreload href=http://127.0.0.2:{port}/c><script type=importmap>{\"imports\": {\"x\": \"http://127.0.0.2:{port}/d\"}}</script><script type=module>import 'x'</script>"), K.OK),
    row("a frame of files", html("<iframe src=file:///etc/passwd></iframe><iframe src=chrome://version></iframe><iframe srcdoc='<img src=http://127.0.0.2:{port}/>'></iframe>"), K.OK),
    # -- floods
    row("it grows as it is scrolled", js("addEventListener('scroll', () => { const d = document.createElement('div'); d.style = 'height:9000px'; document.body.append(d) }); document.body.style.height = '9000px'"), K.OK),
    row("100,000 deep", ok(b"<div>" * 50_000 + b"x"), K.OK, *STOPPED),
    row("deep by a script", js("let d = p; for (let n = 0; n < 1e5; n++) { const c = document.createElement('i'); d.append(c); d = c }"), K.OK, *STOPPED),
    row("shadows in shadows", html("<div><template shadowrootmode=open>" * 500 + "x"), K.OK),
    row("attributes by the thousand", html("<p " + " ".join(f"a{n}=b" for n in range(20_000)) + ">"), K.OK),
    row("to ever other places, none of which comes whole", endless(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", b"<script>location = '/' + Math.random()</script>", 0.1), K.MOVED),
]  # fmt: skip

# These are ended by their deadline or by the memory they take: all of the browser goes with some of them.
HEAVY: list[Row] = [
    row("styles without end", styles_without_end, *STOPPED),
    row("pictures without end", js("let n = 0; setInterval(() => { for (let k = 0; k < 50; k++) new Image().src = '/f' + n++ + '.jpg' }, 1)"), *STOPPED),
    row("asks for ever", js("let n = 0; setInterval(() => { for (let k = 0; k < 50; k++) fetch('/f' + n++).catch(() => 0) }, 1)"), *STOPPED),
    row("asks everybody", js("let n = 0; setInterval(() => { for (let k = 0; k < 50; k++) new Image().src = 'http://h' + n++ + '.test/' }, 1)"), *STOPPED),
    row("workers without end", js("for (let n = 0; n < 20; n++) new Worker(URL.createObjectURL(new Blob(['setInterval(() => postMessage(1), 0)'])))"), K.OK, *STOPPED),
    row("logs without end", js("setInterval(() => { for (let k = 0; k < 500; k++) console.log('x'.repeat(1000)) }, 1)"), K.OK, *STOPPED),
    row("errors without end", js("setInterval(() => { throw new Error('x'.repeat(9999)) }, 0)"), K.OK, *STOPPED),
    row("a history without end", js("let n = 0; setInterval(() => { for (let k = 0; k < 99; k++) history.pushState(0, '', '/' + n++) }, 1)"), K.OK, *STOPPED),
    row("a page that writes for ever", js("setInterval(() => document.write('x'.repeat(1e5)), 1)"), *STOPPED),
    row("fragments without end", js("let n = 0; setInterval(() => location.hash = n++, 5)"), K.OK, *STOPPED, K.MOVED),
    row("a long address of its own", js("history.pushState(0, '', '/' + 'h'.repeat(1900000))"), K.OK, *STOPPED),
    row("frames in frames", frames_in_frames, K.OK, *STOPPED),
    row("a script without end", js("for (;;) {}"), K.TIMEOUT),
    row("questions without end", js("for (;;) alert(1)"), *STOPPED),
    row("elements without end", js("for (;;) document.body.append(document.createElement('b'))"), *STOPPED),
    row("memory by arrays", js("const a = []; for (;;) a.push(new Array(1e6).fill(Math.random()))"), *STOPPED),
    row("memory by buffers", js("const a = []; for (let n = 0; n < 90; n++) a.push(new Uint8Array(1e8).fill(1))"), *STOPPED),
    row("memory by canvases", js("for (let n = 0; n < 200; n++) { const c = document.createElement('canvas'); c.width = c.height = 8000; c.getContext('2d').fillRect(0, 0, 8000, 8000); document.body.append(c) }"), K.OK, *STOPPED),
    row("memory by text", js("p.textContent = 'y'.repeat(3e8)"), *STOPPED),
]  # fmt: skip
