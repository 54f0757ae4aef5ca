"""JupyterLab with one notebook at a time, as a person has it before them."""

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from browser.lab_server import Lab

KERNEL_READY = """() => {
  const kernel = window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel;
  return !!kernel && kernel.connectionStatus === 'connected' && kernel.status === 'idle';
}"""
RUN_ALL = """milliseconds => Promise.race([
  window.jupyterapp.commands.execute('notebook:run-all-cells'),
  new Promise((_, no) => setTimeout(() => no(new Error('still running')), milliseconds)),
])"""
# These return nothing: JupyterLab's objects can be too large to be sent.
CHOOSE = """async theme => {
  await window.jupyterapp.commands.execute('apputils:change-theme', {theme});
}"""
# Without a question about changes, and with the kernel.
CLOSE = """async () => {
  for (const opened of [...window.jupyterapp.shell.widgets('main')]) {
    await opened.sessionContext?.shutdown();
    if (opened.context?.model) opened.context.model.dirty = false;
    opened.close();
  }
}"""
RUN_CODE = """code =>
  window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({code}).done
    .then(reply => reply.content.status)"""
OPEN = """async path => {
  await window.jupyterapp.commands.execute('docmanager:open', {path, factory: 'Notebook'});
}"""
OUTPUTS = """() => window.jupyterapp.shell.currentWidget.content.widgets
  .filter(cell => cell.model.type === 'code')
  .map(cell => cell.model.outputs.toJSON())"""

# anywidget gives a widget 2 s to start, and one that takes longer on a busy machine, or is closed
# before, is an error of the page. Here nothing ends it.
PATIENCE = """const timeout = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = milliseconds =>
  milliseconds === 2000 ? new AbortController().signal : timeout(milliseconds);"""


def new_context(browser: Browser, **options: Any) -> BrowserContext:
    """Return a context for the pages of a test."""
    context = browser.new_context(reduced_motion="reduce", locale="en-GB", **options)
    context.add_init_script(PATIENCE)
    return context


class LabPage:
    """A page with JupyterLab, which is loaded once, and what went wrong on it."""

    def __init__(self, page: Page, lab: Lab) -> None:
        self.page, self._lab, self._is_loaded = page, lab, False
        self._path: str | None = None
        self.faults: list[str] = []
        page.on("pageerror", self._note_error)
        page.on("requestfailed", lambda request: self.faults.append(f"request: {request.url}"))
        page.on("console", self._note_console)

    def _note_error(self, error: Any) -> None:
        # What JupyterLab says where a widget's last message finds its cell run again or closed.
        if str(error) != "Cannot send":
            self.faults.append(f"page: {error}")

    def _note_console(self, message: Any) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text}")

    def open(self, path: str) -> None:
        """Open a notebook and wait for its kernel; the one that is open stays, with its kernel."""
        if not self._is_loaded:
            self._load()
        self.page.evaluate(CHOOSE, "JupyterLab Light")
        if path != self._path:
            self.close()
            self.page.evaluate(OPEN, path)
            self._path = path
        self.page.locator(".jp-NotebookPanel:visible .jp-Notebook").wait_for()
        self.page.wait_for_function(KERNEL_READY)

    def _load(self) -> None:
        place = f"{self._lab.url}/lab/workspaces/t"
        self.page.goto(f"{place}?reset&token={self._lab.token}")
        self.page.wait_for_function("() => window.jupyterapp !== undefined")
        self.page.evaluate("async () => { await window.jupyterapp.restored; }")
        self._is_loaded = True

    def close(self) -> None:
        """Close the notebook and end its kernel."""
        if self._path:
            self.page.evaluate(CLOSE)
            expect(self.page.locator(".jp-NotebookPanel")).to_have_count(0)

    def run_all(self, *, seconds: float = 120) -> None:
        """Run all cells; fails if one of them raises."""
        assert self.page.evaluate(RUN_ALL, seconds * 1000), self.errors()

    def run_code(self, code: str) -> None:
        """Run code in the kernel, outside of the cells."""
        assert self.page.evaluate(RUN_CODE, code) == "ok"

    def outputs(self) -> list[list[dict[str, Any]]]:
        """The outputs of each code cell, from the notebook's model."""
        return self.page.evaluate(OUTPUTS)

    def errors(self) -> list[dict[str, Any]]:
        """The outputs that are errors."""
        return [out for cell in self.outputs() for out in cell if out["output_type"] == "error"]

    def go_dark(self) -> None:
        """Choose the dark theme, and wait until it is there."""
        self.page.evaluate(CHOOSE, "JupyterLab Dark")
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
        expect(self.page.locator("#jupyterlab-splash")).to_have_count(0)

    @property
    def form(self) -> Locator:
        """The form that is seen."""
        return self.page.locator(".jp-NotebookPanel:visible .docgen-form")

    @property
    def cells(self) -> Locator:
        """The cells of the notebook."""
        return self.page.locator(".jp-NotebookPanel:visible .jp-Cell")
