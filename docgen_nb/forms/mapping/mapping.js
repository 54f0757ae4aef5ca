// The columns of a table and the fields that they fill ("columns"), and the documents that come of
// them ("documents"). Python holds the state; each act of a person is a message to it.
const CHUNK = 1 << 20; // bytes: Jupyter drops messages of 10 MB or more
const LEAVE_OUT = "Leave out";
const HANDLERS = ["onclick", "onchange", "oninput", "onfocus", "onblur", "onkeydown", "onpaste", "onmousedown"];

// h("p", { class: "a", onclick: f }, "text", node) makes an element; false children are left out.
function h(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) node[name] = value;
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== null) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child || child === 0));
  return node;
}
const sign = (name) => h("span", { class: `docgen-sign docgen-sign-${name}`, "aria-hidden": "true" });
const signed = (name, ...text) =>
  h("span", { class: "docgen-map-signed" }, sign(name), h("span", {}, ...text));
const button = (text, onclick, more = {}) =>
  h("button", { type: "button", class: "docgen-button", onclick, ...more }, text);

const isTyped = (node) => node === document.activeElement && ["text", "number"].includes(node.type);
const isAlike = (one, other) => one.nodeName === other.nodeName && one.dataset?.key === other.dataset?.key;

// Makes a node that is on the page like a new one. What a person is typing into it stays.
function update(node, fresh) {
  if (!node.attributes) {
    if (node.data !== fresh.data) node.data = fresh.data;
    return;
  }
  for (const { name } of [...node.attributes]) if (!fresh.hasAttribute(name)) node.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  for (const name of HANDLERS) node[name] = fresh[name];
  updateAll(node, [...fresh.childNodes]);
  if (!node.matches("input, select")) return;
  if (node.checked !== fresh.checked) node.checked = fresh.checked;
  if (node.value !== fresh.value && !isTyped(node)) node.value = fresh.value;
}

// Makes the children of a node like new ones; those that are alike remain, with focus and text.
function updateAll(parent, fresh) {
  let at = parent.firstChild;
  const drop = () => { const next = at.nextSibling; at.remove(); at = next; };
  for (const child of fresh) {
    let match = at;
    while (match && !isAlike(match, child)) match = match.nextSibling;
    if (!match) {
      parent.insertBefore(child, at);
      continue;
    }
    while (at !== match) drop();
    update(match, child);
    at = match.nextSibling;
  }
  while (at) drop();
}

// Draws again. The focus goes back to the control with the same key if that had to be made anew, or
// from a suggestion that was accepted to its field.
function redraw(root, nodes) {
  const active = root.contains(document.activeElement) ? document.activeElement : null;
  const key = active?.dataset.key;
  updateAll(root, nodes.filter(Boolean));
  if (!key || active === document.activeElement) return;
  const find = (one) => root.querySelector(`[data-key="${CSS.escape(one)}"]`);
  (find(key) ?? find(key.replace(/^accept /, "field ")))?.focus();
}

async function sendFile(model, file) {
  if (file.size > model.get("max_bytes")) {
    model.send({ action: "too large", name: file.name, size: file.size });
    return;
  }
  for (let at = 0; at === 0 || at < file.size; at += CHUNK) {
    const bytes = await file.slice(at, at + CHUNK).arrayBuffer();
    const isLast = at + CHUNK >= file.size;
    model.send({ action: "file", name: file.name, first: at === 0, last: isLast }, undefined, [bytes]);
  }
}

// A list of fields under the text in which a person searches for one of them.
class FieldList {
  constructor(model, send) {
    this.model = model;
    this.send = send;
    this.input = null;
    this.items = [];
    this.active = -1;
    this.list = h("ul", {
      id: `docgen-fields-${Math.random().toString(36).slice(2)}`,
      class: "docgen-map-list", role: "listbox", popover: "manual", "aria-label": "Fields",
    });
  }

  // Handlers find their input in the event: it may be older than they are.
  handlers(column) {
    return {
      onfocus: ({ target }) => target.select(),
      oninput: ({ target }) => this.open(target, column, target.value),
      onclick: ({ target }) => (this.input === target ? null : this.open(target, column, "")),
      onblur: () => this.close(true),
      onkeydown: (event) => this.onKey(event, column),
    };
  }

