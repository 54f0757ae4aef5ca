// The batches of the last days; each can be taken up.
function render({ model, el }) {
  const list = h("ul");
  const note = h("p", { className: "soft small", role: "status" });
  const refresh = button("icon", () => model.send({ do: "refresh" }), sign("again"));
  refresh.setAttribute("aria-label", "Read the recent batches again");
  refresh.title = "Read the recent batches again";
  const input = h("input", { className: "text mono", "aria-label": "Batch id", placeholder: "Batch id" });
  const openTyped = () => {
    if (input.value.trim()) model.send({ do: "open", id: input.value.trim() });
  };
  const enter = h("div", { className: "bar", hidden: true }, input, button("btn", openTyped, "Open"));
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // JupyterLab does not let a form be submitted by the key
    openTyped();
  });
  const ask = button("link", () => {
    enter.hidden = !enter.hidden;
    if (!enter.hidden) input.focus();
  }, "Enter a batch id…");

  const itemOf = ({ id, template, counts, created, here }) => {
    const open = button("link", () => model.send({ do: "open", id }), "Open");
    open.setAttribute("aria-label", `Open the batch of ${template}, ${momentOf(created)}`);
    const states = counts.map(([status, count]) => {
      const [name, color, text] = statusOf(status);
      return h("span", { className: "sign" }, sign(name, color), `${count.toLocaleString("en")} ${text.toLowerCase()}`);
    });
    return h("li", { className: here ? "here" : "" },
      h("div", { className: "bar" }, h("b", { className: "grow cut", title: template }, template), here ? h("span", { className: "soft small" }, "Shown here") : open),
      h("div", { className: "counts" }, ...states),
      h("div", { className: "soft small", title: id }, `${momentOf(created).slice(0, 16)} · `, h("span", { className: "mono" }, `${id.slice(0, 8)}${id.length > 8 ? "…" : ""}`)));
  };

  const draw = () => {
    const focus = list.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : "";
    list.replaceChildren(...model.get("items").map(itemOf));
    if (focus) [...list.querySelectorAll("button")].find((one) => one.getAttribute("aria-label") === focus)?.focus();
    setText(note, `${model.get("note")} Times: ${zone(Date.now())}.`.trim());
  };
  const names = ["items", "note"];
  for (const name of names) model.on(`change:${name}`, draw);
  draw();
  el.append(h("section", { className: "dg-rows dg-recent", "aria-label": "Recent batches" }, h("div", { className: "bar" }, h("h3", { className: "grow" }, "Recent batches"), refresh), list, h("div", { className: "bar" }, ask), enter, note));
  return () => {
    for (const name of names) model.off(`change:${name}`, draw);
  };
}

export default started({ render });
