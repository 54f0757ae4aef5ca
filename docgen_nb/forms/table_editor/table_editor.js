// The table editor in the browser: a grid that draws only the rows in view.
//
// Python holds the rows. An edit is shown at once and sent as one small command. Python answers
// with what only it knows (messages, what can be undone). It sends all rows if it has changed them
// itself (paste, undo, a value set in Python) or if a command does not match its rows.

const ROW_HEIGHT = 30; // pixels
const MESSAGE_HEIGHT = 22; // pixels of each message below a row
const EXTRA_ROWS = 8; // rows that are drawn above and below those in view
const MEASURED_ROWS = 200; // whose texts the widths of the columns follow
const LEAST_TEXT = 10; // characters to which a column with longer texts can shrink
const MOST_TEXT = 40; // characters above which a column gets no larger share
const CELL_EDGES = 14; // pixels
const TYPING_PAUSE = 150; // milliseconds without a key before text is sent
const HELP =
  "Enter or F2 edits a cell, Delete empties it. Ctrl+Enter adds a row, Alt+Up and Alt+Down move " +
  "it, Ctrl+Delete deletes it. Ctrl+Z undoes the last change. Shift+Up and Shift+Down select more " +
  "rows. Ctrl+V pastes cells from a spreadsheet.";

const isOffer = (node) => node.classList.contains("docgen-table-offer");

let viewCount = 0; // makes the ids of views unique on a page

const element = (name, attributes = {}, ...children) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
};
const control = (name, attributes = {}, ...children) =>
  element(name, { "data-lm-suppress-shortcuts": "true", ...attributes }, ...children);
const newKey = () => `n${crypto.getRandomValues(new Uint32Array(3)).join("")}`;

// The rows, shared by all views of a model.
class Table {
  constructor(model) {
    this.model = model;
    this.views = new Set();
    this.messages = new Map(); // key of a row -> number of a column -> text
    this.unsent = null;
    model.on("change:rows_sent", () => this.readRows());
    model.on("change:messages_sent", () => this.readMessages());
    model.on("msg:custom", (message) => {
      if (message.type !== "messages") return;
      for (const [key, column] of message.removed) this.messages.get(key)?.delete(column);
      for (const entry of message.new) this.addMessage(...entry);
      this.draw();
    });
    this.readMessages();
    this.readRows();
  }

  readRows() {
    const before = this.rows ?? [];
    this.rows = this.model.get("rows_sent").rows.map(([key, cells]) => ({ key, cells: [...cells] }));
    for (const view of this.views) view.keepPosition(before);
    this.draw();
  }

  readMessages() {
    this.messages.clear();
    for (const entry of this.model.get("messages_sent")) this.addMessage(...entry);
    this.draw();
  }

  addMessage(key, column, text, offers) {
    if (!this.messages.has(key)) this.messages.set(key, new Map());
    this.messages.get(key).set(column, { text, offers });
  }

  draw() {
    for (const view of this.views) view.draw();
  }

  send(command) {
    this.flush();
    this.model.send(command);
  }

  // Sends typed text after a pause in typing.
  type(key, column, text) {
    const row = this.rows.find((one) => one.key === key);
    if (!row) return; // Python has replaced the rows in the meantime
    if (this.unsent && (this.unsent.row !== key || this.unsent.column !== column)) this.flush();
    row.cells[column] = text;
    clearTimeout(this.timer);
    this.unsent = { action: "type", row: key, column, text };
    this.timer = setTimeout(() => this.flush(), TYPING_PAUSE);
    this.draw();
  }

  flush() {
    clearTimeout(this.timer);
    const command = this.unsent;
    this.unsent = null;
    if (command) this.model.send(command);
  }

  add(after) {
    const key = newKey();
    const cells = this.model.get("columns").map(({ nested }) => (nested ? { summary: nested } : ""));
    this.send({ action: "add", row: key, after: after < 0 ? null : this.rows[after].key });
    this.rows.splice(after + 1, 0, { key, cells });
    this.draw();
  }

  remove(first, last) {
    this.send({ action: "delete", rows: this.rows.slice(first, last + 1).map((row) => row.key) });
    this.rows.splice(first, last - first + 1);
    this.draw();
  }