  onKey(event, column) {
    const { key, target: input } = event;
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      if (this.input !== input) this.open(input, column, "");
      else this.activate(this.active + (key === "ArrowDown" ? 1 : -1));
    } else if (key === "Enter" && this.input === input) {
      event.preventDefault();
      this.choose(this.active);
    } else if (key === "Escape" && this.input === input) {
      event.stopPropagation();
      this.close(true);
    }
  }

  open(input, column, text) {
    this.input = input;
    this.column = column;
    const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    const filled = new Map(this.model.get("state").columns.map((one) => [one.path, one.name]));
    this.items = this.model.get("fields")
      .filter(([path, label]) => words.every((one) => `${label} ${path}`.toLocaleLowerCase().includes(one)))
      .map(([path, label]) => ({ path, label, note: filled.has(path) ? `filled by ${filled.get(path)}` : "still empty" }));
    this.items.push({ path: null, label: "Leave this column out", note: "" });
    this.list.replaceChildren(...this.items.map((item, at) =>
      h("li", {
        id: `${this.list.id}-${at}`, role: "option", "aria-selected": "false", title: item.path ?? false,
        onmousedown: (event) => { event.preventDefault(); this.choose(at); },
      }, h("span", {}, item.label), h("span", { class: "docgen-soft" }, item.note))));
    if (!this.list.matches(":popover-open")) this.list.showPopover();
    this.place();
    input.setAttribute("aria-expanded", "true");
    const current = this.items.findIndex((item) => item.path === column.path);
    this.activate(text ? 0 : Math.max(0, current));
  }

  place() {
    const box = this.input.getBoundingClientRect();
    const below = window.innerHeight - box.bottom;
    const height = Math.min(280, this.list.scrollHeight + 2);
    const top = below < height + 8 && box.top > below ? box.top - height : box.bottom;
    Object.assign(this.list.style, { left: `${box.left}px`, top: `${top}px`, width: `${Math.max(260, box.width)}px` });
  }

  activate(at) {
    this.active = Math.max(0, Math.min(at, this.items.length - 1));
    [...this.list.children].forEach((node, index) => {
      node.setAttribute("aria-selected", String(index === this.active));
      if (index === this.active) node.scrollIntoView({ block: "nearest" });
    });
    this.input.setAttribute("aria-activedescendant", `${this.list.id}-${this.active}`);
  }

  choose(at) {
    const { column } = this;
    const { path, label } = this.items[at];
    this.input.value = path === null ? LEAVE_OUT : label;
    this.close(false);
    this.send({ action: "choose", column: column.name, path });
  }

  close(isCancelled) {
    if (!this.input) return;
    if (isCancelled) {
      const { columns = [] } = this.model.get("state");
      this.input.value = columns.find((one) => one.name === this.column.name)?.label || LEAVE_OUT;
    }
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    if (document.activeElement === this.input) this.input.select(); // what is typed next replaces it
    this.input = null;
    if (this.list.matches(":popover-open")) this.list.hidePopover();
  }
}

function samples(values) {
  const parts = values.map((text) => (text === "" ? h("em", {}, "empty") : h("span", {}, text)));
  return parts.flatMap((part, at) => (at ? [h("span", { class: "docgen-soft" }, " · "), part] : [part]));
}

function question(column, group, send) {
  const { text, choices, examples, answer } = column.question;
  const radio = ([value, label]) => h("th", { scope: "col" }, h("label", {}, h("input", {
    type: "radio", name: group, checked: value === answer, "data-key": `answer ${column.name} ${value}`,
    onchange: () => send({ action: "answer", column: column.name, format: value }),
  }), ` ${label}`));
  return h("tr", { class: "docgen-map-detail", role: "row", "data-key": `question ${column.name}` }, h("td", { colspan: 5, role: "cell" },
    h("p", {}, text),
    h("table", { "aria-label": `Ways to read ${column.name}` },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "In the table"), choices.map(radio))),
      h("tbody", {}, examples.map(([raw, ...readings]) => h("tr", {},
        h("td", {}, h("code", {}, raw)), readings.map((one) => h("td", {}, one))))))));
}

