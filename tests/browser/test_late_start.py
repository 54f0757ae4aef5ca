"""A page where each widget starts too late for anywidget, which drops all messages to it then."""

import pytest
from playwright.sync_api import expect

from browser.lab_page import LabPage
from browser.own_notebook import write_notebook

SECONDS = 60_000  # milliseconds, for work of the service
# anywidget gives a widget two seconds; here they are over before its module is loaded.
TOO_LATE = """const timeout = AbortSignal.timeout.bind(AbortSignal);
window.tooLate = 0;
AbortSignal.timeout = milliseconds => {
  if (milliseconds !== 2000) return timeout(milliseconds);
  const controller = new AbortController();
  queueMicrotask(() => { window.tooLate += 1; controller.abort(); });
  return controller.signal;
};"""
FORM = """
import docgen_nb as dg
from ipywidgets import VBox
from docgen_nb.forms.widgets.browser_widget import BrowserWidget

class Endless(BrowserWidget):
    _esm = "await new Promise(() => {}); export default {}"

display(VBox([Endless()]).add_class("endless"))
box = dg.connect("local", environment={})  # a service of its own
text = "{{name}} of {{city}}: {{for item in items}}{{item.title}} {{item.price}}; {{endfor}}"
file = box.upload_file(dg.samples.template(text), name="Late.docx")
template = box.mark_template(file["id"])["file"]["id"]
dg.BatchForm(box, template_id=template)
"""
TABLE = "Name,Title,Price\nAda,Ink,5\nAda,Paper,7\nZoë,Pens,3\n"
SAYS = 'node => getComputedStyle(node, "::after").content'


@pytest.fixture
def opened(browser, lab):
    context = browser.new_context(viewport={"width": 1400, "height": 1500}, locale="en-GB")
    context.add_init_script(TOO_LATE)
    page = LabPage(context.new_page(), lab)
    page.open(write_notebook(lab, "late.ipynb", FORM))
    page.run_all()
    yield page
    page.close()
    context.close()


def test_widgets_that_start_too_late_show_what_python_sends(opened, shots):
    form, page = opened.form, opened.page
    page.wait_for_function("window.tooLate > 5")
    form.get_by_text("From a table", exact=True).click()
    with page.expect_file_chooser() as chosen:
        form.get_by_role("button", name="Choose a file…").click()
    file = {"name": "late.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}
    chosen.value.set_files(file)
    expect(form.get_by_text("3 of 3 columns matched")).to_be_visible(timeout=SECONDS)
    form.get_by_role("button", name="Use data: 2 documents").click()
    name = form.get_by_role("textbox", name="Name", exact=True)
    expect(name).to_have_value("Ada")
    table = form.get_by_role("grid", name="Items")
    expect(table.get_by_role("gridcell", name="Paper")).to_be_visible()
    city = form.get_by_role("textbox", name="City")
    city.fill("Bonn")
    form.get_by_label("File name").fill("To {name}")
    page.keyboard.press("Tab")
    form.get_by_role("button", name="Generate", exact=True).click()
    status = form.get_by_role("status")
    expect(status.filter(has_text="Nothing was sent: 1 problem in 2 documents")).to_be_visible()
    expect(form.get_by_text("City is required.")).to_be_visible()
    expect(name).to_have_value("Zoë")
    form.screenshot(path=shots / "late-problem.png")
    city.fill("Köln")
    page.keyboard.press("Tab")
    expect(form.get_by_text("City is required.")).to_have_count(0)
    form.get_by_role("button", name="Generate", exact=True).click()
    results = form.get_by_role("grid", name="Documents of this batch").locator(".body > .row")
    expect(results).to_contain_text(["Completed", "Completed"], timeout=SECONDS)
    recent = form.get_by_role("region", name="Recent batches")
    expect(recent.get_by_role("listitem").filter(has_text="Shown here")).to_contain_text(
        "2 completed", timeout=SECONDS
    )
    form.screenshot(path=shots / "late.png")
    endless = page.locator(".endless .docgen-part:not(.docgen-started)")
    expect(endless).to_be_visible()  # as soon as it says so
    assert endless.evaluate(SAYS) == '"This part of the page did not start. Run the cell again."'
    page.screenshot(path=shots / "not-started.png")
