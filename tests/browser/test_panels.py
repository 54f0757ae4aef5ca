"""JobsPanel and LoginForm in JupyterLab."""

import json
import re
from io import BytesIO

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from browser.axe import violations
from browser.own_notebook import write_notebook

SECONDS = 30_000
SECRET = "s3cr3tT0ken"
JOBS = """
import ipywidgets as widgets
import docgen_nb as dg

# The jobs stay open while the list is read, of which each call finishes one that is due.
clock = dg.service.ManualClock()
local = dg.LocalDocGen(workers=0, latency=(9, 9), clock=clock)
box = dg.connect("http://docgen.local", session=local.session())
history = dg.samples.history(local, jobs=20_000, days=30)
letter = box.upload_file(dg.samples.letter_template(), name="Letter to sign.docx")
box.mark_template(letter["id"])
request = dg.BatchRequest(letter["id"], file_name="To {name}", rows=[{"name": "Zoë"}] * 2)
batch = dg.submit(box, request)
before = len(widgets.widget._instances)
panel = dg.JobsPanel(box)
assert len(widgets.widget._instances) - before <= 5
finish = widgets.Button(description="Finish the jobs")

def finish_jobs(_):
    local.set_faults(dg.service.FaultPlan())
    clock.advance(9)
    local.finish()
    finish.description = f"Finished; {len(panel.value):,} shown"

finish.on_click(finish_jobs)
widgets.VBox([panel.widget, finish]).add_class("docgen-form")
"""
LOGIN = """
from functools import partial
import ipywidgets as widgets
from docgen_nb.connection import connect
from docgen_nb.forms.panels.login import LoginForm
from docgen_nb.service import LocalDocGen

listening = LocalDocGen().listen()
login = LoginForm(partial(connect, listening.__enter__()))
client_label = widgets.Label("no client")
login.on_login(lambda client: setattr(client_label, "value", repr(client)))
widgets.VBox([login.widget, client_label]).add_class("docgen-form")
"""
# Scrolls by two rows, and returns how many rows were put on the page for that.
TWO_ROWS = """async table => {
  const frame = () => new Promise(requestAnimationFrame);
  let added = 0;
  const observer = new MutationObserver((changes) => {
    for (const change of changes) added += change.addedNodes.length;
  });
  observer.observe(table.querySelector('.body'), {childList: true});
  table.scrollTop += 58;
  for (let frames = 0; !added && frames < 600; frames += 1) await frame();
  observer.disconnect();
  return added;
}"""
STATES = """async () => {
  const context = window.jupyterapp.shell.currentWidget.context;
  await window.jupyterapp.commands.execute('docmanager:save');
  return JSON.stringify(context.model.toJSON());
}"""


@pytest.fixture
def opened(notebook, lab, request):
    name = request.node.originalname.replace("test_", "")
    notebook.open(write_notebook(lab, f"{name}.ipynb", request.param))
    notebook.run_all()
    assert notebook.errors() == []
    expect(notebook.form).to_be_visible()
    return notebook


