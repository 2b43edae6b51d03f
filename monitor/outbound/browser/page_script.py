"""What is asked of a page. It runs in a world of its own beside the page's scripts, so what they have made of `Math`,
`Promise` or `document.querySelector` is not what is used; what comes back is bounded here, and checked by who asked."""

from __future__ import annotations

import logging
from typing import Any

from playwright.async_api import CDPSession
from playwright.async_api import Error as PlaywrightError

log = logging.getLogger(__name__)

# The page as it is by now, or its size where that is over `limit`: also of what came once unpacked, for a browser
# leaves out what has no place in a page. What stands in shadow roots is written out as the templates that would make
# them: the open ones are found here, `closed` are those that only DevTools sees. The getters are called as such: an
# element named `documentElement` hides one.
PAGE_HTML = """function (limit, ...closed) {
  const of = (kind, name, node) => Object.getOwnPropertyDescriptor(kind.prototype, name).get.call(node);
  const root = of(Document, 'documentElement', document), type = of(Document, 'doctype', document);
  const find = (node) => DocumentFragment.prototype.querySelectorAll.call(node, '*');
  const roots = [...closed], waiting = [Document.prototype.querySelectorAll.call(document, '*'), ...closed.map(find)];
  for (let seen = 0; waiting.length;) {
    for (const element of waiting.pop()) {
      const inner = seen++ < 200000 && roots.length < 5000 ? of(Element, 'shadowRoot', element) : null;
      if (inner) { roots.push(inner); waiting.push(find(inner)); }
    }
  }
  let html = root ? of(Element, 'outerHTML', root) : '';
  if (root && roots.length && Element.prototype.getHTML && html.length <= limit) {
    const around = of(Element, 'outerHTML', Node.prototype.cloneNode.call(root, false));
    const end = around.lastIndexOf('</');
    html = around.slice(0, end) + Element.prototype.getHTML.call(root, {shadowRoots: roots}) + around.slice(end);
  }
  html = (type ? new XMLSerializer().serializeToString(type) : '') + html;
  const size = Math.max(html.length, performance.getEntriesByType('navigation')[0]?.decodedBodySize ?? 0);
  return size > limit ? size : html;
}"""

# Elements that may have a closed shadow root: of each name some, of which DevTools is asked; and those without anything
# in them that take up room all the same. within: a closed root, or the document.
MAY_HIDE = """function (within) {
  const of = (kind, name, node) => Object.getOwnPropertyDescriptor(kind.prototype, name).get.call(node);
  const hosts = new Set(['DIV', 'SECTION', 'ARTICLE', 'MAIN', 'SPAN', 'P', 'ASIDE', 'HEADER', 'FOOTER', 'NAV', 'BODY']);
  const counts = new Map(), found = [], waiting = [within || document];
  for (let seen = 0; waiting.length;) {
    const at = waiting.pop(), kind = at === document ? Document : DocumentFragment;
    for (const element of kind.prototype.querySelectorAll.call(at, '*')) {
      if (seen++ > 50000 || found.length >= 100) return found;
      const name = of(Element, 'tagName', element), inner = of(Element, 'shadowRoot', element);
      if (inner) { waiting.push(inner); continue; }
      const own = name.includes('-'), count = counts.get(name) ?? 0;
      if (!(own || hosts.has(name)) || count >= (own ? 30 : 10)) continue;
      if (!own && of(Node, 'firstChild', element) && name !== 'BODY') continue;
      if (!own && !(of(HTMLElement, 'offsetHeight', element) > 40)) continue;
      counts.set(name, count + 1);
      found.push(element);
    }
  }
  return found;
}"""

# By which encoding the page was read, whatever it calls its elements.
CHARACTER_SET = "Object.getOwnPropertyDescriptor(Document.prototype, 'characterSet').get.call(document)"

# Down by one screen after the other, so that what loads lazily does.
SCROLL = """(async () => {
  const root = document.scrollingElement || document.documentElement;
  if (!root) return;
  const end = Math.min(root.scrollHeight, 60000);
  for (let y = root.scrollTop; y < end; y += 1200) {
    window.scrollTo(0, y);
    await new Promise((done) => setTimeout(done, 30));
  }
  window.scrollTo(0, end);
})()"""

