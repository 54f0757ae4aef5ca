"""JobsPanel and LoginForm in JupyterLab."""

import json
import re

import pytest
from browser.axe import violations
from browser.own_notebook import write_notebook
from playwright.sync_api import expect

SECONDS = 30_000
SECRET = "s3cr3tT0ken"
JOBS = """
import ipywidgets as widgets
import docgen_nb as dg
from docgen_nb.forms.panels.jobs import JobsPanel

local = dg.LocalDocGen(workers=0)
box = dg.connect("http://docgen.local", session=local.session())
letter = box.upload_file(dg.samples.letter_template(), name="Letter.docx")
box.mark_template(letter["id"])
box.create_batch({
    "file": {"type": "file", "id": letter["id"]},
    "input_source": "api",
    "destination_folder": {"type": "folder", "id": "0"},
    "output_type": "docx",
    "document_generation_data": [
        {"generated_file_name": f"Letter {n}", "user_input": {"name": "Zoë"}} for n in range(25)
    ],
})
panel = JobsPanel(box)
finish = widgets.Button(description="Finish the jobs")

def finish_jobs(_):
    local.finish()
    finish.description = "All finished"

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
def test_jobs_are_refreshed_filtered_and_one_is_opened(opened, shots):
    form = opened.form
    status = form.get_by_role("status")
    expect(status).to_have_text("25 of 25 jobs, page 1 of 2.")
    expect(form.get_by_role("rowheader")).to_have_count(20)
    form.get_by_label("Open job").select_option(index=1)
    expect(form.get_by_role("heading", name=re.compile(r"^Job \d+$"))).to_be_visible()
    form.get_by_role("button", name="Finish the jobs").click()
    expect(form.get_by_role("button", name="All finished")).to_be_visible(timeout=SECONDS)
    form.get_by_role("button", name="Refresh").click()
    expect(form.get_by_role("cell", name="completed with errors")).to_have_count(20)
    expect(form.get_by_text("Error: The tag 'seat' was not provided")).to_be_visible()
    seen = form.get_by_role("listitem").filter(has_text="first seen")
    expect(seen).to_have_text([re.compile("^pending, "), re.compile("^completed with errors, ")])
    form.screenshot(path=shots / "jobs.png")
    assert violations(opened.page, ".docgen-form") == []

    form.get_by_role("button", name="Next page").click()
    expect(status).to_have_text("25 of 25 jobs, page 2 of 2.")
    form.get_by_label("Status").select_option("failed")
    expect(form.get_by_text("No jobs match the filters.")).to_be_visible()
    form.get_by_label("Status").focus()
    cells = opened.cells.count()
    for key in ("x", "d", "d"):
        opened.page.keyboard.press(key)
    assert opened.cells.count() == cells
    opened.go_dark()
    form.screenshot(path=shots / "jobs-dark.png")
    assert violations(opened.page, ".docgen-form") == []


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