  move(first, last, step) {
    const to = first + step;
    if (to < 0 || last + step >= this.rows.length) return false;
    const moved = this.rows.splice(first, last - first + 1);
    const after = to > 0 ? this.rows[to - 1].key : null;
    this.rows.splice(to, 0, ...moved);
    this.send({ action: "move", rows: moved.map((row) => row.key), after });
    this.draw();
    return true;
  }
}

// The table on a page.
class View {
  constructor(table, el) {
    this.table = table;
    this.model = table.model;
    this.id = `docgen-table-${(viewCount += 1)}`;
    this.row = 0; // the active cell, which Tab leads to
    this.column = 0; // -1 for the row header
    this.anchor = 0; // the other end of the selected rows
    this.drawn = new Map(); // key: element of the row
    this.editor = null;
    this.build(el);
  }

  get columns() {
    return this.model.get("columns");
  }

  get selected() {
    return [Math.min(this.row, this.anchor), Math.max(this.row, this.anchor)];
  }

  build(el) {
    el.classList.add("docgen-table");
    const name = element("div", { class: "docgen-table-label", id: `${this.id}-label` });
    name.textContent = this.model.get("label");
    const help = element("details", { class: "docgen-table-help" });
    help.append(control("summary", {}, "Keyboard"), element("p", { id: `${this.id}-help` }, HELP));
    this.body = element("div", { class: "docgen-table-body", role: "presentation" });
    this.grid = element("div", {
      role: "grid", class: "docgen-table-grid", "aria-labelledby": `${this.id}-label`,
      "aria-describedby": `${this.id}-help`, "aria-multiselectable": "true",
      "aria-colcount": this.columns.length + 1,
    }, this.header(), this.body);
    this.empty = control("div", { class: "docgen-table-empty", tabindex: "0", role: "note" },
      "No rows yet. Add a row, or paste cells here.");
    this.scroll = element("div", { class: "docgen-table-scroll" }, this.grid, this.empty);
    this.more = control("button", { type: "button", class: "docgen-table-more" });
    this.more.addEventListener("click", () => { this.scroll.scrollLeft = this.scroll.scrollWidth; });
    this.buttons = element("div", {
      role: "toolbar", class: "docgen-table-bar", "aria-label": `Rows of ${this.model.get("label")}`,
    });
    this.status = element("div", { role: "status", class: "docgen-table-status" });
    this.tableMessage = element("div", { class: "docgen-table-message-of-table" });
    this.pendingPaste = element("div", { class: "docgen-table-pending-paste" });
    this.addButtons();
    el.append(name, this.scroll, this.more, this.buttons, this.status, this.tableMessage, this.pendingPaste, help);
    this.listen();
  }

  header() {
    const cell = (column, text, hint, path) => {
      const header = element("div", { role: "columnheader", "aria-colindex": column + 2 }, text);
      if (path) header.title = path;
      if (hint) header.append(element("small", {}, hint));
      return header;
    };
    const cells = this.columns.map(({ name, hint, path }, column) => cell(column, name, hint, path));
    const row = element("div", { role: "row", "aria-rowindex": 1 }, cell(-1, "Row", ""), ...cells);
    row.className = "docgen-table-row docgen-table-header";
    return row;
  }

  addButtons() {
    const button = (label, onClick) => {
      const node = control("button", { type: "button" }, label);
      node.addEventListener("click", () => {
        if (node.getAttribute("aria-disabled") !== "true") onClick();
      });
      this.buttons.append(node);
      return node;
    };
    this.addButton = button("Add row", () => this.add());
    this.deleteButton = button("Delete row", () => this.remove());
    this.upButton = button("Move up", () => this.move(-1));
    this.downButton = button("Move down", () => this.move(1));
    this.undoButton = button("Undo", () => this.undo());
  }

