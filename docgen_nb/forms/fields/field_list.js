// The fields of a template in groups: one label, input, note and message for each. Python holds the
// values; this sends what is typed, and shows what Python says about it.
const KEY = "data-lm-suppress-shortcuts";
const PREFIX = `docgen-input-${Math.random().toString(36).slice(2)}`; // other lists have other ids
let count = 0;

const make = (tag, options = {}, ...children) => {
  const element = document.createElement(tag);
  const { attributes = {}, ...properties } = options;
  Object.assign(element, properties);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};
const sign = (name) => make("span", { className: `docgen-sign docgen-sign-${name}` });

function newText(field, id, send) {
  const isLong = field.text.includes("\n");
  const input = make(isLong ? "textarea" : "input", {
    id,
    value: field.text,
    className: "docgen-text",
    placeholder: field.placeholder,
    disabled: field.is_locked,
    autocomplete: "off",
    spellcheck: field.kind === "text",
  });
  if (isLong) input.rows = Math.min(8, field.text.split("\n").length + 1);
  input.addEventListener("input", () => send("type", input.value));
  input.addEventListener("blur", () => send("leave"));
  return { input, read: () => input.value, write: (text) => (input.value = text), label: "for" };
}

function newDate(field, id, send) {
  const text = newText(field, id, send);
  const calendar = make("input", { type: "date", tabIndex: -1, className: "docgen-calendar" });
  calendar.setAttribute("aria-hidden", "true");
  const button = make(
    "button",
    { type: "button", className: "docgen-button docgen-quiet", title: "Open the calendar" },
    sign("calendar"),
  );
  button.setAttribute("aria-label", `Calendar for ${field.label}`);
  button.addEventListener("click", () => {
    calendar.value = /^\d{4}-\d\d-\d\d/.test(text.input.value) ? text.input.value.slice(0, 10) : "";
    calendar.showPicker();
  });
  calendar.addEventListener("change", () => {
    if (!calendar.value) return;
    text.write(calendar.value);
    send("type", calendar.value);
    send("leave");
    text.input.focus();
  });
  const box = make("div", { className: "docgen-date" }, text.input, calendar, button);
  return { ...text, box };
}

function newYesNo(field, id, send) {
  const box = make("div", { className: "docgen-segments", id });
  box.setAttribute("role", "radiogroup");
  const inputs = ["Yes", "No", "Not set"].map((name) => {
    const input = make("input", { type: "radio", name: id, value: name });
    input.checked = name === field.text;
    input.addEventListener("change", () => {
      send("type", name);
      send("leave");
    });
    box.append(make("label", {}, input, name));
    return input;
  });
  const write = (text) => inputs.forEach((one) => (one.checked = one.value === text));
  const read = () => inputs.find((one) => one.checked)?.value ?? "";
  return { input: box, box, read, write, label: "by" };
}

const MAKERS = { boolean: newYesNo, date: newDate };

class Row {
  constructor(field, send) {
    count += 1;
    const id = `${PREFIX}-${count}`;
    this.path = field.path;
    this.control = (MAKERS[field.kind] ?? newText)(field, id, send);
    this.note = make("span", { className: "docgen-note-beside docgen-soft docgen-small" });
    this.said = make("div", { className: "docgen-said", id: `${id}-said`, hidden: true });
    const { input, box = input } = this.control;
    const label = make(this.control.label === "for" ? "label" : "span", {
      id: `${id}-label`, title: field.path, className: "docgen-label",
    }, field.label);
    if (this.control.label === "for") label.htmlFor = id;
    else input.setAttribute("aria-labelledby", label.id);
    if (field.is_optional) {
      label.append(" ", make("span", { className: "docgen-soft" }, "(optional)"));
    } else if (this.control.label === "for") {
      input.setAttribute("aria-required", "true");
    }
    if (field.options.length) {
      const list = make("datalist", { id: `${id}-options` });
      list.append(...field.options.map((value) => make("option", { value })));
      input.setAttribute("list", list.id);
      box.append(list);
    }
    const beside = make("div", { className: "docgen-beside" }, box, this.note);
    if (field.same) beside.append(this.override(field, input, send));
    this.element = make(
      "div",
      { className: `docgen-field docgen-kind-${field.kind} ${field.place}` },
      label, make("div", {}, beside, this.said),
    );
    this.shown = "";
    this.send = send;
  }

  // A person is in it, or has typed what Python does not know yet.
  get isUsed() {
    return this.element.contains(document.activeElement) || !["", "Not set"].includes(this.control.read());
  }

