// A text with a button that copies it. Where the page may not use the clipboard, the text is
// selected instead, so that the keyboard can copy it.
async function copy(text, block) {
  try {
    await navigator.clipboard.writeText(text);
    return "Copied.";
  } catch {
    const range = document.createRange();
    range.selectNodeContents(block);
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    return document.execCommand("copy") ? "Copied." : "Selected: press Ctrl+C to copy.";
  }
}

function render({ model, el }) {
  const block = document.createElement("pre");
  block.className = "docgen-code";
  block.tabIndex = 0;
  block.setAttribute("role", "region");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  const bar = document.createElement("div");
  bar.className = "docgen-code-bar";
  bar.append(button, said);
  const draw = () => {
    block.textContent = model.get("text");
    block.setAttribute("aria-label", model.get("label"));
    button.setAttribute("aria-label", `Copy: ${model.get("label")}`);
    said.textContent = "";
  };
  button.addEventListener("click", async () => {
    said.textContent = await copy(model.get("text"), block);
  });
  model.on("change:text", draw);
  model.on("change:label", draw);
  draw();
  el.append(bar, block);
  return () => {
    model.off("change:text", draw);
    model.off("change:label", draw);
  };
}

export default { render };
