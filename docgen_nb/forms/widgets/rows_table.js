// A table of many rows, which the browser sorts, filters and searches; only rows in view exist.
const ROW = 29; // pixels
const MORE = 8; // rows drawn above and below the view
const FILTERS = [
  ["all", "All"],
  ["progress", "In progress", "run", "run"],
  ["completed", "Completed", "ok", "ok"],
  ["errors", "With errors", "warn", "warn"],
  ["failed", "Failed", "fail", "error"],
  ["other", "Other", "ask", "warn"],
];
const SPANS = [
  ["", "Any time"], [1, "Last hour"], [24, "Last 24 hours"], [168, "Last 7 days"], [720, "Last 30 days"],
];

// The rows, as columns: texts as numbers of words, and numbers

class Rows {
  constructor(data) {
    const array = (view, Kind) => new Kind(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
    this.count = data.count ?? 0;
    this.words = data.words ?? {};
    this.codes = {};
    this.numbers = {};
    for (const [name, view] of Object.entries(data.codes ?? {})) this.codes[name] = array(view, Int32Array);
    for (const [name, view] of Object.entries(data.numbers ?? {})) this.numbers[name] = array(view, Float64Array);
    this.ranks = {};
  }

  text(name, row) {
    return this.words[name]?.[this.codes[name][row]] ?? "";
  }

  // What a column is sorted by: its numbers, or the places of its words in alphabetical order.
  sortable(name) {
    if (this.numbers[name]) return this.numbers[name];
    if (!this.ranks[name]) {
      const words = this.words[name] ?? [];
      const compare = new Intl.Collator(undefined, { numeric: true }).compare;
      const places = new Float64Array(words.length);
      [...words.keys()].sort((a, b) => compare(words[a], words[b])).forEach((word, place) => { places[word] = place; });
      this.ranks[name] = Float64Array.from(this.codes[name] ?? [], (code) => (words[code] === "" ? NaN : places[code]));
    }
    return this.ranks[name];
  }

  // Which rows have every word of a text in one of these columns.
  search(names, text) {
    let wanted = null;
    for (const word of text.toLowerCase().split(/\s+/).filter(Boolean)) {
      const has = new Uint8Array(this.count);
      for (const name of names) {
        const hits = Uint8Array.from(this.words[name] ?? [], (one) => one.toLowerCase().includes(word));
        const codes = this.codes[name];
        if (codes && hits.includes(1)) for (let row = 0; row < this.count; row++) has[row] |= hits[codes[row]];
      }
      wanted = wanted ? wanted.map((one, row) => one & has[row]) : has;
    }
    return wanted;
  }
}

function sorted(rows, chosen, { by, down }) {
  if (!by) return chosen;
  const keys = rows.sortable(by);
  const turn = down ? -1 : 1;
  return chosen.sort((a, b) => {
    const x = keys[a], y = keys[b];
    if (x === y) return a - b;
    if (Number.isNaN(x)) return Number.isNaN(y) ? a - b : 1; // rows without a value are last
    if (Number.isNaN(y)) return -1;
    return x < y ? -turn : turn;
  });
}

// A folder of the computer of the kernel, as a link where JupyterLab's files are above it.
function folderLink({ path, home }) {
  const config = JSON.parse(document.getElementById("jupyter-config-data")?.textContent || "{}");
  const root = (config.serverRoot ?? "").replace(/^~/, home).replace(/\/$/, "");
  if (!root || !path.startsWith(`${root}/`)) return h("span", { className: "mono" }, path);
  const inner = path.slice(root.length + 1).split("/").map(encodeURIComponent).join("/");
  return h("a", { href: `${config.baseUrl ?? "/"}lab/tree/${inner}`, target: "_blank", rel: "noopener" }, path);
}

// Files that Python sends in parts

function saveFile(parts, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(parts));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

function showFile(parts, tab) {
  const url = URL.createObjectURL(new Blob(parts, { type: "application/pdf" }));
  if (tab) tab.location = url;
  setTimeout(() => URL.revokeObjectURL(url), 600000);
}

class Table {
  constructor(model, el) {
    this.model = model;
    this.id = `t${Math.random().toString(36).slice(2)}`; // replies name the view that asked
    this.rows = new Rows({});
    this.sort = { ...model.get("options").sort };
    this.status = "all";
    this.order = new Int32Array(0);
    this.active = 0; // position of the row that the keyboard is at
    this.open = null; // key of the row that is open
    this.openAt = -1; // its position
    this.detailHeight = 0;
    this.drawn = [];
    this.made = new Map();
    this.files = new Map();
    this.tabs = new Map();
    this.build(el);
    this.listen();
    this.readTools();
    this.readData();
    this.readHead();
  }

