// A list of problems; each is a button that moves the focus to its input.
const FOCUSABLE = "input:not([type=hidden]), textarea, select, button, [tabindex='0']";

function goTo(el, rootClass, place) {
  const box = el.closest(`.${rootClass}`)?.querySelector(`.${place}`);
  const input = box?.matches(FOCUSABLE) ? box : box?.querySelector(FOCUSABLE);
  if (!input) return;
  input.scrollIntoView({ block: "center" });
  input.focus();
}

function render({ model, el }) {
  const list = document.createElement("ul");
  list.className = "docgen-problems";
  const draw = () => {
    list.replaceChildren();
    for (const [text, place] of model.get("items")) {
      const item = document.createElement("li");
      if (place) {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = text;
        button.addEventListener("click", () => goTo(el, model.get("root_class"), place));
        item.append(button);
      } else {
        item.textContent = text;
      }
      list.append(item);
    }
    const more = model.get("more");
    if (more) list.append(Object.assign(document.createElement("li"), { textContent: `and ${more} more` }));
    list.hidden = list.children.length === 0;
  };
  model.on("change:items", draw);
  model.on("change:more", draw);
  draw();
  el.append(list);
  return () => {
    model.off("change:items", draw);
    model.off("change:more", draw);
  };
}

export default { render };
