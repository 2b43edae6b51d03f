"""What is asked of a page. It runs in a world of its own beside the page's scripts, so what they have made of `Math`,
`Promise` or `document.querySelector` is not what is used; what comes back is bounded here, and checked by who asked."""

from __future__ import annotations

from playwright.async_api import CDPSession
from playwright.async_api import Error as PlaywrightError

# The page as it is by now, or its size where that is over LIMIT: also of what came once unpacked, for a browser leaves
# out what has no place in a page. The getters are called as such: an element named `documentElement` hides one.
PAGE_HTML = """((limit) => {
  const of = (kind, name, node) => Object.getOwnPropertyDescriptor(kind.prototype, name).get.call(node);
  const root = of(Document, 'documentElement', document), type = of(Document, 'doctype', document);
  const html = (type ? new XMLSerializer().serializeToString(type) : '') + (root ? of(Element, 'outerHTML', root) : '');
  const size = Math.max(html.length, performance.getEntriesByType('navigation')[0]?.decodedBodySize ?? 0);
  return size > limit ? size : html;
})(LIMIT)"""

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


async def run_script(session: CDPSession, frame: str, expression: str) -> object:
    """frame: the page's main one, as DevTools calls it. What it gives back. Raises PlaywrightError."""
    world = await session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "beside"})
    asked = {"expression": expression, "contextId": world["executionContextId"]}
    said = await session.send("Runtime.evaluate", {**asked, "awaitPromise": True, "returnByValue": True})
    if "exceptionDetails" in said:
        raise PlaywrightError(str(said["exceptionDetails"].get("text", ""))[:200])
    return said["result"].get("value")


async def html_of(session: CDPSession, frame: str, limit: int) -> str | None:
    """None when it is larger than `limit` characters. Raises PlaywrightError."""
    html = await run_script(session, frame, PAGE_HTML.replace("LIMIT", str(limit)))
    return html if isinstance(html, str) else None
