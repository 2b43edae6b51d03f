"""What is run in a page. Each is one expression; what it gives back is taken for a number or for whether it
did something, never for more."""

# How large it is by now, and how large it came once unpacked: a browser leaves out what has no place in a page.
PAGE_SIZE = """Math.max(
  document.documentElement?.outerHTML.length ?? 0,
  performance.getEntriesByType('navigation')[0]?.decodedBodySize ?? 0,
)"""

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