  send(content) {
    this.model.send({ ...content, view: this.id });
  }

  // Building

  build(el) {
    const { title, label, placeholder, filters = [], noun } = this.model.get("options");
    this.noun = noun;
    this.run = h("div", { className: "dg-run-head", hidden: true });
    this.counts = h("div", { className: "dg-filter", role: "group", "aria-label": "Status" });
    this.pickers = {};
    const selectOf = (name, text) => {
      const select = h("select", { on: { change: () => this.choose() } });
      this.pickers[name] = select;
      return h("label", {}, h("span", { className: "name" }, text), h("span", { className: "select" }, select, sign("down")));
    };
    this.filters = h("div", { className: "dg-filters" }, h("div", {}, title ? null : h("span", { className: "name", "aria-hidden": "true" }, "Status"), this.counts));
    if (filters.includes("template")) this.filters.append(selectOf("template", "Template"));
    if (filters.includes("created")) {
      this.filters.append(selectOf("created", "Created"));
      this.pickers.created.append(...SPANS.map(([value, text]) => h("option", { value }, text)));
    }
    this.find = h("input", { type: "search", className: "text", placeholder, on: { input: () => this.later() } });
    if (placeholder) this.filters.append(h("label", { className: "grow" }, h("span", { className: "name" }, "Search"), h("span", { className: "dg-find" }, sign("find"), this.find)));
    this.summary = h("span", { role: "status", className: "grow" });
    this.note = h("span", { className: "soft small", role: "status" });
    this.tools = h("span", { className: "tools" });
    const line = h("div", { className: "bar line" }, title ? h("h3", { className: "grow" }, title) : this.summary, this.note, this.tools);
    this.fault = h("div", { className: "dg-fault", role: "alert", hidden: true });
    this.saved = h("div", { className: "dg-fault good", role: "status", hidden: true });
    this.buildGrid(label);
    this.place = h("span", { className: "grow" });
    const keys = h("span", {}, h("kbd", {}, "↑"), " ", h("kbd", {}, "↓"), " move, ", h("kbd", {}, "Enter"), " opens, ", h("kbd", {}, "Esc"), " closes");
    const foot = h("div", { className: "bar foot soft small" }, this.place, keys);
    this.root = h("div", { className: "dg dg-rows" }, this.run, ...(title ? [line, this.filters] : [this.filters, line]), this.fault, this.saved, this.scroller, foot);
    el.append(this.root);
  }

  buildGrid(label) {
    this.columns = this.model.get("columns");
    this.heads = this.columns.map((column) => this.headOf(column));
    this.body = h("div", { role: "rowgroup", className: "body" });
    this.detail = h("div", { role: "row", className: "detail" });
    const head = h("div", { role: "rowgroup", className: "heads" }, h("div", { role: "row", className: "row", "aria-rowindex": 1 }, ...this.heads));
    this.scroller = h("div", { role: "grid", className: "dg-scroll", tabIndex: 0, "aria-label": label, [KEY]: "true" }, head, this.body);
    const widths = (names) => this.columns.filter((column) => !names.includes(column.hidden)).map((column) => column.width).join(" ");
    this.scroller.style.setProperty("--wide", widths([]));
    this.scroller.style.setProperty("--middle", widths(["middle"]));
    this.scroller.style.setProperty("--narrow", widths(["middle", "narrow"]));
    this.scroller.style.setProperty("--small", widths(["middle", "narrow", "small"]));
  }

