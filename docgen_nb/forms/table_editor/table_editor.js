// The table editor in the browser: a grid of which only the rows that are seen are in the page.
//
// Python holds the rows. What a person does is shown at once and sent as one small message. Python
// answers with what it alone knows (messages, what can be undone) and sends all rows where it
// changed them itself (paste, undo, a value set in Python) or where the two have lost step.

const ROW = 30; // pixels of a row, and of each line with a message below it
const LINE = 22;
const BEYOND = 8; // rows that are drawn above and below those that are seen
const PAUSE = 150; // milliseconds without a key before a text is sent
const HELP =
  "Enter or F2 edits a cell, Delete empties it, Ctrl+Enter adds a row, Alt+Up and Alt+Down move a " +
  "row, Ctrl+Delete deletes it, Ctrl+Z undoes. Shift+Up and Shift+Down select more rows. Cells " +
  "copied from a spreadsheet are pasted with Ctrl+V.";

let made = 0; // views, so that ids on a page differ

const element = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};
const control = (name, attributes = {}, ...children) =>
  element(name, { "data-lm-suppress-shortcuts": "true", ...attributes }, ...children);
const newKey = () => `n${crypto.getRandomValues(new Uint32Array(3)).join("")}`;

// The rows as all views of one model share them.
class Table {
  constructor(model) {
    this.model = model;
    this.views = new Set();
    this.messages = new Map(); // key of a row: Map of number of a column: text
    this.unsent = null;
    model.on("change:rows_sent", () => this.take());
    model.on("change:messages_sent", () => this.takeMessages());
    model.on("msg:custom", (message) => {
      if (message.type !== "messages") return;
      for (const [key, column] of message.gone) this.messages.get(key)?.delete(column);
      for (const one of message.new) this.note(...one);
      this.draw();
    });
    this.takeMessages();
    this.take();
  }

  take() {
    const before = this.rows ?? [];
    this.rows = this.model.get("rows_sent").rows.map(([key, cells]) => ({ key, cells: [...cells] }));
    for (const view of this.views) view.follow(before);
    this.draw();
  }

  takeMessages() {
    this.messages.clear();
    for (const one of this.model.get("messages_sent")) this.note(...one);
    this.draw();
  }

  note(key, column, text) {
    if (!this.messages.has(key)) this.messages.set(key, new Map());
    this.messages.get(key).set(column, text);
  }

  draw() {
    for (const view of this.views) view.draw();
  }

  send(order) {
    this.flush();
    this.model.send(order);
  }

  // A text waits until no key has been pressed for a moment.
  type(key, column, text) {
    const row = this.rows.find((one) => one.key === key);
    if (!row) return; // Python has put other rows meanwhile
    if (this.unsent && (this.unsent.row !== key || this.unsent.column !== column)) this.flush();
    row.cells[column] = text;
    clearTimeout(this.timer);
    this.unsent = { do: "type", row: key, column, text };
    this.timer = setTimeout(() => this.flush(), PAUSE);
    this.draw();
  }

  flush() {
    clearTimeout(this.timer);
    const order = this.unsent;
    this.unsent = null;
    if (order) this.model.send(order);
  }

  add(after) {
    const key = newKey();
    const cells = this.model.get("columns").map(({ nested }) => (nested ? { summary: nested } : ""));
    this.send({ do: "add", row: key, after: after < 0 ? null : this.rows[after].key });
    this.rows.splice(after + 1, 0, { key, cells });
    this.draw();
  }

  remove(first, last) {
    this.send({ do: "delete", rows: this.rows.slice(first, last + 1).map((row) => row.key) });
    this.rows.splice(first, last - first + 1);
    this.draw();
  }

  move(first, last, step) {
    const to = first + step;
    if (to < 0 || last + step >= this.rows.length) return false;
    const moved = this.rows.splice(first, last - first + 1);
    const after = to > 0 ? this.rows[to - 1].key : null;
    this.rows.splice(to, 0, ...moved);
    this.send({ do: "move", rows: moved.map((row) => row.key), after });
    this.draw();
    return true;
  }
}