  listen() {
    this.scroll.addEventListener("scroll", () => this.draw());
    this.scroll.addEventListener("keydown", (event) => this.onKey(event));
    this.scroll.addEventListener("paste", (event) => this.onPaste(event));
    this.grid.addEventListener("copy", (event) => this.onCopy(event));
    this.grid.addEventListener("mousedown", (event) => this.onPress(event));
    this.grid.addEventListener("dblclick", (event) => {
      if (this.placeOf(event.target)) this.edit();
    });
    this.grid.addEventListener("focusin", (event) => {
      const place = this.placeOf(event.target);
      if (place && !this.editor) this.set(...place, this.row !== place[0]);
    });
    this.observer = new ResizeObserver(() => this.draw()); // the height is 0 before the table is visible
    this.observer.observe(this.scroll);
    for (const name of ["undo_name", "notice", "table_message"]) {
      this.model.on(`change:${name}`, () => this.draw());
    }
    this.model.on("change:pending_paste", () => this.drawPendingPaste());
    this.drawPendingPaste();
    this.end = () => {
      this.table.flush();
      this.observer.disconnect();
      this.table.views.delete(this);
    };
  }

  placeOf(target) {
    const cell = target.closest?.("[role=gridcell], [role=rowheader]");
    const key = cell?.parentElement.dataset.key;
    const row = this.table.rows.findIndex((one) => one.key === key);
    return row < 0 ? null : [row, Number(cell.getAttribute("aria-colindex")) - 2];
  }

  // Python has replaced the rows: keep the active row, or go to the first row that an undo has
  // restored.
  keepPosition(before) {
    const { rows } = this.table;
    const known = new Set(before.map(({ key }) => key));
    const restored = this.isUndoing && !this.editor ? rows.findIndex(({ key }) => !known.has(key)) : -1;
    const now = (at) => rows.findIndex(({ key }) => key === before[at]?.key);
    const [row, anchor] = restored >= 0 ? [restored, restored] : [now(this.row), now(this.anchor)];
    if (row >= 0) this.row = row;
    this.anchor = anchor >= 0 && row >= 0 ? anchor : this.row;
    this.isUndoing = false;
  }

  // Drawing

  draw() {
    const { rows, messages } = this.table;
    this.row = Math.max(0, Math.min(this.row, rows.length - 1));
    this.anchor = Math.max(0, Math.min(this.anchor, rows.length - 1));
    const hadFocus = this.scroll.contains(document.activeElement);
    this.tops = [0];
    for (const { key } of rows) {
      const lines = messages.get(key)?.size ?? 0;
      this.tops.push(this.tops.at(-1) + ROW_HEIGHT + lines * MESSAGE_HEIGHT);
    }
    this.body.style.height = `${Math.max(ROW_HEIGHT, this.tops.at(-1))}px`;
    this.grid.setAttribute("aria-rowcount", rows.length + 1);
    if (!this.editor) this.fitColumns(); // nothing moves while a person types
    this.drawRows(this.rowsToDraw());
    this.drawRest();
    this.drawMore();
    const focused = this.cell() ?? this.empty;
    if (hadFocus && !this.editor && !focused.contains(document.activeElement)) this.focus();
  }

  // Gives each column room for its texts; where there is too little, those with long texts shrink.
  fitColumns() {
    const measured = this.table.rows.slice(0, MEASURED_ROWS);
    const needs = this.columns.map(({ name, hint }, column) => {
      const texts = measured.map(({ cells }) => cells[column]?.summary ?? cells[column] ?? "");
      return Math.max(4, ...`${name} ${hint}`.split(/[\s-]/).concat(texts).map((text) => text.length));
    });
    const least = needs.map((need) => Math.min(need, LEAST_TEXT));
    const tracks = needs.map((need, at) =>
      `minmax(calc(${least[at]}ch + ${CELL_EDGES}px), ${Math.min(need, MOST_TEXT)}fr)`);
    const sum = least.reduce((one, other) => one + other, 0);
    const width = `calc(3.5em + ${sum}ch + ${needs.length * CELL_EDGES}px)`;
    for (const [name, value] of [["tracks", tracks.join(" ")], ["width", width]]) {
      const property = `--docgen-${name}`;
      if (this.grid.style.getPropertyValue(property) !== value) this.grid.style.setProperty(property, value);
    }
  }

  // Names the columns that are out of sight at the right.
  drawMore() {
    const edge = this.scroll.scrollLeft + this.scroll.clientWidth + 2;
    const headers = [...this.grid.firstChild.children].slice(1);
    const hidden = this.columns.filter((_, at) => headers[at].offsetLeft + headers[at].offsetWidth > edge);
    const text = `At the right: ${hidden.map(({ name }) => name).join(", ")} ›`;
    this.more.hidden = !hidden.length || !this.scroll.clientWidth;
    if (this.more.textContent !== text) this.more.textContent = text;
  }