# The "refuse" button of the usual cookie dialogs, by the makers' own names for it. Nothing is ever accepted.
REFUSE_CONSENT = """(() => {
  const buttons = [
    '#onetrust-reject-all-handler', '#CybotCookiebotDialogBodyButtonDecline', '.fc-cta-do-not-consent',
    '#didomi-notice-disagree-button', '.didomi-continue-without-agreeing', '.cky-btn-reject', '.cmplz-deny',
    '#tarteaucitronAllDenied2', '[data-testid="uc-deny-all-button"]', '#axeptio_btn_dismiss', '.cc-deny',
    '.osano-cm-denyAll', '#cookiescript_reject', '.iubenda-cs-reject-btn', '[data-cookiefirst-action="reject"]',
    '#cn-refuse-cookie', '.moove-gdpr-infobar-reject-btn', '.cmpboxbtnno', '.sp_choice_type_REJECT_ALL',
  ];
  for (const selector of buttons) {
    const button = document.querySelector(selector);
    if (button && button.offsetParent !== null) { button.click(); return true; }
  }
  return false;
})()"""

# A button, or a link that stays on its page, that says so in as many words.
LOAD_MORE = """(() => {
  const words = new Set([
    'load more', 'show more', 'view more', 'see more', 'more', 'load more posts', 'load more images', 'more photos',
    'mehr laden', 'mehr anzeigen', 'weitere laden', 'voir plus', 'afficher plus', 'charger plus', 'cargar más',
    'ver más', 'mostrar más', 'carregar mais', 'ver mais', 'mostra altro', 'carica altro', 'meer laden',
    'toon meer', 'załaduj więcej', 'pokaż więcej', 'показать ещё', 'показать еще', 'загрузить ещё', 'ещё',
    'daha fazla', 'もっと見る', '더 보기', '加载更多', '查看更多',
  ]);
  for (const button of document.querySelectorAll('button, [role="button"], a[href^="#"], a:not([href])')) {
    const text = (button.textContent || '').trim().toLowerCase().slice(0, 40);
    if (words.has(text) && button.offsetParent !== null) { button.click(); return true; }
  }
  return false;
})()"""


MAX_ASKED_OF = 300  # elements of one page, whether they hide something


async def run_script(session: CDPSession, frame: str, expression: str) -> object:
    """frame: the page's main one, as DevTools calls it. What it gives back. Raises PlaywrightError."""
    asked = {"expression": expression, "contextId": await _world(session, frame)}
    return _given(await session.send("Runtime.evaluate", {**asked, "awaitPromise": True, "returnByValue": True})).get(
        "value"
    )


async def html_of(session: CDPSession, frame: str, limit: int) -> str | None:
    """None when it is larger than `limit` characters. Raises PlaywrightError."""
    world = await _world(session, frame)
    roots: list[dict[str, object]] = [{"objectId": root} for root in await _closed_roots(session, world)]
    html = (await _call(session, world, PAGE_HTML, [{"value": limit}, *roots], by_value=True)).get("value")
    return html if isinstance(html, str) else None


async def _closed_roots(session: CDPSession, world: int) -> list[str]:
    """Shadow roots that a page keeps from its own scripts, and those inside of them: what a person sees stands in them
    as in any other. As DevTools calls them. None where it cannot say."""
    found: list[str] = []
    waiting: list[str | None] = [None]
    asked = 0
    try:
        while waiting and asked < MAX_ASKED_OF:
            within = waiting.pop()
            listed = await _call(session, world, MAY_HIDE, [{"objectId": within}] if within else [], by_value=False)
            properties = await session.send(
                "Runtime.getProperties", {"objectId": listed["objectId"], "ownProperties": True}
            )
            elements = [one["value"]["objectId"] for one in properties["result"] if one["name"].isdecimal()]
            for element in elements[: MAX_ASKED_OF - asked]:
                asked += 1
                node = (await session.send("DOM.describeNode", {"objectId": element, "depth": 0}))["node"]
                for root in node.get("shadowRoots", ()):
                    if root.get("shadowRootType") != "user-agent":
                        known = {"backendNodeId": root["backendNodeId"], "executionContextId": world}
                        root_id = (await session.send("DOM.resolveNode", known))["object"]["objectId"]
                        found.append(root_id)
                        waiting.append(root_id)
    except (PlaywrightError, KeyError) as error:  # the page went on meanwhile: then it is read without them
        log.debug("closed shadow roots are not read", extra={"action": "shadow_unread", "error": str(error)[:200]})
        return []
    return found


async def _world(session: CDPSession, frame: str) -> int:
    world = await session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "beside"})
    number: int = world["executionContextId"]
    return number


async def _call(
    session: CDPSession, world: int, function: str, arguments: list[dict[str, object]], *, by_value: bool
) -> dict[str, Any]:
    said = await session.send(
        "Runtime.callFunctionOn",
        {
            "functionDeclaration": function,
            "executionContextId": world,
            "arguments": arguments,
            "returnByValue": by_value,
        },
    )
    return _given(said)


def _given(said: dict[str, Any]) -> dict[str, Any]:
    """Raises PlaywrightError."""
    if "exceptionDetails" in said:
        raise PlaywrightError(str(said["exceptionDetails"].get("text", ""))[:200])
    result: dict[str, Any] = said["result"]
    return result