// One picture of the table on a page.
class View {
  constructor(table, el) {
    this.table = table;
    this.model = table.model;
    this.id = `docgen-table-${(made += 1)}`;
    this.row = 0; // the cell that Tab leads to, and the other end of the selected rows
    this.column = 0; // -1 is the number of the row
    this.anchor = 0;
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
    help.append(control("summary", {}, "Keys"), element("p", { id: `${this.id}-help` }, HELP));
    this.body = element("div", { class: "docgen-table-body", role: "presentation" });
    this.grid = element("div", {
      role: "grid", class: "docgen-table-grid", "aria-labelledby": `${this.id}-label`,
      "aria-describedby": `${this.id}-help`, "aria-multiselectable": "true",
      "aria-colcount": this.columns.length + 1,
    }, this.header(), this.body);
    this.grid.style.setProperty("--docgen-columns", this.columns.length);
    this.empty = control("div", { class: "docgen-table-empty", tabindex: "0", role: "note" },
      "No rows yet: add one, or paste cells here.");
    this.scroll = element("div", { class: "docgen-table-scroll" }, this.grid, this.empty);
    this.buttons = element("div", {
      role: "toolbar", class: "docgen-table-bar", "aria-label": `Rows of ${this.model.get("label")}`,
    });
    this.status = element("div", { role: "status", class: "docgen-table-status" });
    this.about = element("div", { class: "docgen-table-about" });
    this.offer = element("div", { class: "docgen-table-offer" });
    this.bar();
    el.append(name, this.scroll, this.buttons, this.status, this.about, this.offer, help);
    this.listen();
  }

  header() {
    const cell = (column, text, hint) => {
      const made = element("div", { role: "columnheader", "aria-colindex": column + 2 }, text);
      if (hint) made.append(element("small", {}, hint));
      return made;
    };
    const cells = this.columns.map(({ name, hint }, column) => cell(column, name, hint));
    const row = element("div", { role: "row", "aria-rowindex": 1 }, cell(-1, "Row", ""), ...cells);
    row.className = "docgen-table-row docgen-table-header";
    return row;
  }