  headOf(column) {
    const by = column.sort ?? column.name;
    const press = () => {
      const down = this.sort.by === by ? !this.sort.down : column.kind === "time";
      this.sort = { by, down };
      this.choose();
    };
    const inner = column.kind === "actions" ? column.title : button("", press, column.title, sign("up"));
    return h("div", { role: "columnheader", className: this.classOf(column) }, inner);
  }

  classOf(column) {
    return `k-${column.kind}${column.hidden ? ` no-${column.hidden}` : ""}`;
  }

  listen() {
    this.calls = [];
    const on = (name, call) => {
      this.model.on(name, call);
      this.calls.push([name, call]);
    };
    on("change:data", () => this.readData());
    on("change:tools", () => this.readTools());
    on("change:head", () => this.readHead());
    on("msg:custom", (message, buffers) => this.receive(message, buffers));
    this.scroller.addEventListener("scroll", () => this.drawSoon(), { passive: true });
    this.scroller.addEventListener("keydown", (event) => this.press(event));
    this.body.addEventListener("click", (event) => this.click(event));
    this.sizes = new ResizeObserver(() => this.measure());
    this.sizes.observe(this.scroller);
    this.sizes.observe(this.detail);
  }

  close() {
    for (const [name, call] of this.calls) this.model.off(name, call);
    this.sizes.disconnect();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
  }

  // State from Python

  readTools() {
    const focus = this.tools.contains(document.activeElement) ? document.activeElement.dataset.name : "";
    this.tools.replaceChildren(...this.model.get("tools").map((tool) => {
      const press = () => this.send({ do: "tool", name: tool.name, keys: tool.keys ? this.keys() : [], zone: zoneName() });
      const one = button(`btn ${tool.style ?? "quiet"}`, press, tool.sign ? sign(tool.sign) : null, tool.label);
      one.dataset.name = tool.name;
      one.disabled = Boolean(tool.disabled);
      return one;
    }));
    if (focus) this.tools.querySelector(`[data-name="${focus}"]`)?.focus();
  }

  readHead() {
    const head = this.model.get("head");
    setText(this.note, head.note ?? (head.read_at ? `Read at ${clockOf(new Date(head.read_at))}${head.follows ? ", follows the form" : ""}` : ""));
    this.fault.hidden = !head.fault;
    const [message, more] = head.fault ?? [];
    this.fault.replaceChildren(...(message ? [h("span", {}, message)] : []));
    if (more) this.fault.append(h("details", {}, h("summary", {}, "Details"), h("pre", {}, more)));
    this.saved.hidden = !head.folder;
    if (head.folder) this.saved.replaceChildren(`${head.folder.text} `, folderLink(head.folder), copyButton(head.folder.path, "folder"));
    this.drawRun(head);
    if (head.open && head.open !== this.wanted) {
      this.wanted = head.open;
      const at = this.positionOf(head.open);
      if (at >= 0 && this.open !== head.open) this.toggle(at);
      if (at >= 0) this.reveal(at);
    }
  }

  drawRun({ progress, facts, hint }) {
    this.run.hidden = !progress && !facts;
    const parts = [];
    if (progress) {
      const bar = h("div", { className: "dg-progress", role: "progressbar", "aria-label": "Documents finished", "aria-valuemin": 0, "aria-valuemax": progress.count, "aria-valuenow": progress.finished });
      for (const [kind, count] of progress.parts) bar.append(h("span", { className: kind, style: `width: ${(100 * count) / Math.max(1, progress.count)}%` }));
      parts.push(h("div", { className: "bar" }, h("b", { className: "grow" }, progress.text), h("span", {}, progress.pace)), bar);
    }
    if (facts) parts.push(h("dl", { className: "dg-facts" }, ...facts.flatMap((fact) => this.factOf(fact))));
    if (hint) parts.push(h("p", { className: "soft" }, hint));
    const focus = this.run.contains(document.activeElement);
    this.run.replaceChildren(...parts);
    if (focus) this.run.querySelector("button")?.focus();
  }

