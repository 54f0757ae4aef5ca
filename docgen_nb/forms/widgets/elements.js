// What the modules of several widgets share: elements, signs, statuses and times.
// Python puts this file before theirs, because a widget is one module.
const KEY = "data-lm-suppress-shortcuts"; // JupyterLab ignores keys in elements with this attribute

// Of each status: its sign, its color, its words and the filter that it belongs to.
const STATUSES = {
  pending: ["wait", "soft", "Pending", "progress"],
  submitted: ["run", "run", "Submitted", "progress"],
  completed: ["ok", "ok", "Completed", "completed"],
  completed_with_error: ["warn", "warn", "With errors", "errors"],
  failed: ["fail", "error", "Failed", "failed"],
};
const statusOf = (word) => STATUSES[word] ?? ["ask", "warn", word || "Unknown", "other"];

// Elements

function h(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (name === "on") for (const [event, call] of Object.entries(value)) element.addEventListener(event, call);
    else if (name in element && name !== "role") element[name] = value;
    else element.setAttribute(name, value);
  }
  if (/^(BUTTON|INPUT|SELECT|A|SUMMARY)$/.test(element.tagName)) element.setAttribute(KEY, "true");
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const sign = (name, color = "") => h("span", { className: `i i-${name} ${color && `is-${color}`}`, "aria-hidden": "true" });
const button = (className, on, ...children) => h("button", { type: "button", className, on: { click: on } }, ...children);
const setText = (element, text) => { if (element.textContent !== text) element.textContent = text; };

function statusSign(word) {
  const [name, color, text] = statusOf(word);
  return h("span", { className: "sign" }, sign(name, color), text);
}

function copyButton(text, name) {
  const said = h("span", { className: "soft small", role: "status" });
  const copy = button("icon", async (event) => {
    event.stopPropagation();
    try {
      await navigator.clipboard.writeText(text);
      setText(said, "Copied");
    } catch {
      setText(said, "Copying is blocked here: select the text and press Ctrl+C");
    }
    setTimeout(() => setText(said, ""), 4000);
  }, sign("copy"));
  copy.setAttribute("aria-label", `Copy ${name}`);
  copy.title = `Copy ${name}`;
  return h("span", { className: "copy" }, copy, said);
}

// Times, in the zone of the person

const two = (number) => String(number).padStart(2, "0");
const dateOf = (time) => `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
const clockOf = (time) => `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
const momentOf = (milliseconds) => {
  if (milliseconds === null) return "";
  if (Number.isNaN(milliseconds)) return "";
  const time = new Date(milliseconds);
  return `${dateOf(time)} ${clockOf(time)}`;
};
const zoneName = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

function zone(milliseconds) {
  const name = zoneName();
  const minutes = -new Date(milliseconds).getTimezoneOffset();
  if (name === "UTC") return name;
  return `${name}, UTC${minutes < 0 ? "-" : "+"}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
}
