// The bottom of a form: its status, and above it the problems by cause. Python is told what is
// clicked, and asks to move the focus or to scroll.
const FOCUSABLE = "input:not([type=hidden]):not([tabindex='-1']):enabled, textarea, select, button, [tabindex='0']";
const ATTEMPTS = 60; // animation frames, while other fields are drawn

const make = (tag, className, text) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
};
const nameOf = (button) => button.getAttribute("aria-label") ?? button.textContent;
const link = (text, onClick) => {
  const button = make("button", "docgen-link", text);
  button.type = "button";
  button.addEventListener("click", onClick);
  return button;
};

// Moves the focus to a place, unless a person has left the control that asked for it: Python may
// answer late, and what is typed would land in another control.
function focusPlace(root, place, asked, attempt = 0) {
  const active = document.activeElement;
  if (!root || (root.contains(active) && active !== asked())) return;
  const box = root.querySelector(`.${place}`);
  const input = box?.matches(FOCUSABLE) ? box : box?.querySelector(FOCUSABLE);
  if (input && input.getClientRects().length) {
    input.scrollIntoView({ block: "center" });
    input.focus();
  } else if (attempt < ATTEMPTS) {
    requestAnimationFrame(() => focusPlace(root, place, asked, attempt + 1));
  }
}

const scrollerOf = (node) => {
  const parent = node.parentElement;
  if (!parent) return document.documentElement;
  return /auto|scroll/.test(getComputedStyle(parent).overflowY) ? parent : scrollerOf(parent);
};

// Scrolls to the top of a place if that is above the window, at once: nothing moves on the page.
function scrollToTop(root, place, attempt = 0) {
  const box = root?.querySelector(`.${place}`);
  if (box?.getClientRects().length) {
    const edge = Math.max(0, scrollerOf(box).getBoundingClientRect().top);
    if (box.getBoundingClientRect().top < edge) box.scrollIntoView({ block: "start" });
  } else if (attempt < ATTEMPTS) {
    requestAnimationFrame(() => scrollToTop(root, place, attempt + 1));
  }
}

function render({ model, el }) {
  el.classList.add("docgen-bar");
  const problems = make("div", "docgen-problems");
  problems.setAttribute("role", "region");
  problems.setAttribute("aria-label", "Problems");
  problems.tabIndex = -1; // after a click into it, Escape is heard
  const sign = make("span");
  const text = make("span", "docgen-state");
  text.setAttribute("role", "status");
  const detail = make("span", "docgen-soft");
  const advice = make("span");
  const toggle = make("button", "docgen-button docgen-quiet docgen-small");
  toggle.type = "button";
  toggle.addEventListener("click", () => model.send({ action: "toggle" }));
  // Closes the problems, and leaves the focus where they are opened again.
  const close = () => {
    problems.hidden = true; // at once: a second Escape would open them again
    toggle.focus();
    model.send({ action: "toggle" });
  };
  el.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || problems.hidden) return;
    event.stopPropagation();
    close();
  });
  const output = make("span", "docgen-soft");
  const change = link("Change…", () => model.send({ action: "output" }));
  change.setAttribute("aria-label", "Change the output");
  const made = make("span", "docgen-right");
  made.append(output, " ", change);
  const line = make("div", "docgen-status");
  line.append(sign, text, advice, toggle, detail, made);
  const fault = make("details", "docgen-error docgen-fault");
  const trace = make("pre");
  trace.tabIndex = 0;
  fault.append(make("summary", "", "Technical details"), trace);

  const drawStatus = () => {
    const status = model.get("status");
    sign.hidden = !status.sign;
    sign.className = status.sign ? `docgen-sign docgen-sign-${status.sign}` : "";
    if (text.textContent !== status.text) text.textContent = status.text;
    const isOpen = model.get("is_open");
    const hasCauses = model.get("causes").length > 0;
    toggle.hidden = !hasCauses;
    toggle.setAttribute("aria-expanded", String(isOpen));
    toggle.replaceChildren(
      make("span", `docgen-sign docgen-sign-${isOpen ? "open" : "closed"}`), isOpen ? "Hide" : "Show",
    );
    toggle.setAttribute("aria-label", isOpen ? "Hide problems" : "Show problems");
    detail.textContent = hasCauses && !isOpen ? status.detail : "";
    advice.textContent = status.advice;
    fault.hidden = !status.trace;
    if (trace.textContent !== status.trace) {
      trace.textContent = status.trace;
      fault.open = false;
    }
    output.textContent = model.get("output");
    made.hidden = !model.get("output");
    problems.hidden = !isOpen || !hasCauses;
  };
  const drawProblems = () => {
    const list = document.createElement("dl");
    const shut = make("button", "docgen-button docgen-quiet docgen-small", "Close ✕");
    shut.type = "button";
    shut.setAttribute("aria-label", "Close the list of problems");
    shut.addEventListener("click", close);
    const head = make("div", "docgen-problems-head");
    head.append(make("h3", "", "Problems"), shut);
    for (const [cause, items] of model.get("causes")) {
      list.append(make("dt", "docgen-soft", cause));
      for (const [label, message, number, actions] of items) {
        const item = document.createElement("dd");
        if (number >= 0) item.append(link(label, () => model.send({ action: "jump", number })));
        else if (label) item.append(make("span", "", label));
        item.append(" ", make("span", "", message));
        for (const [action, text] of actions) {
          const more = link(text, () => model.send({ action, number }));
          more.setAttribute("aria-label", `${text} (${label})`);
          item.append("  ", more);
        }
        list.append(item);
      }
    }
    const focused = problems.contains(document.activeElement) ? nameOf(document.activeElement) : "";
    problems.replaceChildren(head, list);
    if (focused) [...problems.querySelectorAll("button")].find((one) => nameOf(one) === focused)?.focus();
    drawStatus();
  };
  let clicked = null; // the control that asks Python for something
  const onClick = () => { clicked = document.activeElement; };
  document.addEventListener("click", onClick, true);
  const onMessage = ({ focus, top }) => {
    const root = el.closest(`.${model.get("root_class")}`);
    if (focus) focusPlace(root, focus, () => clicked);
    if (top) scrollToTop(root, top);
  };
  const names = { status: drawStatus, is_open: drawStatus, output: drawStatus, causes: drawProblems };
  for (const [name, draw] of Object.entries(names)) model.on(`change:${name}`, draw);
  model.on("msg:custom", onMessage);
  drawProblems();
  el.append(problems, line, fault);
  return () => {
    for (const [name, draw] of Object.entries(names)) model.off(`change:${name}`, draw);
    model.off("msg:custom", onMessage);
    document.removeEventListener("click", onClick, true);
  };
}

export default started({ render });