  // A line of facts: its name, then a text, an id to copy, a time or a link.
  factOf({ name, text = "", id, time, href }) {
    const value = h("dd", {});
    if (id) value.append(h("span", { className: "mono", title: id }, id), copyButton(id, name.toLowerCase()));
    if (time) value.append(`${momentOf(time)} (${zone(time)})`);
    if (href) value.append(h("a", { href, target: "_blank", rel: "noopener" }, text));
    else value.append(text);
    return [h("dt", {}, name), value];
  }

  readData() {
    const key = this.keyAt(this.active);
    this.rows = new Rows(this.model.get("data"));
    this.made.clear();
    this.offerTemplates();
    this.choose({ keep: true });
    const at = key ? this.positionOf(key) : -1;
    if (at >= 0) this.active = at;
    if (this.open !== null) this.ask();
    this.drawSoon();
  }

  offerTemplates() {
    const select = this.pickers.template;
    if (!select) return;
    const words = (this.rows.words.template ?? []).filter(Boolean);
    const chosen = select.value;
    const names = [...words].sort(new Intl.Collator().compare);
    select.replaceChildren(h("option", { value: "" }, `All templates (${names.length})`), ...names.map((name) => h("option", { value: name }, name)));
    select.value = names.includes(chosen) ? chosen : "";
  }