  // A button for this document alone, while the value for all documents stands in the input.
  override(field, input, send) {
    const isEmptied = field.same === "emptied";
    const button = make("button", { type: "button", className: "docgen-link docgen-small" });
    button.textContent = isEmptied ? "Use the value for all" : "Leave empty here";
    button.setAttribute("aria-label", `${button.textContent}: ${field.label}`);
    button.addEventListener("click", () => {
      input.focus();
      send(isEmptied ? "same" : "empty");
    });
    const show = () => { button.hidden = input.value !== ""; };
    input.addEventListener("input", show);
    show();
    return button;
  }

  show(state = {}) {
    const text = JSON.stringify(state);
    if (text === this.shown) return;
    this.shown = text;
    const { words = "", message = "", choices = [] } = state;
    const { input } = this.control;
    this.note.textContent = words;
    const asks = choices.length > 0;
    input.classList.toggle("docgen-asks", asks);
    if (message) {
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", this.said.id);
    } else {
      input.removeAttribute("aria-invalid");
      input.removeAttribute("aria-describedby");
    }
    const answers = choices.map(([label, value]) => {
      const button = make("button", { type: "button", className: "docgen-button docgen-small" });
      button.textContent = label;
      button.setAttribute(KEY, "true");
      button.addEventListener("click", () => {
        this.control.write(value);
        this.send("type", value);
        input.focus();
      });
      return button;
    });
    const bar = answers.length ? [make("div", { className: "docgen-answers" }, ...answers)] : [];
    this.said.hidden = !message;
    this.said.replaceChildren(
      ...(message ? [sign(asks ? "ask" : "error"), make("div", {}, message, ...bar)] : []),
    );
  }
}

function render({ model, el }) {
  el.classList.add("docgen-field-list");
  let rows = new Map();
  let badges = new Map();
  let folds = new Map();
  let groups = [];

  const newGroup = (group) => {
    const body = make("div");
    for (const field of group.fields) {
      const send = (action, text) => model.send({ action, path: field.path, text });
      const row = new Row(field, send);
      rows.set(field.path, row);
      body.append(row.element);
    }
    if (!group.title) return addGroup(group, body);
    const button = make("button", { type: "button", title: group.id, className: "docgen-fold" });
    button.append(sign("open"), group.title);
    button.addEventListener("click", () => model.send({ action: "fold", path: group.id }));
    folds.set(group.id, { button, body });
    const badge = make("span", { className: "docgen-soft docgen-small" });
    badges.set(group.id, badge);
    return addGroup(group, make("h3", {}, button, badge), body);
  };
  const addGroup = (group, ...parts) => {
    const element = make("div", { className: "docgen-group" }, ...parts);
    groups.push({ element, paths: group.fields.map((field) => field.path) });
    return element;
  };
  const focused = () => {
    const active = document.activeElement;
    if (!el.contains(active)) return null;
    const path = [...rows.values()].find((row) => row.element.contains(active))?.path;
    return path ? { path, start: active.selectionStart, end: active.selectionEnd } : null;
  };
  const refocus = (place) => {
    const input = place && rows.get(place.path)?.control.input;
    if (!input?.focus) return;
    input.focus({ preventScroll: true });
    if (place.start !== null && place.start !== undefined) {
      input.setSelectionRange?.(place.start, place.end);
    }
  };
  const show = () => {
    const messages = model.get("messages");
    for (const [path, row] of rows) row.show(messages[path]);
    const texts = model.get("badges");
    for (const [id, badge] of badges) badge.textContent = texts[id] ?? "";
  };
  const draw = () => {
    const place = focused();
    rows = new Map();
    badges = new Map();
    folds = new Map();
    groups = [];
    el.replaceChildren(...model.get("groups").map(newGroup));
    show();
    fold();
    hide();
    refocus(place);
  };
  const hide = () => {
    const paths = new Set(model.get("hidden"));
    for (const [path, row] of rows) row.element.hidden = paths.has(path) && !row.isUsed;
    for (const { element, paths } of groups) {
      element.hidden = paths.length > 0 && paths.every((path) => rows.get(path).element.hidden);
    }
  };
  const fold = () => {
    for (const [id, { button, body }] of folds) {
      body.hidden = model.get("folded").includes(id);
      button.setAttribute("aria-expanded", String(!body.hidden));
      button.firstChild.className = `docgen-sign docgen-sign-${body.hidden ? "closed" : "open"}`;
    }
  };
  model.on("change:groups", draw);
  model.on("change:messages", show);
  model.on("change:badges", show);
  model.on("change:folded", fold);
  model.on("change:hidden", hide);
  draw();
  model.send({ action: "refresh" }); // another view may have typed since
  return () => {
    model.off("change:groups", draw);
    model.off("change:messages", show);
    model.off("change:badges", show);
    model.off("change:folded", fold);
    model.off("change:hidden", hide);
  };
}

export default started({ render });
