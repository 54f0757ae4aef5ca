// The jobs of a batch: what became of each document, its download, and a way to try again.
const cell = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });

function button(text, name, act) {
  const made = cell("button", text);
  made.type = "button";
  made.setAttribute("aria-label", name);
  made.addEventListener("click", act);
  return made;
}

function save(name, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content]));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function rowOf(model, row) {
  const line = document.createElement("tr");
  const status = cell("td", row.status);
  for (const text of row.messages) status.append(cell("div", text));
  const acts = document.createElement("td");
  const title = row.name || `job ${row.job}`;
  const ask = (what) => () => model.send({ do: what, number: row.number });
  if (row.file) acts.append(button("Download", `Download ${title}`, ask("download")));
  if (row.link) {
    const link = cell("a", "Open in Box");
    link.href = row.link;
    link.target = "_blank";
    link.rel = "noopener";
    acts.append(link);
  }
  if (row.retry && model.get("can_retry")) {
    acts.append(button("Edit and retry", `Edit and retry ${title}`, ask("retry")));
  }
  line.append(cell("td", row.name), cell("td", row.job), status, acts);
  return line;
}

function render({ model, el }) {
  const table = document.createElement("table");
  table.className = "docgen-batch";
  table.append(cell("caption", "Documents of this batch"));
  const head = table.createTHead().insertRow();
  for (const name of ["Document", "Job", "Status", "Actions"]) {
    const column = cell("th", name);
    column.scope = "col";
    head.append(column);
  }
  const body = table.createTBody();
  const more = document.createElement("p");
  const draw = () => {
    // The focus stays on the same button, whatever is drawn anew around it.
    const name = table.contains(document.activeElement) && document.activeElement.getAttribute("aria-label");
    body.replaceChildren(...model.get("rows").map((row) => rowOf(model, row)));
    if (name) [...body.querySelectorAll("button")].find((one) => one.getAttribute("aria-label") === name)?.focus();
    more.textContent = model.get("more") ? `and ${model.get("more")} more` : "";
    table.hidden = body.rows.length === 0;
  };
  const receive = (message, buffers) => save(message.name, buffers[0]);
  model.on("msg:custom", receive);
  for (const name of ["rows", "more", "can_retry"]) model.on(`change:${name}`, draw);
  draw();
  el.append(table, more);
  return () => {
    model.off("msg:custom", receive);
    for (const name of ["rows", "more", "can_retry"]) model.off(`change:${name}`, draw);
  };
}

export default { render };