  // Filters, search and order

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.choose(), 120);
  }

  choose({ keep = false } = {}) {
    const { rows } = this;
    const others = this.matchesOthers();
    const groups = (rows.words.status ?? []).map((word) => statusOf(word)[3]);
    const codes = rows.codes.status;
    const counts = { all: 0 };
    const chosen = [];
    for (let row = 0; row < rows.count; row++) {
      if (!others(row)) continue;
      const group = groups[codes[row]];
      counts.all += 1;
      counts[group] = (counts[group] ?? 0) + 1;
      if (this.status === "all" || this.status === group) chosen.push(row);
    }
    this.order = sorted(rows, Int32Array.from(chosen), this.sort);
    this.drawCounts(counts);
    this.drawHeads();
    if (!keep) {
      this.active = 0;
      this.scroller.scrollTop = 0;
    }
    this.isFiltered = chosen.length !== rows.count;
    this.placeOpen();
    this.drawSummary();
    this.tellShown();
  }

  matchesOthers() {
    const { rows, pickers } = this;
    const found = rows.search(this.model.get("options").searched ?? [], this.find.value);
    const template = pickers.template?.value ? rows.words.template.indexOf(pickers.template.value) : -1;
    const since = pickers.created?.value ? Date.now() - pickers.created.value * 3600000 : -Infinity;
    const created = rows.numbers.created;
    return (row) =>
      (!found || found[row]) &&
      (template < 0 || rows.codes.template[row] === template) &&
      (since === -Infinity || created[row] >= since);
  }

  drawCounts(counts) {
    const shown = FILTERS.filter(([name]) => name !== "other" || counts.other || this.status === name);
    if (this.counts.children.length !== shown.length) {
      this.counts.replaceChildren(...shown.map(([name, , icon, color]) => {
        const one = button("", () => { this.status = name; this.choose(); }, icon ? sign(icon, color) : null, h("span"));
        one.dataset.name = name;
        return one;
      }));
    }
    for (const [index, [name, text]] of shown.entries()) {
      const one = this.counts.children[index];
      setText(one.lastChild, `${text} ${(counts[name] ?? 0).toLocaleString("en")}`);
      one.setAttribute("aria-pressed", String(this.status === name));
    }
  }

  drawHeads() {
    for (const [index, column] of this.columns.entries()) {
      const isSorted = this.sort.by === (column.sort ?? column.name);
      const head = this.heads[index];
      if (isSorted) head.setAttribute("aria-sort", this.sort.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
      const icon = head.querySelector(".i");
      if (icon) icon.className = `i i-${this.sort.down ? "down" : "up"}`;
      if (icon) icon.hidden = !isSorted;
    }
  }

  drawSummary() {
    const { rows, order } = this;
    const created = rows.numbers.created;
    let first = Infinity, last = -Infinity;
    if (created) for (const row of order) {
      if (created[row] < first) first = created[row];
      if (created[row] > last) last = created[row];
    }
    const all = rows.count.toLocaleString("en");
    const noun = `${this.noun}${rows.count === 1 ? "" : "s"}`;
    const count = order.length === rows.count ? `${all} ${noun}` : `${order.length.toLocaleString("en")} of ${all} ${noun}`;
    const from = first === Infinity ? "" : dateOf(new Date(first));
    const to = first === Infinity ? "" : dateOf(new Date(last));
    const range = from === to ? from && ` of ${from}` : ` from ${from} to ${to}`;
    this.summary.replaceChildren(h("b", {}, count), `${range}. `, h("span", { className: "soft" }, `Times: ${zone(first === Infinity ? Date.now() : last)}.`));
  }

  keys() {
    return Array.from(this.order, (row) => this.rows.text("key", row));
  }

  // Python knows which rows the filters leave.
  tellShown() {
    if (!this.isFiltered && !this.wasFiltered) return;
    this.wasFiltered = this.isFiltered;
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.send({ do: "shown", keys: this.isFiltered ? this.keys() : null }), 200);
  }

  // Drawing the rows in view

  drawSoon() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
  }

  get headHeight() {
    return this.scroller.firstChild.offsetHeight;
  }

  topOf(position) {
    return position * ROW + (this.openAt >= 0 && position > this.openAt ? this.detailHeight : 0);
  }

  positionAt(top) {
    const open = this.openAt;
    if (open < 0 || top < (open + 1) * ROW) return Math.floor(top / ROW);
    return Math.max(open, Math.floor((top - this.detailHeight) / ROW));
  }

  draw() {
    const { order, scroller, body } = this;
    body.style.height = `${order.length * ROW + (this.openAt >= 0 ? this.detailHeight : 0)}px`;
    const top = scroller.scrollTop;
    const room = scroller.clientHeight - this.headHeight;
    const height = room > ROW ? room : 752; // while the page is laid out there is no room yet
    const first = Math.max(0, this.positionAt(top) - MORE);
    const last = Math.min(order.length - 1, this.positionAt(top + height) + MORE);
    const wanted = [];
    for (let at = first; at <= last; at++) {
      wanted.push(this.rowAt(at));
      if (at === this.openAt) wanted.push(this.detail);
    }
    this.detail.style.transform = `translateY(${(this.openAt + 1) * ROW}px)`;
    this.replace(wanted);
    scroller.setAttribute("aria-rowcount", order.length + 1);
    scroller.setAttribute("aria-activedescendant", order.length ? `${this.id}-${order[this.active]}` : "");
    this.drawPlace(this.positionAt(top), Math.min(order.length - 1, this.positionAt(top + height - ROW)));
  }

  replace(wanted) {
    if (wanted.length === this.drawn.length && wanted.every((one, index) => one === this.drawn[index])) return;
    const focused = this.body.contains(document.activeElement) ? document.activeElement : null;
    this.drawn = wanted;
    const rows = new Set(wanted);
    for (const child of [...this.body.children]) if (!rows.has(child)) child.remove();
    wanted.forEach((one, index) => { // rows that stay are not laid out again
      const child = this.body.children[index];
      if (child !== one) this.body.insertBefore(one, child ?? null);
    });
    if (!wanted.length) this.body.append(h("div", { role: "row", className: "none" }, h("div", { role: "gridcell" }, this.emptyText())));
    if (focused) this.refocus(focused);
    for (const [row, element] of this.made) if (!rows.has(element)) this.made.delete(row);
  }

  emptyText() {
    return this.rows.count ? `No ${this.noun} matches the filters.` : this.model.get("options").empty ?? "";
  }

  refocus(focused) {
    const { key, name } = focused.dataset;
    const again = focused.isConnected ? focused : [...this.body.querySelectorAll("button")].find((one) => one.dataset.key === key && one.dataset.name === name);
    (again ?? this.scroller).focus({ preventScroll: true });
  }

  drawPlace(first, last) {
    const count = this.order.length;
    setText(this.place, count ? `Rows ${(first + 1).toLocaleString("en")} to ${(last + 1).toLocaleString("en")} of ${count.toLocaleString("en")}` : "");
  }

  rowAt(position) {
    const row = this.order[position];
    let element = this.made.get(row);
    if (!element) {
      element = h("div", { role: "row", className: "row", id: `${this.id}-${row}` }, ...this.columns.map((column) => this.cellOf(column, row)));
      this.made.set(row, element);
    }
    element.dataset.position = position;
    element.setAttribute("aria-rowindex", position + 2);
    element.style.transform = `translateY(${this.topOf(position)}px)`;
    element.classList.toggle("open", position === this.openAt);
    element.classList.toggle("active", position === this.active);
    const opener = element.querySelector("[aria-expanded]");
    if (opener && opener.getAttribute("aria-expanded") !== String(position === this.openAt)) {
      opener.setAttribute("aria-expanded", String(position === this.openAt));
      opener.firstChild.className = `i i-${position === this.openAt ? "down" : "right"}`;
    }
    return element;
  }

  cellOf(column, row) {
    const cell = h("div", { role: "gridcell", className: this.classOf(column) });
    const text = column.kind === "time" ? momentOf(this.rows.numbers[column.name][row]) : this.rows.text(column.name, row);
    if (column.kind === "status") cell.append(statusSign(text));
    else if (column.kind === "actions") cell.append(...this.actionsOf(row));
    else if (column.kind === "open") {
      const opener = button("opener", () => {}, sign("right"), h("span", { className: "cut" }, text));
      opener.tabIndex = -1;
      opener.setAttribute("aria-expanded", "false");
      cell.append(opener);
      cell.title = text;
    } else {
      cell.append(h("span", { className: "cut" }, text));
      if (column.kind === "text") cell.title = text;
    }
    return cell;
  }

  // Buttons of a row, by the names in its column "actions".
  actionsOf(row) {
    const key = this.rows.text("key", row);
    const about = this.rows.text("document", row) || `job ${key}`;
    return this.rows.text("actions", row).split(" ").filter(Boolean).map((label) => this.action(label, key, about));
  }

  action(label, key, about, className = "link") {
    const one = button(className, (event) => {
      event.stopPropagation();
      if (label === "Open") this.tabs.set(key, window.open("", "_blank"));
      this.send({ do: "act", name: label, key });
    }, label);
    one.setAttribute("aria-label", `${label} ${about}`);
    one.dataset.key = key;
    one.dataset.name = label;
    return one;
  }

  // The row that is open

  keyAt(position) {
    return this.order.length ? this.rows.text("key", this.order[position]) : null;
  }

  positionOf(key) {
    const code = this.rows.words.key?.indexOf(key) ?? -1;
    const row = code < 0 ? -1 : this.rows.codes.key.indexOf(code);
    return row < 0 ? -1 : this.order.indexOf(row);
  }

  placeOpen() {
    this.openAt = this.open === null ? -1 : this.positionOf(this.open);
    this.drawSoon();
  }

  toggle(position) {
    const key = this.keyAt(position);
    this.active = position;
    this.open = this.open === key ? null : key;
    this.picture = "";
    if (this.open !== null) {
      this.detail.replaceChildren(h("div", { role: "gridcell", className: "dg-job soft" }, "Reading the job…"));
      this.ask();
    } else this.send({ do: "closed" });
    this.placeOpen();
  }

  ask() {
    this.send({ do: "open", key: this.open });
  }

  measure() {
    const height = this.detail.isConnected ? this.detail.offsetHeight : this.detailHeight;
    this.detailHeight = height;
    this.drawSoon();
  }

  drawDetails(details, buffers) {
    const picture = buffers?.[0] && new Blob([buffers[0]], { type: "image/png" });
    if (picture) this.picture = URL.createObjectURL(picture);
    const { statuses = [], note, ids = [], messages = [], facts = [], actions = [], page } = details;
    const seen = statuses.flatMap(({ time, status, how }) => [h("span", { className: "num" }, clockOf(new Date(time))), statusSign(status), h("span", { className: "soft" }, how)]);
    const left = h("div", {}, h("h4", {}, "Statuses seen"), h("div", { className: "seen" }, ...seen), note ? h("p", { className: "soft" }, note) : null, h("dl", { className: "dg-facts" }, ...ids.flatMap((fact) => this.factOf(fact))));
    const right = h("div", {}, h("h4", {}, "Messages"), messages.length ? h("ul", {}, ...messages.map((one) => this.messageOf(one))) : h("p", { className: "soft" }, "None"), h("dl", { className: "dg-facts" }, ...facts.flatMap((fact) => this.factOf(fact))), this.actionsOfDetail(actions));
    const figure = page && this.picture ? h("figure", {}, h("img", { src: this.picture, alt: `First page of ${details.about}` }), h("figcaption", { className: "soft small" }, page)) : null;
    const cell = h("div", { role: "gridcell", "aria-colspan": this.columns.length, className: "dg-job" }, left, right, figure);
    const name = this.detail.contains(document.activeElement) ? document.activeElement.dataset.name : "";
    this.detail.replaceChildren(cell);
    if (name) this.detail.querySelector(`[data-name="${name}"]`)?.focus({ preventScroll: true });
    this.measure();
  }

  messageOf({ severity, text }) {
    const isError = severity === "error";
    return h("li", { className: "sign" }, sign("warn", isError ? "error" : "warn"), h("span", {}, isError ? "" : "Warning: ", text));
  }

  actionsOfDetail(actions) {
    const about = "";
    return h("div", { className: "bar" }, ...actions.map(({ name, label, href, find, sign: icon }) => {
      if (href) return h("a", { href, target: "_blank", rel: "noopener", className: "btn quiet" }, label);
      const one = find ? button("btn quiet", () => this.search(find), label) : this.action(name, this.open, about, "btn quiet");
      one.removeAttribute("aria-label");
      one.dataset.name = label;
      one.replaceChildren(...(icon ? [sign(icon), label] : [label]));
      return one;
    }));
  }

  search(text) {
    this.find.value = text;
    this.status = "all";
    for (const select of Object.values(this.pickers)) select.value = "";
    this.choose();
    this.find.focus();
  }

  // Keys and clicks

  click(event) {
    const row = event.target.closest(".row");
    if (!row || event.target.closest("a, .link, input") || String(getSelection())) return;
    this.toggle(Number(row.dataset.position));
    this.scroller.focus({ preventScroll: true });
  }

  press(event) {
    if (event.key === "Escape" && this.openAt >= 0) {
      this.toggle(this.openAt);
      this.scroller.focus({ preventScroll: true });
      event.preventDefault();
    }
    if (event.target !== this.scroller || !this.order.length) return;
    const page = Math.max(1, Math.floor((this.scroller.clientHeight - this.headHeight) / ROW) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.order.length, End: this.order.length };
    if (event.key in steps) {
      this.active = Math.min(this.order.length - 1, Math.max(0, this.active + steps[event.key]));
      this.reveal(this.active);
    } else if (event.key === "Enter" || event.key === " ") this.toggle(this.active);
    else return;
    event.preventDefault();
  }

  reveal(position) {
    const top = this.topOf(position);
    const room = this.scroller.clientHeight - this.headHeight - ROW;
    const now = this.scroller.scrollTop;
    this.scroller.scrollTop = Math.min(top, Math.max(now, top - room));
    this.drawSoon();
  }

  // Messages from Python

  receive(message, buffers) {
    if (message.view && message.view !== this.id) return;
    if (message.type === "details" && message.key === this.open) this.drawDetails(message.details, buffers);
    if (message.type === "part") this.receivePart(message, buffers[0]);
    if (message.type === "go") this.tabs.get(message.key).location = message.to;
    if (message.type === "no file") this.tabs.get(message.key)?.close();
  }

  receivePart({ file, name, number, count, key, shows }, content) {
    const parts = this.files.get(file) ?? [];
    parts.push(content);
    this.files.set(file, parts);
    if (number + 1 < count) {
      setText(this.note, `Received ${Math.round((100 * (number + 1)) / count)} % of ${name}`);
      return;
    }
    if (count > 1) this.readHead();
    this.files.delete(file);
    if (shows) showFile(parts, this.tabs.get(key));
    else saveFile(parts, name);
    this.tabs.delete(key);
  }
}

function render({ model, el }) {
  const table = new Table(model, el);
  return () => table.close();
}

export default started({ render });
