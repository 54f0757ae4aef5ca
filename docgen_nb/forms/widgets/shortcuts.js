// JupyterLab runs single-key commands while a button or a list has the focus: "x" cuts the cell, and
// so it does after a click beside them: "r" takes the form off the page.
// It ignores keys in elements with this attribute, which Python cannot set.
const MARK = "data-lm-suppress-shortcuts";
const FOCUSABLE = "a[href], button, input, select, summary, textarea, [contenteditable], [tabindex]";
const WATCHED = {
  subtree: true, childList: true, attributes: true, attributeFilter: ["tabindex", "href"],
};

const protect = (root) => {
  for (const control of root.querySelectorAll(`:is(${FOCUSABLE}):not([${MARK}])`)) {
    control.setAttribute(MARK, "true");
  }
};

function render({ model, el }) {
  let frame = 0;
  let observer = null;
  const begin = () => {
    const root = el.closest(`.${model.get("root_class")}`);
    if (!root) {
      frame = requestAnimationFrame(begin); // the form is not on the page yet
      return;
    }
    // A click beside the controls gives the focus to the form: else letters would go to the cell.
    root.tabIndex = -1;
    root.setAttribute(MARK, "true");
    protect(root);
    observer = new MutationObserver(() => protect(root));
    observer.observe(root, WATCHED);
  };
  begin();
  return () => {
    cancelAnimationFrame(frame);
    observer?.disconnect();
  };
}

export default started({ render });