  rowsToDraw() {
    const { scrollTop, clientHeight } = this.scroll;
    const first = Math.max(0, this.at(scrollTop) - EXTRA_ROWS);
    const last = Math.min(this.table.rows.length - 1, this.at(scrollTop + clientHeight) + EXTRA_ROWS);
    const indexes = new Set([this.row]); // the active row is always drawn
    for (let index = first; index <= last; index += 1) indexes.add(index);
    return indexes;
  }

  at(height) {
    let [low, high] = [0, this.table.rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.tops[middle + 1] <= height) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  drawRows(indexes) {
    const { rows } = this.table;
    if (!rows.length) indexes.clear();
    this.empty.hidden = rows.length > 0;
    const keys = new Set([...indexes].map((index) => rows[index].key));
    const removed = [...this.drawn].filter(([key]) => !keys.has(key));
    for (const [key, node] of removed) {
      if (this.editor && node.contains(this.editor)) this.stopEditing();
      this.drawn.delete(key);
    }
    let before = null;
    for (const index of [...indexes].sort((one, other) => one - other)) {
      const node = this.drawn.get(rows[index].key) ?? this.newRow(rows[index].key);
      this.fill(node, rows[index], index);
      this.place(node, before);
      before = node;
    }
    if (removed.some(([, node]) => node.contains(document.activeElement))) this.focus();
    for (const [, node] of removed) node.remove();
  }

  // Puts a row behind another, since screen readers read in this order. A row with the focus is
  // not moved; the others move around it.
  place(node, before) {
    const next = () => (before ? before.nextSibling : this.body.firstChild);
    if (node.contains(document.activeElement)) {
      while (next() !== node) this.body.append(next());
    } else if (next() !== node) {
      this.body.insertBefore(node, next());
    }
  }

  newRow(key) {
    const node = element("div", { role: "row", class: "docgen-table-row" });
    node.dataset.key = key;
    const number = element("span");
    node.append(control("div", { role: "rowheader", tabindex: "-1", "aria-colindex": 1 }, number));
    this.columns.forEach((_, column) => {
      const text = element("span", { class: "docgen-table-text" });
      node.append(control("div", {
        role: "gridcell", tabindex: "-1", "aria-colindex": column + 2, "aria-selected": "false",
      }, text));
    });
    this.drawn.set(key, node);
    return node;
  }

  fill(node, row, index) {
    const messages = this.table.messages.get(row.key) ?? new Map();
    const [first, last] = this.selected;
    node.style.top = `${this.tops[index]}px`;
    node.style.height = `${this.tops[index + 1] - this.tops[index]}px`;
    node.setAttribute("aria-rowindex", index + 2);
    node.classList.toggle("docgen-table-odd", index % 2 === 1);
    node.firstChild.firstChild.textContent = index + 1;
    let line = 0;
    for (let column = -1; column < this.columns.length; column += 1) {
      const cell = node.children[column + 1];
      const isActive = index === this.row && column === this.column;
      cell.tabIndex = isActive ? 0 : -1;
      cell.setAttribute("aria-selected", index >= first && index <= last && (first !== last || isActive));
      if (column >= 0) this.fillText(cell, row.cells[column]);
      line += this.fillMessage(cell, messages.get(column), row.key, column, line);
    }
  }

  fillText(cell, content) {
    const text = content?.summary ?? content;
    const span = cell.firstChild;
    if (span.textContent !== text) span.textContent = text;
    if (content?.summary === undefined) cell.removeAttribute("aria-readonly");
    else cell.setAttribute("aria-readonly", "true");
  }

  fillMessage(cell, { text, offers } = {}, key, column, line) {
    let message = cell.querySelector(".docgen-table-message");
    const owner = this.editor?.parentElement === cell ? this.editor : cell;
    if (!text) {
      message?.remove();
      for (const one of [cell, owner]) {
        one.removeAttribute("aria-invalid");
        one.removeAttribute("aria-describedby");
      }
      return 0;
    }
    const id = `${this.id}-${key}-${column + 1}`;
    if (!message) cell.append((message = element("span", { class: "docgen-table-message", id })));
    const label = this.columns[column]?.name;
    const name = column < 0 || text.startsWith(`${label} `) ? "" : `${label}: `;
    if (message.title !== text || message.dataset.offers !== offers.join()) {
      message.replaceChildren(`⚠ ${name}${text}`, ...offers.map((one) => this.offer(one, key, column)));
      message.title = text;
      message.dataset.offers = offers.join();
    }
    message.style.top = `${ROW_HEIGHT + line * MESSAGE_HEIGHT}px`;
    if (column < 0) message.style.width = `${this.body.clientWidth - cell.offsetWidth - 16}px`;
    for (const one of [cell, owner]) {
      if (column >= 0) one.setAttribute("aria-invalid", "true");
      one.setAttribute("aria-describedby", id);
    }
    return 1;
  }

  // A button that puts another text into a cell.
  offer(text, key, column) {
    const button = control("button", { type: "button", class: "docgen-table-offer" }, `Change to ${text}`);
    button.addEventListener("click", () => {
      this.stopEditing();
      this.table.type(key, column, text);
      this.table.flush();
      this.focus();
    });
    return button;
  }

  drawRest() {
    const count = this.table.rows.length;
    const [first, last] = this.selected;
    const withErrors = this.table.rows.filter(({ key }) => this.table.messages.get(key)?.size).length;
    const isCounted = this.scroll.closest(".docgen-own-field"); // in the heading of its group
    const parts = isCounted ? [] : [`${count} ${count === 1 ? "row" : "rows"}.`];
    if (withErrors) parts.push(withErrors === 1 ? "1 row has errors." : `${withErrors} rows have errors.`);
    if (last > first) parts.push(`${last - first + 1} rows selected.`);
    const text = `${parts.join(" ")} ${this.model.get("notice")}`.trim();
    if (this.status.textContent !== text) this.status.textContent = text;
    this.tableMessage.textContent = this.model.get("table_message");
    const enable = (button, yes) => button.setAttribute("aria-disabled", String(!yes));
    this.deleteButton.textContent = last > first ? `Delete ${last - first + 1} rows` : "Delete row";
    enable(this.deleteButton, count);
    enable(this.upButton, count && first > 0);
    enable(this.downButton, count && last < count - 1);
    enable(this.undoButton, this.model.get("undo_name"));
    this.undoButton.textContent = `Undo ${this.model.get("undo_name")}`.trim();
  }

  // The active cell

  cell() {
    return this.drawn.get(this.table.rows[this.row]?.key)?.children[this.column + 1];
  }

  focus() {
    (this.cell() ?? this.empty).focus({ preventScroll: true });
  }

  set(row, column, moveAnchor = true) {
    this.row = Math.max(0, Math.min(row, this.table.rows.length - 1));
    this.column = Math.max(-1, Math.min(column, this.columns.length - 1));
    if (moveAnchor) this.anchor = this.row;
    this.draw();
  }

  go(row, column, extend = false) {
    this.set(row, column, !extend);
    const [top, bottom] = [this.tops[this.row], this.tops[this.row + 1]];
    const room = this.scroll.clientHeight - this.body.offsetTop;
    if (top < this.scroll.scrollTop) this.scroll.scrollTop = top;
    if (bottom > this.scroll.scrollTop + room) this.scroll.scrollTop = bottom - room;
    this.draw();
    this.focus();
    const cell = this.cell();
    const covered = this.grid.firstChild.firstChild.offsetWidth; // the row headers do not scroll
    if (!cell || this.column < 0) return;
    const [left, right] = [cell.offsetLeft - covered, cell.offsetLeft + cell.offsetWidth];
    if (left < this.scroll.scrollLeft) this.scroll.scrollLeft = left;
    else if (right > this.scroll.scrollLeft + this.scroll.clientWidth) {
      this.scroll.scrollLeft = right - this.scroll.clientWidth;
    }
  }

  onPress(event) {
    const place = this.placeOf(event.target);
    if (!place || event.target === this.editor || event.button || isOffer(event.target)) return;
    event.preventDefault();
    this.stopEditing();
    this.go(...place, event.shiftKey);
  }

  onKey(event) {
    if (event.isComposing || event.target === this.scroll || isOffer(event.target)) return;
    const action = this.editor ? this.editKey(event) : this.gridKey(event);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  gridKey(event) {
    const { key, shiftKey: shift, altKey: alt } = event;
    const ctrl = event.ctrlKey || event.metaKey;
    const page = Math.max(1, Math.floor(this.scroll.clientHeight / ROW_HEIGHT) - 2);
    const end = this.table.rows.length - 1;
    if (alt) {
      return { ArrowUp: () => this.move(-1), ArrowDown: () => this.move(1) }[key];
    }
    if (ctrl) {
      return {
        Enter: () => this.add(), Delete: () => this.remove(), Backspace: () => this.remove(),
        z: () => this.undo(), Home: () => this.go(0, this.column), End: () => this.go(end, this.column),
      }[key];
    }
    const action = {
      ArrowUp: () => this.go(this.row - 1, this.column, shift),
      ArrowDown: () => this.go(this.row + 1, this.column, shift),
      ArrowLeft: () => this.go(this.row, this.column - 1),
      ArrowRight: () => this.go(this.row, this.column + 1),
      PageUp: () => this.go(this.row - page, this.column, shift),
      PageDown: () => this.go(this.row + page, this.column, shift),
      Home: () => this.go(this.row, -1), End: () => this.go(this.row, this.columns.length - 1),
      Enter: () => this.edit(), F2: () => this.edit(),
      Delete: () => this.clear(), Backspace: () => this.clear(),
    }[key];
    return action ?? (key.length === 1 ? () => this.edit(key) : undefined);
  }

  // Editing

  edit(text) {
    const row = this.table.rows[this.row];
    const content = row?.cells[this.column];
    if (typeof content !== "string") {
      if (content) this.status.textContent = "This cell summarizes nested data and can't be edited here.";
      return;
    }
    const { name } = this.columns[this.column];
    const editor = control("textarea", { rows: 1, "aria-label": `${name}, row ${this.row + 1}` });
    const type = (typed) => this.table.type(row.key, column, typed);
    const { column } = this;
    this.editor = editor;
    this.revert = () => editor.value !== content && type(content);
    editor.value = text ?? content;
    editor.addEventListener("input", () => type(editor.value));
    editor.addEventListener("blur", () => this.stopEditing());
    this.cell().insertBefore(editor, this.cell().children[1] ?? null);
    editor.focus();
    editor.setSelectionRange(editor.value.length, editor.value.length);
    if (text !== undefined) type(text);
    this.draw();
  }

  editKey(event) {
    const { key, shiftKey: shift } = event;
    const ctrl = event.ctrlKey || event.metaKey;
    if (key === "Escape") return () => this.stopEditing({ revert: true, focus: true });
    if (key === "Enter" && ctrl) return () => (this.stopEditing(), this.add());
    if (key === "Enter" && (shift || event.altKey)) return () => this.breakLine();
    if (key === "Enter") return () => (this.stopEditing(), this.go(this.row + 1, this.column));
    if (key !== "Tab") return undefined;
    const next = this.column + (shift ? -1 : 1);
    if (next >= 0 && next < this.columns.length) return () => (this.stopEditing(), this.go(this.row, next));
    const row = this.row + (shift ? -1 : 1);
    if (row < 0 || row >= this.table.rows.length) {
      this.stopEditing({ focus: true }); // Tab leaves the table here
      return undefined;
    }
    return () => (this.stopEditing(), this.go(row, shift ? this.columns.length - 1 : 0));
  }

  // JupyterLab prevents the browser from inserting the line break.
  breakLine() {
    const { editor } = this;
    editor.setRangeText("\n", editor.selectionStart, editor.selectionEnd, "end");
    editor.dispatchEvent(new Event("input"));
  }

  stopEditing({ revert = false, focus = false } = {}) {
    const { editor } = this;
    if (!editor) return;
    this.editor = null;
    if (revert) this.revert();
    this.table.flush();
    // Move the focus before its element is removed, or JupyterLab takes it.
    if (document.activeElement === editor) this.cell()?.focus({ preventScroll: true });
    editor.remove();
    this.draw();
    if (focus) this.focus();
  }

  clear() {
    const [first, last] = this.selected;
    if (this.column < 0) {
      this.remove();
      return;
    }
    for (let index = first; index <= last; index += 1) {
      const row = this.table.rows[index];
      if (row && typeof row.cells[this.column] === "string") this.table.type(row.key, this.column, "");
    }
    this.table.flush();
  }

  // Rows

  add() {
    const after = this.table.rows.length ? this.selected[1] : -1;
    this.table.add(after);
    const first = this.columns.findIndex(({ nested }) => !nested);
    this.go(after + 1, Math.max(0, first));
  }

  remove() {
    if (!this.table.rows.length) return;
    const [first, last] = this.selected;
    const onGrid = this.grid.contains(document.activeElement);
    this.table.remove(first, last);
    this.set(first, this.column);
    if (onGrid) this.focus();
  }

  move(step) {
    const [first, last] = this.selected;
    if (!this.table.rows.length || !this.table.move(first, last, step)) return;
    const onGrid = this.grid.contains(document.activeElement);
    this.anchor += step;
    if (onGrid) this.go(this.row + step, this.column, true);
    else this.set(this.row + step, this.column, false);
  }

  undo() {
    if (!this.model.get("undo_name") && !this.table.unsent) return;
    this.isUndoing = true;
    this.table.send({ action: "undo" });
  }

  // The clipboard

  onPaste(event) {
    const text = event.clipboardData.getData("text/plain");
    const isTable = /[\t\n]/.test(text.replace(/[\r\n]+$/, ""));
    if (this.editor && !isTable) return; // pasted into the text
    event.preventDefault();
    event.stopPropagation();
    this.stopEditing({ revert: true, focus: true });
    const row = this.table.rows[this.row];
    const column = Math.max(0, this.column);
    this.table.send({ action: "paste", row: row ? row.key : null, column, text });
  }

  onCopy(event) {
    if (this.editor || !this.table.rows.length) return;
    const [first, last] = this.selected;
    const wholeRows = last > first || this.column < 0;
    const shown = (content) => content?.summary ?? content;
    const written = (text) => (/^"|[\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const lines = this.table.rows.slice(first, last + 1).map(({ cells }) =>
      (wholeRows ? cells.map(shown).map(written) : [shown(cells[this.column])]).join("\t"));
    event.clipboardData.setData("text/plain", lines.join("\n"));
    event.preventDefault();
    event.stopPropagation();
  }

  // Pasted text that does not fit: a person assigns its columns.
  drawPendingPaste() {
    const pending = this.model.get("pending_paste");
    const hadFocus = this.pendingPaste.contains(document.activeElement);
    this.pendingPaste.replaceChildren();
    if (!pending && hadFocus) this.focus();
    if (!pending) return;
    const id = `${this.id}-pending-paste`;
    const text = control("textarea", { id: `${id}-text`, rows: 4, readonly: "" });
    text.value = pending.text;
    const header = control("input", { type: "checkbox", id: `${id}-header` });
    header.checked = pending.has_header;
    const assignments = pending.columns.map(({ first, to }, number) => {
      const names = ["Skip", ...this.columns.map(({ name }) => name)];
      const select = control("select", { id: `${id}-${number}` });
      names.forEach((name, at) => select.append(new Option(name, at - 1, false, at - 1 === to)));
      const label = `Column ${number + 1}${first ? ` (${first.slice(0, 30)})` : ""} to`;
      return element("div", {}, element("label", { for: select.id }, label), select);
    });
    const insert = control("button", { type: "button" }, "Insert rows");
    insert.addEventListener("click", () => {
      const to = assignments.map((line) => Number(line.querySelector("select").value));
      this.table.send({ action: "insert", to, has_header: header.checked });
    });
    const dismiss = control("button", { type: "button" }, "Cancel");
    dismiss.addEventListener("click", () => this.table.send({ action: "dismiss" }));
    this.pendingPaste.append(
      element("p", {}, pending.message),
      element("label", { for: text.id }, "Pasted text"), text,
      element("div", {}, header, element("label", { for: header.id }, "The first line contains names")),
      ...assignments, element("div", {}, insert, dismiss),
    );
    this.pendingPaste.querySelector("select")?.focus();
  }
}

export default () => {
  let table = null;
  return started({
    initialize({ model }) {
      table = new Table(model);
    },
    render({ el }) {
      const view = new View(table, el);
      table.views.add(view);
      view.draw();
      return () => view.end();
    },
  });
};