function columnRows(column, list, send) {
  const input = h("input", {
    ...list.handlers(column), type: "text", class: `docgen-text${column.suggestion ? " docgen-asks" : ""}`, role: "combobox",
    value: column.label || LEAVE_OUT, title: column.path || false, spellcheck: "false", autocomplete: "off",
    "aria-label": `Field for ${column.name}`, "aria-expanded": "false", "aria-controls": list.list.id,
    "aria-autocomplete": "list", "data-key": `field ${column.name}`,
  });
  const sure = column.path
    ? h("span", { class: "docgen-map-sure" }, h("i", { style: `--sure: ${column.share}%`, "aria-hidden": "true" }), column.match)
    : h("span", { class: "docgen-soft" }, "No match");
  const accept = column.suggestion && button("Accept", () => send({ action: "accept", column: column.name }), {
    class: "docgen-button docgen-small", "aria-label": `Accept ${column.label} for ${column.name}`,
    "data-key": `accept ${column.name}`,
  });
  const row = h("tr", { "data-key": `row ${column.name}`, role: "row", class: column.question ? "docgen-map-open" : false },
    h("th", { scope: "row", role: "rowheader" }, column.name),
    h("td", { role: "cell", class: "docgen-map-samples" }, samples(column.samples)),
    h("td", { role: "cell" }, h("div", { class: "docgen-map-combo" }, input, sign("open"))),
    h("td", { role: "cell" }, h("div", { class: "docgen-map-match" }, sure, accept)),
    h("td", { role: "cell" }, signed(column.sign, column.state)));
  return column.question ? [row, question(column, `${list.list.id} ${column.name}`, send)] : [row];
}

function source(state, model, send, ui) {
  const onFile = ({ target }) => {
    const [file] = target.files;
    target.value = ""; // so that the same file can be chosen again
    if (file) sendFile(model, file);
  };
  const input = h("input", {
    type: "file", hidden: true, accept: model.get("accept"), "aria-label": "Table", onchange: onFile,
  });
  const { name, facts, sheets, sheet, header_row: row } = state.source ?? {};
  const header = row > 0 && h("label", { class: "docgen-soft" }, "names in row ", h("input", {
    type: "number", class: "docgen-text docgen-map-row", min: 1, value: row, "data-key": "header",
    onchange: (event) => send({ action: "header", row: Number(event.target.value) || 1 }),
  }));
  const pick = sheets?.length > 1 && h("select", {
    class: "docgen-text", "aria-label": "Sheet", "data-key": "sheet",
    onchange: (event) => send({ action: "sheet", sheet: event.target.value }),
  }, sheets.map((one, at) => h("option", { value: one, selected: one === sheet }, `Sheet ${at + 1} of ${sheets.length}: ${one}`)));
  const area = h("textarea", {
    class: "docgen-text", rows: 4, "aria-label": "Cells to paste", "data-key": "paste",
    placeholder: "Paste cells copied from a spreadsheet, with the names of the columns in the first row",
    onpaste: (event) => {
      event.preventDefault();
      ui.pasting = false;
      send({ action: "paste", text: event.clipboardData.getData("text/plain") });
    },
  });
  return [
    h("div", { class: "docgen-map-source" },
      state.source ? h("span", {}, h("strong", {}, name), " ", pick, " ", h("span", { class: "docgen-soft" }, header ? `${facts.split(";")[0]}; ` : facts), header)
        : h("span", { class: "docgen-soft" }, "Choose a table with one row for each document, or for each line of a document."),
      h("span", { class: "docgen-map-right" },
        button("Choose a file…", () => ui.root.querySelector("input[type=file]").click(), { "data-key": "choose" }),
        button("Paste cells…", () => { ui.pasting = !ui.pasting; ui.draw(); ui.root.querySelector("textarea")?.focus(); },
          { class: "docgen-button docgen-quiet", "aria-expanded": String(ui.pasting), "data-key": "paste cells" })),
      input),
    ui.pasting && h("div", { class: "docgen-map-paste" }, area),
  ];
}

