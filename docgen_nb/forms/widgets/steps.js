// The steps of a form, each with a sign and one line of state; a click goes to the step.
function render({ model, el }) {
  el.classList.add("docgen-steps");
  const list = document.createElement("ol");
  const draw = () => {
    const focused = [...list.querySelectorAll("button")].indexOf(document.activeElement);
    list.replaceChildren();
    model.get("steps").forEach(([name, state, sign], number) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.classList.toggle("docgen-later", sign === "wait");
      if (number === model.get("current")) button.setAttribute("aria-current", "step");
      const mark = document.createElement("span");
      mark.className = `docgen-sign docgen-sign-${sign}`;
      const title = document.createElement("b");
      title.textContent = `${number + 1} ${name}`;
      const text = document.createElement("span");
      text.textContent = state;
      button.append(mark, title, text);
      button.addEventListener("click", () => model.send({ action: "go", step: number }));
      item.append(button);
      list.append(item);
    });
    if (focused >= 0) list.querySelectorAll("button")[focused]?.focus();
  };
  model.on("change:steps", draw);
  model.on("change:current", draw);
  draw();
  el.append(list);
  model.send({ action: "shown" });
  return () => {
    model.off("change:steps", draw);
    model.off("change:current", draw);
  };
}

export default started({ render });
