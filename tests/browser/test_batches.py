"""Results and recent batches in JupyterLab: a running batch outlives the kernel that sent it."""

import re
from io import BytesIO
from zipfile import ZipFile

import pytest
from playwright.sync_api import expect

from browser.axe import violations
from browser.own_notebook import write_notebook

SECONDS = 60_000  # milliseconds, for work of the service
FORM = """
import docgen_nb as dg

box = dg.connect("local")
known = [template["file_name"] for template in box.list_templates()]
if "Notice.docx" in known:
    form = dg.BatchForm(box)  # after a restart nothing else is left
else:
    file = box.upload_file(dg.samples.template("Dear {{name}} of {{city}}"), name="Notice.docx")
    template = box.mark_template(file["id"])["file"]["id"]
    rows = [{"name": f"Person {n}", "city": "Köln"} for n in range(11)] + [{"name": "Zoë"}]
    form = dg.BatchForm(box, template_id=template, rows=rows)
    form.value = {**form.value, "file_name": "Notice to {name}"}
form
"""
RESTART = """async () => {
  await window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart();
}"""

TO_THE_END = """node => {
  const notebook = node.closest(".jp-WindowedPanel-outer");
  notebook.scrollTop = notebook.scrollHeight;
}"""


@pytest.fixture
def opened(notebook, lab):
    notebook.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    notebook.open(write_notebook(lab, "batches.ipynb", FORM))
    notebook.run_all()
    assert notebook.errors() == []
    return notebook


def test_a_running_batch_is_taken_up_after_a_restart_downloaded_and_not_sent_twice(opened, shots):
    form, page = opened.form, opened.page
    generate = form.get_by_role("button", name="Generate", exact=True)
    generate.click()
    form.get_by_role("button", name="Generate anyway").press("Enter")
    form.get_by_role("button", name="Copy batch").click()
    batch = page.evaluate("() => navigator.clipboard.readText()")
    expect(form.locator(".dg-run-head")).to_contain_text(f"Batch{batch}")

    page.evaluate(RESTART)  # a job of this service takes at least half a second
    opened.run_all()
    expect(form.get_by_role("button", name=re.compile("^Generate"))).not_to_have_count(0)
    form.get_by_role("button", name=re.compile("Generate.*(Word or PDF|Not sent yet)")).click()
    recent = form.get_by_role("region", name="Recent batches")
    expect(recent.get_by_text("Read from the service.")).to_be_visible(timeout=SECONDS)
    recent.get_by_role("button", name="Enter a batch id…").click()
    recent.get_by_label("Batch id").fill("999")
    recent.get_by_label("Batch id").press("Enter")
    expect(form.get_by_role("alert")).to_have_text(
        "This service has no batch 999. Check the id and the login.", timeout=SECONDS
    )
    recent.get_by_role("button", name=re.compile("^Open the batch of Notice")).first.click()
    expect(form.get_by_text("12 of 12 documents finished", exact=True)).to_be_visible(
        timeout=SECONDS
    )
    expect(form.locator(".dg-run-head")).to_contain_text(f"Batch{batch}")
    expect(recent.get_by_text("Shown here")).to_be_visible()
    expect(recent.get_by_role("listitem").first).to_contain_text("11 completed")
    results = form.get_by_role("grid", name="Documents of this batch")
    rows = results.locator(".body > .row")
    expect(rows.first).to_contain_text("With errorsNotice to Zoë.docx1 error")
    expect(rows.nth(1)).to_contain_text("CompletedNotice to Person 0.docx")
    form.screenshot(path=shots / "taken-up.png")
    assert violations(page, ".docgen-form") == []

    with page.expect_download(timeout=SECONDS) as download:
        form.get_by_role("button", name="Download all (12)").click()
    names = ZipFile(BytesIO(download.value.path().read_bytes())).namelist()
    assert sorted(names)[:2] == ["Notice to Person 0.docx", "Notice to Person 1.docx"]
    assert len(names) == 12
    results.get_by_role("button", name="Document", exact=True).click()
    expect(rows.last).to_contain_text("Notice to Zoë")
    form.get_by_role("button", name="Resend all…").click()
    expect(form.get_by_role("alert").filter(has_text="Send them again?")).to_be_visible()
    form.screenshot(path=shots / "results-question.png")
    page.set_viewport_size({"width": 1080, "height": 1100})
    opened.go_dark()
    form.screenshot(path=shots / "taken-up-dark.png")
    assert violations(page, ".docgen-form") == []
    page.set_viewport_size({"width": 1400, "height": 1500})  # as other tests expect it
    form.get_by_role("button", name="Cancel").click()
    with page.expect_download() as download:
        form.get_by_role("button", name="Download Notice to Zoë.docx").click()
    assert download.value.suggested_filename == "Notice to Zoë.docx"
    form.get_by_role("button", name="Edit Notice to Zoë.docx").click()
    expect(form.get_by_label("Name", exact=True)).to_have_value("Zoë")
    form.get_by_label("City", exact=True).fill("Bonn")
    page.keyboard.press("Tab")
    with page.expect_download() as download:
        form.get_by_role("button", name="Save form…").click()
    saved = download.value.path().read_bytes()
    assert b'"kind":"docgen_nb form"' in saved
    assert b"oken" not in saved
    page.set_viewport_size({"width": 1400, "height": 500})
    form.evaluate(TO_THE_END)
    generate.evaluate("node => node.click()")  # where it is: Playwright would scroll
    expect(form.locator(".dg-run-head")).to_be_in_viewport(ratio=0.9)
    page.set_viewport_size({"width": 1400, "height": 1500})
    expect(form.get_by_text("1 of 1 document finished", exact=True)).to_be_visible(timeout=SECONDS)
    expect(rows).to_have_count(1)
