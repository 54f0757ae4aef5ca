// Code with a button that copies it. If the page may not use the clipboard, the text is selected
// so that the keyboard can copy it.
async function copy(text, block) {
  try {
    await navigator.clipboard.writeText(text);
    return "Copied";
  } catch {
    const range = document.createRange();
    range.selectNodeContents(block);
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    return document.execCommand("copy") ? "Copied" : "Text selected. Press Ctrl+C to copy it.";
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
  const status = document.createElement("span");
  status.setAttribute("role", "status");
  const bar = document.createElement("div");
  bar.className = "docgen-code-bar";
  bar.append(button, status);
  const draw = () => {
    block.textContent = model.get("value");
    block.setAttribute("aria-label", model.get("label"));
    button.setAttribute("aria-label", `Copy: ${model.get("label")}`);
    status.textContent = "";
  };
  button.addEventListener("click", async () => {
    status.textContent = await copy(model.get("value"), block);
  });
  model.on("change:value", draw);
  model.on("change:label", draw);
  draw();
  el.append(bar, block);
  return () => {
    model.off("change:value", draw);
    model.off("change:label", draw);
  };
}

export default started({ render });
