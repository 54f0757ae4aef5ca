// The jobs of a batch: the status and messages of each document, its download, and a retry.
const cell = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });

function newButton(text, name, onClick) {
  const button = cell("button", text);
  button.type = "button";
  button.setAttribute("aria-label", name);
  button.addEventListener("click", onClick);
  return button;
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
  const actions = document.createElement("td");
  const title = row.name || `job ${row.job}`;
  const send = (action) => () => model.send({ action, number: row.number });
  if (row.file) actions.append(newButton("Download", `Download ${title}`, send("download")));
  if (row.link) {
    const link = cell("a", "Open in Box");
    link.href = row.link;
    link.target = "_blank";
    link.rel = "noopener";
    actions.append(link);
  }
  if (row.retry && model.get("can_retry")) {
    actions.append(newButton("Edit and retry", `Edit and retry ${title}`, send("retry")));
  }
  line.append(cell("td", row.name), cell("td", row.job), status, actions);
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
    // Keep the focus on the same button while the rows around it are redrawn.
    const name = table.contains(document.activeElement) && document.activeElement.getAttribute("aria-label");
    body.replaceChildren(...model.get("rows").map((row) => rowOf(model, row)));
    if (name) [...body.querySelectorAll("button")].find((button) => button.getAttribute("aria-label") === name)?.focus();
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