function drawColumns(model, ui) {
  const state = model.get("state");
  const send = (message) => model.send(message);
  const nodes = [...source(state, model, send, ui)];
  nodes.push(h("div", { class: "docgen-map-says", role: "status" },
    state.error && h("p", { class: "docgen-map-error" }, signed("error", state.error)),
    (state.notes ?? []).map((note) => h("p", {}, signed("warn", note))),
    state.summary && h("p", {}, signed(state.summary[0], h("strong", {}, state.summary[1]), ` ${state.summary[2]}`))));
  if (state.columns?.length) {
    const heads = ["Column", "Sample values", "Field", "Match", "State"];
    const unsure = state.columns.filter((one) => one.suggestion).length;
    if (unsure > 1) nodes.push(button("Accept all suggestions", () => send({ action: "accept all" }), { class: "docgen-button docgen-small", "data-key": "accept all" }));
    nodes.push(h("table", { class: "docgen-map", role: "table", "aria-label": "Columns" },
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, heads.map((one) => h("th", { scope: "col", role: "columnheader" }, one)))),
      h("tbody", { role: "rowgroup" }, state.columns.flatMap((one) => columnRows(one, ui.list, send)))));
  }
  redraw(ui.root, nodes);
}

function drawDocuments(model, ui) {
  const state = model.get("state");
  const send = (message) => model.send(message);
  if (!state.groupings) {
    redraw(ui.root, []);
    return;
  }
  const choice = ({ column, label, text }) => h("label", {},
    h("input", {
      type: "radio", name: ui.group, checked: column === state.group, "data-key": `group ${column}`,
      onchange: () => send({ action: "group", column }),
    }),
    h("span", {}, label), h("span", { class: "docgen-soft" }, text));
  const near = state.groupings.filter((one) => !one.is_other);
  const others = state.groupings.filter((one) => one.is_other);
  const chosen = others.find((one) => one.column === state.group);
  const another = others.length + state.impossible.length > 0 && h("label", {},
    sign(chosen ? "ok" : "closed"), h("span", {}, "Another column"),
    h("span", {}, h("select", {
      class: "docgen-text", "data-key": "another",
      onchange: (event) => event.target.value && send({ action: "group", column: event.target.value }),
    }, h("option", { value: "" }, "Choose a column"),
    others.map((one) => h("option", { value: one.column, selected: one === chosen }, `${one.label}: ${one.text}`)),
    state.impossible.map((text) => h("option", { disabled: true }, text)))));
  const { title, headers, rows, more } = state.documents;
  const offer = state.names?.offer && button(state.names.offer, () => send({ action: "name" }), { class: "docgen-button docgen-small", "data-key": "name" });
  redraw(ui.root, [
    state.groupings.length + state.impossible.length > 1 && h("fieldset", { class: "docgen-map-choices" },
      h("legend", {}, "One document per"), near.map(choice), another),
    h("h3", {}, title),
    state.error && h("p", { class: "docgen-map-error" }, signed("error", state.error)),
    rows.length > 0 && h("table", { class: "docgen-map-documents", "aria-label": title },
      h("thead", {}, h("tr", {}, headers.map((one) => h("th", { scope: "col" }, one)))),
      h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell) => h("td", {}, cell)))))),
    more && h("p", { class: "docgen-soft" }, more),
    h("ul", { class: "docgen-map-problems" },
      state.names && h("li", {}, signed("warn", state.names.text, offer)), state.problems.map((text) => h("li", {}, signed("warn", text)))),
  ]);
}

function render({ model, el }) {
  const draw = model.get("part") === "columns" ? drawColumns : drawDocuments;
  const root = h("div", { class: "docgen-mapping" });
  const list = new FieldList(model, (message) => model.send(message));
  const ui = { root, list, pasting: false, group: `docgen-${Math.random().toString(36).slice(2)}`, draw: () => draw(model, ui) };
  const onScroll = (event) => { if (!list.list.contains(event.target)) list.close(true); };
  el.append(root, list.list);
  ui.draw();
  const onMessage = ({ action }) => {
    if (action === "used") el.closest(".docgen-form")?.scrollIntoView({ block: "start" });
  };
  model.on("change:state", ui.draw);
  model.on("msg:custom", onMessage);
  window.addEventListener("scroll", onScroll, true);
  return () => {
    model.off("change:state", ui.draw);
    model.off("msg:custom", onMessage);
    window.removeEventListener("scroll", onScroll, true);
  };
}

export default started({ render });