  bar() {
    const button = (label, act) => {
      const made = control("button", { type: "button" }, label);
      made.addEventListener("click", () => {
        if (made.getAttribute("aria-disabled") !== "true") act();
      });
      this.buttons.append(made);
      return made;
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
    this.observer = new ResizeObserver(() => this.draw()); // its height is 0 before it is shown
    this.observer.observe(this.scroll);
    const follow = () => this.draw();
    for (const name of ["undo", "notice", "about_all"]) this.model.on(`change:${name}`, follow);
    this.model.on("change:offer", () => this.drawOffer());
    this.drawOffer();
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

  // Python has put other rows: one stays at the row where one was, or comes to the first that an
  // undo has brought back.
  follow(before) {
    const { rows } = this.table;
    const known = new Set(before.map(({ key }) => key));
    const back = this.isUndoing && !this.editor ? rows.findIndex(({ key }) => !known.has(key)) : -1;
    const now = (at) => rows.findIndex(({ key }) => key === before[at]?.key);
    const [row, anchor] = back >= 0 ? [back, back] : [now(this.row), now(this.anchor)];
    if (row >= 0) this.row = row;
    this.anchor = anchor >= 0 && row >= 0 ? anchor : this.row;
    this.isUndoing = false;
  }

  // Drawing

  draw() {
    const { rows, messages } = this.table;
    this.row = Math.max(0, Math.min(this.row, rows.length - 1));
    this.anchor = Math.max(0, Math.min(this.anchor, rows.length - 1));
    const had = this.scroll.contains(document.activeElement);
    this.tops = [0];
    for (const { key } of rows) {
      const lines = messages.get(key)?.size ?? 0;
      this.tops.push(this.tops.at(-1) + ROW + lines * LINE);
    }
    this.body.style.height = `${Math.max(ROW, this.tops.at(-1))}px`;
    this.grid.setAttribute("aria-rowcount", rows.length + 1);
    this.drawRows(this.wanted());
    this.drawRest();
    const focused = this.cell() ?? this.empty;
    if (had && !this.editor && document.activeElement !== focused) this.focus();
  }

  wanted() {
    const { scrollTop, clientHeight } = this.scroll;
    const first = Math.max(0, this.at(scrollTop) - BEYOND);
    const last = Math.min(this.table.rows.length - 1, this.at(scrollTop + clientHeight) + BEYOND);
    const found = new Set([this.row]); // the cell with the focus stays, wherever it is
    for (let index = first; index <= last; index += 1) found.add(index);
    return found;
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

  drawRows(wanted) {
    const { rows } = this.table;
    if (!rows.length) wanted.clear();
    this.empty.hidden = rows.length > 0;
    const keys = new Set([...wanted].map((index) => rows[index].key));
    const gone = [...this.drawn].filter(([key]) => !keys.has(key));
    for (const [key, made] of gone) {
      if (this.editor && made.contains(this.editor)) this.leave();
      this.drawn.delete(key);
    }
    let before = null;
    for (const index of [...wanted].sort((one, other) => one - other)) {
      const made = this.drawn.get(rows[index].key) ?? this.newRow(rows[index].key);
      this.fill(made, rows[index], index);
      this.place(made, before);
      before = made;
    }
    if (gone.some(([, made]) => made.contains(document.activeElement))) this.focus();
    for (const [, made] of gone) made.remove();
  }

  // Puts a row behind another, so that the order is that of reading; a row with the focus stays
  // where it is and the others move.
  place(made, before) {
    const next = () => (before ? before.nextSibling : this.body.firstChild);
    if (made.contains(document.activeElement)) {
      while (next() !== made) this.body.append(next());
    } else if (next() !== made) {
      this.body.insertBefore(made, next());
    }
  }

  newRow(key) {
    const made = element("div", { role: "row", class: "docgen-table-row" });
    made.dataset.key = key;
    const number = element("span");
    made.append(control("div", { role: "rowheader", tabindex: "-1", "aria-colindex": 1 }, number));
    this.columns.forEach((_, column) => {
      const text = element("span", { class: "docgen-table-text" });
      made.append(control("div", {
        role: "gridcell", tabindex: "-1", "aria-colindex": column + 2, "aria-selected": "false",
      }, text));
    });
    this.drawn.set(key, made);
    return made;
  }

  fill(made, row, index) {
    const messages = this.table.messages.get(row.key) ?? new Map();
    const [first, last] = this.selected;
    made.style.top = `${this.tops[index]}px`;
    made.style.height = `${this.tops[index + 1] - this.tops[index]}px`;
    made.setAttribute("aria-rowindex", index + 2);
    made.classList.toggle("docgen-table-odd", index % 2 === 1);
    made.firstChild.firstChild.textContent = index + 1;
    let line = 0;
    for (let column = -1; column < this.columns.length; column += 1) {
      const cell = made.children[column + 1];
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

  fillMessage(cell, text, key, column, line) {
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
    const name = column < 0 ? "" : `${this.columns[column].name}: `;
    message.textContent = `⚠ ${name}${text}`;
    message.title = text;
    message.style.top = `${ROW + line * LINE}px`;
    if (column < 0) message.style.width = `${this.body.clientWidth - cell.offsetWidth - 16}px`;
    for (const one of [cell, owner]) {
      if (column >= 0) one.setAttribute("aria-invalid", "true");
      one.setAttribute("aria-describedby", id);
    }
    return 1;
  }

  drawRest() {
    const count = this.table.rows.length;
    const [first, last] = this.selected;
    const faulty = this.table.rows.filter(({ key }) => this.table.messages.get(key)?.size).length;
    const words = [`${count} ${count === 1 ? "row" : "rows"}`];
    if (faulty) words.push(`${faulty} with messages`);
    if (last > first) words.push(`${last - first + 1} selected`);
    const said = `${words.join(", ")}. ${this.model.get("notice")}`.trim();
    if (this.status.textContent !== said) this.status.textContent = said;
    this.about.textContent = this.model.get("about_all");
    const able = (button, yes) => button.setAttribute("aria-disabled", String(!yes));
    this.deleteButton.textContent = last > first ? `Delete ${last - first + 1} rows` : "Delete row";
    able(this.deleteButton, count);
    able(this.upButton, count && first > 0);
    able(this.downButton, count && last < count - 1);
    able(this.undoButton, this.model.get("undo"));
    this.undoButton.textContent = `Undo ${this.model.get("undo")}`.trim();
  }

  // Where one is

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
    const covered = this.grid.firstChild.firstChild.offsetWidth; // the numbers of the rows stay
    if (!cell || this.column < 0) return;
    const [left, right] = [cell.offsetLeft - covered, cell.offsetLeft + cell.offsetWidth];
    if (left < this.scroll.scrollLeft) this.scroll.scrollLeft = left;
    else if (right > this.scroll.scrollLeft + this.scroll.clientWidth) {
      this.scroll.scrollLeft = right - this.scroll.clientWidth;
    }
  }

  onPress(event) {
    const place = this.placeOf(event.target);
    if (!place || event.target === this.editor || event.button) return;
    event.preventDefault();
    this.leave();
    this.go(...place, event.shiftKey);
  }

  onKey(event) {
    if (event.isComposing || event.target === this.scroll) return;
    const act = this.editor ? this.editKey(event) : this.gridKey(event);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  gridKey(event) {
    const { key, shiftKey: shift, altKey: alt } = event;
    const ctrl = event.ctrlKey || event.metaKey;
    const page = Math.max(1, Math.floor(this.scroll.clientHeight / ROW) - 2);
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
    const found = {
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
    return found ?? (key.length === 1 ? () => this.edit(key) : undefined);
  }

  // Editing

  edit(text) {
    const row = this.table.rows[this.row];
    const content = row?.cells[this.column];
    if (typeof content !== "string") {
      if (content) this.status.textContent = "This cell sums up what no text can stand for.";
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
    editor.addEventListener("blur", () => this.leave());
    this.cell().insertBefore(editor, this.cell().children[1] ?? null);
    editor.focus();
    editor.setSelectionRange(editor.value.length, editor.value.length);
    if (text !== undefined) type(text);
    this.draw();
  }

  editKey(event) {
    const { key, shiftKey: shift } = event;
    const ctrl = event.ctrlKey || event.metaKey;
    if (key === "Escape") return () => this.leave({ revert: true, focus: true });
    if (key === "Enter" && ctrl) return () => (this.leave(), this.add());
    if (key === "Enter" && (shift || event.altKey)) return () => this.breakLine();
    if (key === "Enter") return () => (this.leave(), this.go(this.row + 1, this.column));
    if (key !== "Tab") return undefined;
    const next = this.column + (shift ? -1 : 1);
    if (next >= 0 && next < this.columns.length) return () => (this.leave(), this.go(this.row, next));
    const row = this.row + (shift ? -1 : 1);
    if (row < 0 || row >= this.table.rows.length) {
      this.leave({ focus: true }); // from here Tab leads out of the table
      return undefined;
    }
    return () => (this.leave(), this.go(row, shift ? this.columns.length - 1 : 0));
  }

  // By hand: JupyterLab keeps the browser from doing it.
  breakLine() {
    const { editor } = this;
    editor.setRangeText("\n", editor.selectionStart, editor.selectionEnd, "end");
    editor.dispatchEvent(new Event("input"));
  }

  leave({ revert = false, focus = false } = {}) {
    const { editor } = this;
    if (!editor) return;
    this.editor = null;
    if (revert) this.revert();
    this.table.flush();
    // The focus moves on before its element goes: JupyterLab takes a focus that is lost.
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
    if (!this.model.get("undo") && !this.table.unsent) return;
    this.isUndoing = true;
    this.table.send({ do: "undo" });
  }

  // The clipboard

  onPaste(event) {
    const text = event.clipboardData.getData("text/plain");
    const isTable = /[\t\n]/.test(text.replace(/[\r\n]+$/, ""));
    if (this.editor && !isTable) return; // goes into the text
    event.preventDefault();
    event.stopPropagation();
    this.leave({ revert: true, focus: true });
    const row = this.table.rows[this.row];
    const column = Math.max(0, this.column);
    this.table.send({ do: "paste", row: row ? row.key : null, column, text });
  }

  onCopy(event) {
    if (this.editor || !this.table.rows.length) return;
    const [first, last] = this.selected;
    const whole = last > first || this.column < 0;
    const shown = (content) => content?.summary ?? content;
    const written = (text) => (/^"|[\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const lines = this.table.rows.slice(first, last + 1).map(({ cells }) =>
      (whole ? cells.map(shown).map(written) : [shown(cells[this.column])]).join("\t"));
    event.clipboardData.setData("text/plain", lines.join("\n"));
    event.preventDefault();
    event.stopPropagation();
  }

  // A pasted text that does not fit: a person says which of its columns goes where.
  drawOffer() {
    const offer = this.model.get("offer");
    const had = this.offer.contains(document.activeElement);
    this.offer.replaceChildren();
    if (!offer && had) this.focus();
    if (!offer) return;
    const id = `${this.id}-offer`;
    const text = control("textarea", { id: `${id}-text`, rows: 4, readonly: "" });
    text.value = offer.text;
    const header = control("input", { type: "checkbox", id: `${id}-header` });
    header.checked = offer.has_header;
    const places = offer.columns.map(({ first, to }, number) => {
      const names = ["leave out", ...this.columns.map(({ name }) => name)];
      const select = control("select", { id: `${id}-${number}` });
      names.forEach((name, at) => select.append(new Option(name, at - 1, false, at - 1 === to)));
      const label = `Column ${number + 1}${first ? ` (${first.slice(0, 30)})` : ""} goes to`;
      return element("div", {}, element("label", { for: select.id }, label), select);
    });
    const insert = control("button", { type: "button" }, "Insert rows");
    insert.addEventListener("click", () => {
      const to = places.map((place) => Number(place.querySelector("select").value));
      this.table.send({ do: "place", to, has_header: header.checked });
    });
    const dismiss = control("button", { type: "button" }, "Cancel");
    dismiss.addEventListener("click", () => this.table.send({ do: "dismiss" }));
    this.offer.append(
      element("p", {}, offer.message),
      element("label", { for: text.id }, "Pasted text"), text,
      element("div", {}, header, element("label", { for: header.id }, "The first line holds names")),
      ...places, element("div", {}, insert, dismiss),
    );
    this.offer.querySelector("select")?.focus();
  }
}

export default () => {
  let table = null;
  return {
    initialize({ model }) {
      table = new Table(model);
    },
    render({ el }) {
      const view = new View(table, el);
      table.views.add(view);
      view.draw();
      return () => view.end();
    },
  };
};