@pytest.mark.parametrize("opened", [JOBS], indirect=True)
def test_20000_jobs_are_sorted_filtered_searched_opened_and_exported(opened, shots):
    form, page = opened.form, opened.page
    table = form.get_by_role("grid", name="Jobs")
    rows = table.locator(".body > .row")
    expect(form.get_by_text("20,002 jobs", exact=True)).to_be_visible(timeout=3 * SECONDS)
    expect(form.get_by_text("Times: UTC.")).to_be_visible()
    expect(form.get_by_text(re.compile(r"^Read at \d\d:\d\d:\d\d$"))).to_be_visible(timeout=SECONDS)
    expect(rows.first).to_contain_text("Pending")  # the newest first
    form.screenshot(path=shots / "jobs.png")
    assert violations(page, ".dg-rows") == []

    table.evaluate("table => { table.scrollTop = table.scrollHeight }")
    expect(form.get_by_text(re.compile(r"^Rows 19,9\d\d to 20,002 of 20,002$"))).to_be_visible()
    assert rows.count() < 60
    table.evaluate("table => { table.scrollTop = 5000 }")
    expect(form.get_by_text(re.compile("^Rows 173 to "))).to_be_visible()
    assert table.evaluate(TWO_ROWS) < 10  # the others stay
    table.get_by_role("button", name="Document", exact=True).click()
    expect(table.get_by_role("columnheader", name="Document")).to_have_attribute(
        "aria-sort", "ascending"
    )
    expect(rows.first.get_by_role("gridcell").nth(1)).to_contain_text("Document 1 ")

    form.get_by_role("button", name=re.compile("^Failed")).click()
    failed = form.get_by_text(re.compile(r"^[\d,]+ of 20,002 jobs$"))
    expect(failed).to_be_visible()
    expect(rows.first.get_by_role("gridcell").first).to_have_text("Failed")
    form.get_by_label("Template").select_option("Letter")
    form.get_by_label("Created").select_option("Last 7 days")
    expect(form.get_by_text("0 of 20,002 jobs")).to_have_count(0)
    expect(form.get_by_role("button", name=re.compile("^All"))).not_to_have_text("All 20,002")
    form.get_by_role("button", name=re.compile("^All")).click()
    form.get_by_label("Created").select_option("Any time")
    form.get_by_label("Template").select_option("Letter to sign")
    expect(form.get_by_text("2 of 20,002 jobs")).to_be_visible()

    table.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    details = table.locator(".detail")
    expect(details).to_contain_text("Letter to sign.docx, version 1 (current)", timeout=SECONDS)
    form.get_by_role("button", name="Finish the jobs").click()
    expect(form.get_by_role("button", name="Finished; 2 shown")).to_be_visible(timeout=SECONDS)
    form.get_by_role("button", name="Refresh").click()
    expect(rows).to_have_text([re.compile("^With errorsTo Zoë")] * 2, timeout=3 * SECONDS)
    expect(details.get_by_text("The tag 'seat' was not provided")).to_be_visible(timeout=SECONDS)
    expect(details.locator(".seen")).to_have_text(re.compile("Pending.*sent.*With errors.*seen"))
    expect(details.get_by_role("img", name="First page of To Zoë")).to_be_visible(timeout=SECONDS)
    form.screenshot(path=shots / "jobs-open.png")
    assert violations(page, ".dg-rows") == []
    with page.expect_download() as download:
        details.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename.startswith("To Zoë")

    with page.expect_download() as download:
        form.get_by_role("button", name="Export CSV").click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("Job,Status,Document,Template,By,Created (UTC)")
    assert sum("To Zoë" in line for line in lines) == 2
    with page.expect_download(timeout=3 * SECONDS) as download:
        form.get_by_role("button", name="Export XLSX").click()
    sheet = load_workbook(BytesIO(download.value.path().read_bytes())).active
    assert (sheet.max_row, sheet["D2"].value) == (3, "Letter to sign")

    table.focus()
    cells = opened.cells.count()
    for key in ("x", "d", "d", "Escape"):
        page.keyboard.press(key)
    assert opened.cells.count() == cells
    expect(details).to_have_count(0)
    form.get_by_label("Search").fill("no such words")
    expect(form.get_by_text("No job matches the filters.")).to_be_visible()
    form.get_by_label("Search").fill("")
    opened.go_dark()
    rows.first.click()
    expect(details.get_by_role("img")).to_be_visible(timeout=SECONDS)
    form.screenshot(path=shots / "jobs-dark.png")
    assert violations(page, ".dg-rows") == []


@pytest.mark.parametrize("opened", [LOGIN], indirect=True)
def test_a_person_logs_in_and_no_secret_is_in_the_notebook(opened, shots):
    form, page = opened.form, opened.page
    page.evaluate(
        "() => window.jupyterapp.serviceManager.settings.save("
        "'@jupyter-widgets/jupyterlab-manager:plugin', '{\"saveState\": true}')"
    )
    token = form.get_by_label("Developer token", exact=True)
    expect(token).to_have_attribute("type", "password")
    token.fill(SECRET)
    page.keyboard.press("Tab")
    expect(token).to_have_value("")
    expect(token).to_have_attribute(
        "placeholder", "Stored and not shown. Paste another one to replace it."
    )
    form.get_by_role("button", name="Log in", exact=True).click()
    expect(form.get_by_role("status")).to_have_text(
        "Logged in as Default user (default@docgen.local).", timeout=SECONDS
    )
    expect(form.get_by_text("The developer token expires in at most 60 minutes")).to_be_visible()
    expect(form.get_by_text(re.compile("^<Client of http://127.0.0.1"))).to_be_visible()
    form.screenshot(path=shots / "login.png")
    assert violations(page, ".docgen-form") == []
    saved = page.evaluate(STATES)
    assert json.loads(saved)["cells"]
    assert SECRET not in saved
    form.get_by_role("button", name="Client credentials").click()
    expect(form.get_by_label("Client secret")).to_have_attribute("type", "password")
    opened.go_dark()
    form.screenshot(path=shots / "login-dark.png")
    assert violations(page, ".docgen-form") == []
