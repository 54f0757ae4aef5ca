// A choice of one of a few options: radio buttons that look like the segments of a bar.
function render({ model, el }) {
  const name = `docgen-segments-${Math.random()}`; // modules of two widgets share no counter
  const group = document.createElement("div");
  group.className = "docgen-segments";
  group.setAttribute("role", "radiogroup");
  group.setAttribute("aria-label", model.get("description"));
  for (const [text, option] of model.get("options")) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    Object.assign(input, { type: "radio", name, value: option });
    input.addEventListener("change", () => {
      model.set("value", option);
      model.save_changes();
    });
    label.append(input, text);
    group.append(label);
  }
  const draw = () => {
    for (const input of group.querySelectorAll("input")) {
      input.checked = input.value === model.get("value");
    }
  };
  model.on("change:value", draw);
  draw();
  el.append(group);
  return () => model.off("change:value", draw);
}

export default started({ render });
