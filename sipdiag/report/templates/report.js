"use strict";
(() => {
  const root = document.documentElement;
  const $ = (query, from = document) => from.querySelector(query);
  const $$ = (query, from = document) => [...from.querySelectorAll(query)];
  root.classList.add("on");

  // Theme: the reader's choice outlives the page where storage is allowed.
  const stored = () => { try { return localStorage.getItem("sipdiag-theme"); } catch { return null; } };
  const dark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  if (stored() === "dark" || stored() === "light") root.dataset.theme = stored();
  const button = $("#theme");
  const name = () => { button.textContent = dark() ? "Light" : "Dark"; };
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    try { localStorage.setItem("sipdiag-theme", root.dataset.theme); } catch { /* not kept */ }
    name();
  });
  name();

  // Copy buttons.
  const copy = async (text) => {
    try { await navigator.clipboard.writeText(text); return true; } catch { /* older way below */ }
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  };
  document.addEventListener("click", async (event) => {
    const pressed = event.target.closest(".copy");
    if (!pressed) return;
    const said = pressed.textContent;
    const done = await copy(pressed.dataset.text ?? $("pre", pressed.parentElement).textContent);
    pressed.textContent = done ? "Copied" : "Select and copy by hand";
    $("#told").textContent = pressed.textContent;
    setTimeout(() => { pressed.textContent = said; }, 1600);
  });

  // Messages open beside the ladder; Escape closes, the arrows walk along.
  const viewer = $("#viewer");
  const list = $$(".mbody").map((body) => body.id);
  let shown = "";
  let opener = null;
  const fill = (id, nodes) => {
    shown = id;
    for (const press of $$("[data-step]", viewer)) press.hidden = !id;
    $("#viewer-body").replaceChildren(...nodes);
    viewer.scrollTop = 0;
    if (!viewer.open) viewer.showModal();
  };
  const show = (id) => {
    const body = document.getElementById(id);
    if (!body) return;
    const title = document.createElement("h2");
    title.textContent = $(".mline", body.parentElement).textContent;
    fill(id, [title, ...[...body.childNodes].map((node) => node.cloneNode(true))]);
    // The address can be sent to somebody; it opens the message in the list.
    history.replaceState(null, "", `#${id}`);
  };
  const step = (by) => { if (shown) show(list[list.indexOf(shown) + by]); };
  viewer?.addEventListener("fill", (event) => {
    opener = document.activeElement;
    fill("", event.detail);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-m]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    opener = link;
    show(link.dataset.m);
  });
  viewer?.addEventListener("click", (event) => {
    const pressed = event.target.closest("button");
    if (event.target === viewer || (pressed && "close" in pressed.dataset)) viewer.close();
    else if (pressed && pressed.dataset.step) step(Number(pressed.dataset.step));
  });
  viewer?.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight") step(1);
    if (event.key === "ArrowLeft") step(-1);
  });
  viewer?.addEventListener("close", () => { if (opener) opener.focus(); });

  // What a message is, beside it, while the keyboard is on it; the mouse has the row's title.
  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);
  const place = () => {
    const row = document.activeElement.closest("a.row:focus-visible");
    tip.hidden = !row;
    if (!row) return;
    tip.textContent = row.getAttribute("aria-label");
    const { bottom, left } = row.getBoundingClientRect();
    tip.style.top = `${Math.min(bottom + 4, innerHeight - 60)}px`;
    tip.style.left = `${Math.max(8, Math.min(left + 60, innerWidth - tip.offsetWidth - 8))}px`;
  };
  for (const kind of ["focusin", "focusout", "scroll"]) addEventListener(kind, () => requestAnimationFrame(place), { passive: true, capture: true });

  // A link into folded details unfolds them.
  const unfold = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  unfold();

  // On a narrow screen the arrows come first; times are a swipe away.
  for (const box of $$(".ladder")) if (box.clientWidth < 600) box.scrollLeft = 180;

  // On paper, findings, passed checks and the messages that prove something are unfolded; others stay folded.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = $$("#main > section > details.finding:not([open]), #main > section > details.passed:not([open]), .msg:has(> summary > .no):not([open])");
    folded.forEach((fold) => { fold.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach((fold) => { fold.open = false; }));
})();
