// A button that reads one file of the person; its size is checked before it is sent.
function render({ model, el }) {
  const input = h("input", { type: "file", accept: model.get("accept"), hidden: true, tabIndex: -1, "aria-label": model.get("label") });
  const said = h("span", { role: "status", className: "docgen-soft docgen-small" });
  const open = button(`docgen-button${model.get("is_quiet") ? " docgen-quiet" : ""}`, () => input.click(), model.get("label"));
  input.addEventListener("change", async () => {
    const file = input.files[0];
    input.value = "";
    if (!file) return;
    const limit = model.get("max_bytes");
    const isTooLarge = file.size > limit;
    setText(said, isTooLarge ? `${file.name} is larger than ${Math.round(limit / 1048576)} MB.` : "");
    if (!isTooLarge) model.send({ name: file.name }, undefined, [await file.arrayBuffer()]);
  });
  el.append(h("span", { className: "docgen" }, open, input, said));
}

export default started({ render });
