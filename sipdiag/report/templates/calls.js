// The table of calls: search, filter by the bars of the board, sort.  Of many calls only the rows in view are drawn.
(() => {
  const $ = (query, from = document) => from.querySelector(query);
  const table = $("#calltable");
  if (!table) return;
  const box = table.parentElement;
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const given = [...body.rows];
  const held = $("#calldata");
  const MARGIN = 12;

  const make = (tag, text, attributes = {}) => {
    const node = document.createElement(tag);
    node.textContent = text;
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  };
  const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

  // A call without details on the page: how to get them.
  const ask = (id, callId) => {
    const press = make("button", id, { type: "button", class: "how", title: "How to see this call" });
    press.addEventListener("click", () => {
      const copybox = make("div", "", { class: "copybox" });
      copybox.append(make("pre", table.dataset.command + quoted(callId), { tabindex: "0" }), make("button", "Copy", { type: "button", class: "copy" }));
      $("#viewer").dispatchEvent(new CustomEvent("fill", { detail: [
        make("h2", `Call ${id}`), make("p", "This report has no details of this call. A report of it alone:"), copybox,
      ] }));
    });
    return press;
  };

  // An entry: its values by column, what the search looks at, its row when it is needed.
  const fromRow = (row) => {
    const head = row.cells[0];
    if (!$("a", head)) head.replaceChildren(ask(head.textContent, head.dataset.id));
    return {
      values: [...row.cells].map((cell) => cell.dataset.v || cell.textContent),
      text: `${row.textContent} ${head.dataset.id} ${row.dataset.cause}`.toLowerCase(),
      outcome: $(".pill", row).textContent,
      cause: row.dataset.cause,
      peer: row.dataset.peer,
      time: row.dataset.time,
      node: row,
    };
  };
  const fromData = ({ outcomes, causes, peers, rows }) => rows.map((values) => {
    const [id, link, start, exact, from, to, outcome, talk, seconds, cause, callId, peer, time] = values;
    const [label, tone] = outcomes[outcome];
    const [rule, title] = causes[cause];
    return {
      values: [exact, exact, from, to, label, String(seconds), title],
      text: `${id} ${start} ${from} ${to} ${label} ${rule} ${title} ${callId}`.toLowerCase(),
      outcome: label,
      cause: rule,
      peer: peers[peer],
      time,
      draw: () => {
        const row = document.createElement("tr");
        const head = make("th", "", { scope: "row" });
        head.append(link ? make("a", id, { href: link }) : ask(id, callId));
        const end = make("td", "");
        end.append(make("span", label, { class: `pill ${tone}` }));
        row.append(head, make("td", start, { title: exact }), make("td", from, { title: from }), make("td", to, { title: to }), end,
          make("td", talk, { class: "num" }), make("td", title || "–", { title: rule }));
        return row;
      },
    };
  });

  const entries = held ? fromData(JSON.parse(held.textContent)) : given.map(fromRow);
  let shown = entries;
  let height = 0;
  let drawn = "";

  const gap = (rows) => {
    const row = document.createElement("tr");
    row.setAttribute("aria-hidden", "true");
    row.style.height = `${rows * height}px`;
    return row;
  };
  const node = (entry, place) => {
    entry.node ||= entry.draw();
    entry.node.setAttribute("aria-rowindex", place + 2);
    return entry.node;
  };
  const draw = () => {
    if (!held) {
      body.replaceChildren(...shown.map((entry) => entry.node));
      return;
    }
    const first = Math.max(0, Math.floor(box.scrollTop / height) - MARGIN);
    const last = Math.min(shown.length, first + Math.ceil(box.clientHeight / height) + 2 * MARGIN);
    if (drawn === `${first} ${last}`) return;
    drawn = `${first} ${last}`;
    const focused = document.activeElement;
    const inside = body.contains(focused);
    body.replaceChildren(gap(first), ...shown.slice(first, last).map((entry, n) => node(entry, first + n)), gap(shown.length - last));
    if (inside && focused.isConnected) focused.focus({ preventScroll: true });
  };
  const redraw = () => {
    drawn = "";
    box.scrollTop = 0;
    draw();
  };

  // What the bars have chosen: one value of each kind.
  const chosen = new Map();
  const filter = () => {
    const words = $("#q").value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = [...chosen];
    shown = entries.filter((entry) => wanted.every(([kind, value]) => entry[kind] === value) && words.every((word) => entry.text.includes(word)));
    const all = entries.length.toLocaleString("en");
    $("#hits").textContent = shown.length === entries.length ? "" : `${shown.length.toLocaleString("en")} of ${all}`;
    table.setAttribute("aria-rowcount", shown.length + 1);
    redraw();
  };
  $("#q").addEventListener("input", filter);

  const bars = new Map();
  const choose = (kind, value) => {
    if (value === undefined || chosen.get(kind) === value) chosen.delete(kind);
    else chosen.set(kind, value);
    for (const [bar, [ofKind, ofValue]] of bars) bar.setAttribute("aria-pressed", chosen.get(ofKind) === ofValue);
    $("#chips").replaceChildren(...[...chosen].map(([ofKind, ofValue]) => {
      const bar = [...bars].find(([, [k, v]]) => k === ofKind && v === ofValue)[0];
      const chip = make("button", `${$(".clabel", bar).textContent} ×`, { type: "button", class: "chip", "aria-label": `Remove the filter ${$(".clabel", bar).textContent}` });
      chip.addEventListener("click", () => { choose(ofKind); bar.focus(); });
      return chip;
    }));
    filter();
  };
  for (const list of document.querySelectorAll("[data-filter]")) {
    for (const item of list.querySelectorAll("li[data-value]")) {
      const bar = make("button", "", { type: "button", class: "barline", "aria-pressed": "false" });
      bar.append(...item.childNodes);
      item.append(bar);
      bars.set(bar, [list.dataset.filter, item.dataset.value]);
      bar.addEventListener("click", () => choose(list.dataset.filter, item.dataset.value));
    }
  }

  const { compare } = new Intl.Collator("en", { numeric: true });
  heads.forEach((head, column) => {
    const press = make("button", "", { type: "button" });
    press.append(...head.childNodes);
    head.append(press);
    press.addEventListener("click", () => {
      const way = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");
      entries.sort((a, b) => compare(a.values[column], b.values[column]) * way);
      filter();
    });
  });

  if (held) {
    box.classList.add("window");
    height = given[0].getBoundingClientRect().height;
    table.setAttribute("aria-rowcount", entries.length + 1);
    box.addEventListener("scroll", draw, { passive: true });
    addEventListener("resize", () => {
      const row = $("tr:not([aria-hidden])", body);
      if (row) height = row.getBoundingClientRect().height || height;
      redraw();
    });
    addEventListener("beforeprint", () => { body.replaceChildren(...given); drawn = ""; });
    addEventListener("afterprint", draw);
    draw();
  }
})();
