// Everything here works without this file, by forms and links. What it adds: leaving in an instant, keys, the warning
// before the lock without a new page, and buttons that copy. It draws nothing and keeps nothing.
"use strict";

(() => {
  const html = document.documentElement;
  const here = document.body.dataset;

  // ---- Leaving -------------------------------------------------------------------------------------------------
  const leave = document.querySelector("form[data-leave]");
  let left = false;

  function blank() {
    document.title = "";
    html.replaceChildren();
  }

  function goAway() {
    if (left || !leave) return;
    left = true;
    const form = new URLSearchParams(new FormData(leave));
    const { action } = leave;
    const away = leave.dataset.away;
    blank();
    // The request outlives the page; the page does not wait for it.
    fetch(action, { method: "POST", body: form, keepalive: true, redirect: "manual" }).catch(() => {});
    location.replace(away);
  }

  leave?.addEventListener("submit", (event) => {
    event.preventDefault();
    goAway();
  });

  let shifts = [];
  addEventListener("keydown", (event) => {
    if (event.key !== "Shift") shifts = [];
    else if (!event.repeat) {
      const now = event.timeStamp;
      shifts = [...shifts.filter((then) => now - then < 1500), now];
      if (shifts.length >= 3) goAway();
    }
  }, true);
  addEventListener("pointerdown", () => { shifts = []; }, true);

  // A page that the browser kept whole would come back as it was: it is asked for anew, so that after leaving or the
  // lock the door stands here. What it holds is taken away as it is left, so that nothing of it shows meanwhile.
  addEventListener("pagehide", (event) => { if (event.persisted) blank(); });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    blank();
    location.reload();
  });

  // ---- Keys: only while an item has the focus, and not while something is typed ------------------------------------
  const typed = (element) => element.closest("input:not([type=checkbox], [type=radio], [type=submit]), textarea, select, [contenteditable]");
  const items = () => [...document.querySelectorAll("[data-item]")];

  function beside(item, step) {
    const all = items();
    const next = all[all.indexOf(item) + step];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  }

  function pressed(scope, key) {
    return [...scope.querySelectorAll("[data-key]")].find((each) => each.dataset.key === key);
  }

  function use(element) {
    const holder = element.closest("details:not([open])");
    if (holder && !element.matches("summary")) holder.open = true;
    if (element.matches("summary, button, a")) element.click();
    if (element.matches("summary")) element.parentElement.querySelector("input:not([type=hidden]), textarea, select, button")?.focus();
    if (element.matches("input, textarea, select")) element.focus();
  }

  function keyed(event) {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const at = event.target;
    if (!(at instanceof Element)) return;
    const item = at.closest("[data-item]");
    if (!item || typed(at)) return;
    const key = event.key;
    if (key === "Enter" && at !== item) return; // of the button or link that has the focus
    if (key === "j" || key === "k") beside(item, key === "j" ? 1 : -1);
    else {
      const one = pressed(item, key) ?? pressed(document, key);
      if (!one || (one.closest("[data-item]") ?? item) !== item) return;
      use(one);
    }
    event.preventDefault();
  }

  if (here.keys === "on") addEventListener("keydown", keyed);

  const wanted = here.focus && document.getElementById(here.focus);
  if (wanted && document.activeElement !== wanted) wanted.focus();

  // ---- The lock that comes by itself: the style sheet tells of it and draws the curtain, counted from when the page
  // came. Whoever types or moves is there, and the server is told once a minute; then its counting begins anew.
  const closing = () => document.querySelector(".closing");
  if (closing() && leave) {
    let used = false;
    let told = Date.now();

    const anew = () => {
      const old = closing();
      old.replaceWith(old.cloneNode(true));
      for (const each of document.querySelectorAll(".while-open")) {
        each.classList.remove("while-open");
        void each.offsetWidth; // the animation ends here, so that it begins again
        each.classList.add("while-open");
      }
    };
    const stay = async () => {
      used = false;
      told = Date.now();
      try {
        const answer = await fetch("/stay", { method: "POST", body: new URLSearchParams(new FormData(leave)) });
        if (answer.status === 204) anew();
      } catch { /* the page's own process has ended: the next press says so */ }
    };
    for (const sign of ["keydown", "pointerdown", "pointermove", "wheel", "input"]) {
      addEventListener(sign, () => { used = true; }, { capture: true, passive: true });
    }
    const timer = setInterval(() => { if (used && Date.now() - told > 60_000) stay(); }, 2000);
    addEventListener("pagehide", () => clearInterval(timer));
    document.addEventListener("submit", (event) => {
      if (!event.target.closest(".closing")) return;
      event.preventDefault();
      stay();
    });
  }

  // ---- Copying ---------------------------------------------------------------------------------------------------
  for (const text of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) break;
    const button = document.createElement("button");
    const told = document.createElement("span");
    button.type = "button";
    button.textContent = text.dataset.copy;
    told.setAttribute("role", "status");
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text.textContent);
      told.textContent = text.dataset.copied;
    });
    text.parentElement.querySelector(".copies").append(button, told);
  }
})();
