// A choice of one of a few options: radio buttons that look like the segments of a bar.
let count = 0;

function render({ model, el }) {
  count += 1;
  const name = `docgen-segments-${count}`;
  const group = document.createElement("div");
  group.className = "docgen-segments";
  group.setAttribute("role", "radiogroup");
  group.setAttribute("aria-label", model.get("description"));
  for (const option of model.get("options")) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    Object.assign(input, { type: "radio", name, value: option });
    input.addEventListener("change", () => {
      model.set("value", option);
      model.save_changes();
    });
    label.append(input, option);
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

export default { render };
