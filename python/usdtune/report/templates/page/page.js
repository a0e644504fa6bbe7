"use strict";
(() => {
  const root = document.documentElement;
  root.classList.remove("plain");
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const one = (selector, from = document) => from.querySelector(selector);
  const island = (id) => { const found = document.getElementById(id); return found ? JSON.parse(found.textContent) : null; };
  const press = (buttons, chosen) => buttons.forEach((button) => button.setAttribute("aria-pressed", String(button === chosen)));

  // Dark mode: the system's, until the reader says otherwise.
  const theme = one("#theme"), system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme || (system.matches ? "dark" : "light")) === "dark";
  const showTheme = () => theme.setAttribute("aria-pressed", String(isDark()));
  theme.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; showTheme(); });
  system.addEventListener("change", showTheme);
  showTheme();

  // Views, their layers and the slider.
  const images = island("images") || {};
  all(".side img").forEach((image) => { images[image.dataset.key] = image.src; });
  all(".thumbs img").forEach((image) => { image.src = images[image.dataset.key]; });
  const views = all(".view"), thumbs = all(".thumbs button");
  const showView = (name) => {
    views.forEach((view) => view.classList.toggle("shown", view.dataset.view === name));
    press(thumbs, thumbs.find((button) => button.dataset.view === name));
  };
  thumbs.forEach((button) => button.addEventListener("click", () => showView(button.dataset.view)));
  if (views.length) showView(views[0].dataset.view);
  views.forEach((view) => {
    const pair = one(".pair", view), range = one("input[type=range]", view), layers = all(".layers button", view);
    if (!pair) return;
    const [before, after] = all(".side img", pair);
    range.addEventListener("input", () => {
      pair.style.setProperty("--cut", `${range.value}%`);
      range.setAttribute("aria-valuetext", `${range.value} % ${range.dataset.words}`);
    });
    layers.forEach((button) => button.addEventListener("click", () => {
      press(layers, button);
      before.src = images[button.dataset.before];
      if (button.dataset.after) after.src = images[button.dataset.after];
      pair.classList.toggle("single", !button.dataset.after);
    }));
  });

  // Paper shows everything.
  let closed = [];
  addEventListener("beforeprint", () => { closed = all("details:not([open])"); closed.forEach((details) => { details.open = true; }); });
  addEventListener("afterprint", () => closed.forEach((details) => { details.open = false; }));

  const copy = one("#copy");
  if (copy) copy.addEventListener("click", async () => {
    try { await navigator.clipboard.writeText(one("#command").textContent); copy.textContent = "Copied"; }
    catch { getSelection().selectAllChildren(one("#command")); copy.textContent = "Selected: press Ctrl+C"; }
  });

  // Findings: one page of rows at a time, however many there are.
  const data = island("findings-data");
  if (!data) return;
  const SIZE = 25, text = one("#filter-text"), severity = one("#filter-severity"), rule = one("#filter-rule");
  const body = one("#findings-table tbody"), count = one("#filter-count"), place = one("#page-place");
  const back = one("#page-back"), on = one("#page-on"), sorts = all(".sort"), told = count.textContent;
  const heading = (button) => button.closest("th");
  const columns = [(row) => row[0], (row) => data.rules[row[1]], (row) => data.paths[row[2]], (row) => row[3]];
  const words = data.rows.map((row) => `${data.rules[row[1]]} ${data.paths[row[2]]} ${row[3]}`.toLowerCase());
  let shown = data.rows.map((_, index) => index), first = 0;
  const make = (tag, content, kind) => { const made = document.createElement(tag); if (content !== undefined) made.textContent = content; if (kind) made.className = kind; return made; };
  const option = (select, names) => names.forEach((name, index) => { const made = make("option", name.toLowerCase()); made.value = String(index); select.append(made); });
  option(severity, data.severities);
  option(rule, data.rules);

  const byPath = new Map();
  data.rows.forEach((row, index) => { if (!byPath.has(row[2])) byPath.set(row[2], []); byPath.get(row[2]).push(index); });
  const inside = (row) => {
    const path = data.paths[row[2]], fate = (data.fates || {})[path], asked = data.asked[path], cell = make("td");
    cell.colSpan = 4;
    cell.append(make("b", path, "path"));
    const list = make("ul");
    byPath.get(row[2]).forEach((index) => {
      const other = data.rows[index], fix = other[4] < 0 ? "" : ` (${data.operations[other[4]]} can repair it)`;
      list.append(make("li", `${data.severities[other[0]].toLowerCase()}, ${data.rules[other[1]]}: ${other[3]}${fix}`));
    });
    cell.append(list);
    const became = !data.fates ? "No result was written." : !fate ? "It has the same path in the result." : `It was ${fate[0]}${fate[1] ? `, to ${fate[1]}` : ""}${fate[2] ? `: ${fate[2]}` : ""}.`;
    cell.append(make("p", `${became}${asked ? ` Steps that were told to work on it: ${asked.join(", ")}.` : ""}`));
    const line = make("tr", undefined, "inside");
    line.append(cell);
    return line;
  };
  const draw = () => {
    body.replaceChildren(...shown.slice(first, first + SIZE).map((index) => {
      const row = data.rows[index], line = make("tr"), prim = make("td"), button = make("button", data.paths[row[2]], "opens");
      button.type = "button";
      button.setAttribute("aria-expanded", "false");
      button.addEventListener("click", () => {
        const open = button.getAttribute("aria-expanded") === "true";
        button.setAttribute("aria-expanded", String(!open));
        if (open) line.nextElementSibling.remove(); else line.after(inside(row));
      });
      prim.append(button);
      line.append(make("td", data.severities[row[0]].toLowerCase()), make("td", data.rules[row[1]]), prim, make("td", row[3]));
      return line;
    }));
    const last = Math.min(first + SIZE, shown.length);
    place.textContent = shown.length ? `${(first + 1).toLocaleString("en")} to ${last.toLocaleString("en")} of ${shown.length.toLocaleString("en")}` : "none";
    back.disabled = first === 0;
    on.disabled = last >= shown.length;
  };
  const filter = () => {
    const wanted = text.value.trim().toLowerCase().split(/\s+/);
    shown = data.rows.map((_, index) => index).filter((index) => {
      const row = data.rows[index];
      return (severity.value === "" || row[0] === Number(severity.value)) && (rule.value === "" || row[1] === Number(rule.value))
        && wanted.every((word) => words[index].includes(word));
    });
    const sorted = sorts.find((button) => heading(button).hasAttribute("aria-sort"));
    if (sorted) {
      const value = columns[Number(sorted.dataset.column)], sign = heading(sorted).getAttribute("aria-sort") === "ascending" ? 1 : -1;
      shown.sort((a, b) => { const x = value(data.rows[a]), y = value(data.rows[b]); return sign * (x < y ? -1 : x > y ? 1 : 0) || a - b; });
    }
    first = 0;
    const isAll = shown.length === data.rows.length;
    count.textContent = isAll ? told : `${shown.length.toLocaleString("en")} of ${data.total.toLocaleString("en")} findings.`;
    draw();
  };
  text.addEventListener("input", filter);
  [severity, rule].forEach((select) => select.addEventListener("change", filter));
  one(".filters").addEventListener("submit", (event) => event.preventDefault());
  sorts.forEach((button) => button.addEventListener("click", () => {
    const next = heading(button).getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
    sorts.forEach((other) => heading(other).removeAttribute("aria-sort"));
    heading(button).setAttribute("aria-sort", next);
    filter();
  }));
  back.addEventListener("click", () => { first = Math.max(first - SIZE, 0); draw(); });
  on.addEventListener("click", () => { first += SIZE; draw(); });
  draw();
})();
