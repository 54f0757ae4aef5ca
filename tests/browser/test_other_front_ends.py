"""The form in Notebook 7 and as a Voila page: filled in, and a document generated."""

import sys

import pytest
from playwright.sync_api import expect

from browser.lab_page import KERNEL_READY, RUN_ALL, new_context
from browser.lab_server import NOTEBOOK, lab_running, voila_running
from browser.own_notebook import write_notebook

SECONDS = 90_000  # milliseconds; the page starts a kernel
LETTERS = """Company,Name,City,Date,Event,Event date
Example company,Zoë,Bristol,2026-03-02,the spring workshop,2026-04-16
"""
OWN = """
import docgen_nb as dg

box = dg.connect("local")
letter = box.upload_file(dg.samples.letter_template(), name="Letter.docx")
box.mark_template(letter["id"])
dg.BatchForm(box)
"""


@pytest.fixture
def page(browser):
    context = new_context(browser, viewport={"width": 1400, "height": 1500})
    yield context.new_page()
    context.close()


def generate_a_letter(form):
    """Fill in the form from a table and by hand, and generate a document, as a person does."""
    template = form.get_by_label("Template", exact=True)
    expect(template).to_be_visible(timeout=SECONDS)
    template.fill("Letter.docx")
    expect(form.get_by_label("Seat", exact=True)).to_be_visible(timeout=SECONDS)
    form.get_by_text("From a table", exact=True).click()
    with form.page.expect_file_chooser() as chosen:
        form.get_by_role("button", name="Choose a file…").click()
    table = {"name": "letters.csv", "mimeType": "text/csv", "buffer": LETTERS.encode()}
    chosen.value.set_files(table)
    expect(form.get_by_text("6 of 6 columns matched")).to_be_visible(timeout=SECONDS)
    form.get_by_role("button", name="Use data: 1 document").click()
    expect(form.get_by_role("textbox", name="Company")).to_have_value("Example company")
    form.get_by_role("textbox", name="Seat").fill("A7B042")
    status = form.get_by_role("status")
    expect(status.filter(has_text="Ready to generate.")).to_be_visible(timeout=SECONDS)
    form.get_by_role("button", name="Generate", exact=True).click()
    done = status.filter(has_text="1 of 1 document finished: 1 completed.")
    expect(done).to_be_visible(timeout=SECONDS)
    expect(form.get_by_role("button", name="Download Letter")).to_be_visible()


def test_the_command_serves_the_form_as_a_page(browser, page, tmp_path, shots):
    folder = tmp_path / "notebooks"
    command = [sys.executable, "-m", "docgen_nb", "lab", "--voila", "--dir", str(folder), "--"]
    with voila_running(command, folder=tmp_path) as voila:
        page.goto(f"{voila.url}/?token={voila.token}", timeout=SECONDS)
        generate_a_letter(page.locator(".docgen-form").first)
        expect(page.get_by_role("heading", name="Documents from templates")).to_be_visible()
        expect(page.get_by_text("dg.BatchForm")).to_have_count(0)  # no code is shown
        expect(page.get_by_text("JSON and code")).to_be_hidden()
        page.get_by_role("tab", name="Jobs").click()
        page.get_by_role("button", name="Refresh").click()
        expect(page.get_by_role("button", name="All 1", exact=True)).to_be_visible()
        page.screenshot(path=shots / "voila.png")
        page.get_by_role("tab", name="Report").click()
        page.get_by_role("button", name="Read jobs").click()
        shown = page.frame_locator("iframe[title=Report]")
        expect(shown.get_by_text("No documents were requested last week")).to_be_visible(
            timeout=SECONDS
        )
        page.screenshot(path=shots / "voila-report.png")


def test_the_form_works_in_notebook_7(browser, page, tmp_path, shots):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    command = [sys.executable, "-m", "notebook", f"--ServerApp.root_dir={folder}"]
    with lab_running(command, folder=tmp_path, more=NOTEBOOK) as server:
        path = write_notebook(server, "page.ipynb", OWN)
        page.goto(f"{server.url}/notebooks/{path}?token={server.token}")
        page.wait_for_function("() => window.jupyterapp !== undefined")
        page.locator(".jp-NotebookPanel:visible .jp-Notebook").wait_for()
        page.wait_for_function(KERNEL_READY)
        assert page.evaluate(RUN_ALL, SECONDS)
        generate_a_letter(page.locator(".docgen-form"))
        page.screenshot(path=shots / "notebook7.png")
