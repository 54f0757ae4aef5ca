"""`docgen-nb lab` and its first notebook in JupyterLab, as a person uses them."""

import re

import pytest
from playwright.sync_api import expect

FIRST = "01-one-batch.ipynb"
SECONDS = 30_000  # milliseconds, for work of the service
LETTER = {
    "Company": "Example company",
    "Name": "Zoë <b>Müller</b>",
    "City": "Bristol",
    "Date": "2026-03-02",
    "Event": "the spring workshop",
    "Event date": "16-04-2026",
    "Seat": "A7B042",
}


@pytest.fixture
def first(notebook):
    notebook.open(FIRST)
    notebook.run_all()
    assert notebook.errors() == []
    return notebook


def service_url(lab):
    return re.search(r"Doc Gen service on (http://127\.0\.0\.1:\d+)\n", lab.words())[1]


def test_the_command_opens_the_start_page_and_the_first_lesson_is_on_its_service(lab, first, shots):
    assert f'href="{lab.url}/lab/tree/00-start.ipynb?token={lab.token}"' in lab.opened
    client, listed = [out[0]["data"]["text/plain"] for out in first.outputs()[:2]]
    assert client.startswith(f"<Client of {service_url(lab)}, credentials from ")
    templates = dict(re.findall(r"'([^']+)': '(\d+)'", listed))
    assert {"Letter.docx", "Purchase order.docx"} <= templates.keys()
    expect(first.form).to_have_count(2)
    expect(first.form.last).to_contain_text(
        "12 of 12 documents finished: 11 completed, 1 completed"
    )
    first.form.last.screenshot(path=shots / "orders-form.png")
    charts = first.page.locator(".jp-NotebookPanel:visible .jp-RenderedImage img")
    expect(charts).to_have_count(3)
    charts.first.scroll_into_view_if_needed()
    first.page.screenshot(path=shots / "charts.png")


def test_a_letter_is_filled_generated_and_followed(first, shots):
    form = first.form.first
    generate = form.get_by_role("button", name="Generate", exact=True)
    status = form.locator(".docgen-state")
    form.scroll_into_view_if_needed()
    form.screenshot(path=shots / "form-empty.png")
    expect(status).to_have_text("7 fields to fill in.")
    generate.click()
    expect(form.get_by_text("Seat is required.").first).to_be_visible()  # below the field
    expect(form.get_by_role("button", name="Seat", exact=True)).to_be_visible()  # and in the list
    expect(form.get_by_role("button", name="Generate anyway")).to_be_visible()
    form.screenshot(path=shots / "form-problems.png")

    for label, text in LETTER.items():
        form.get_by_label(label, exact=True).fill(text)
    expect(status).to_have_text("Ready to generate.")
    expect(form.get_by_text("is required")).to_have_count(0)
    form.get_by_label("File name").fill("Letter to Zoë")
    generate.click()
    expect(generate).to_be_disabled()
    expect(status).to_contain_text("of 1 document finished")
    form.screenshot(path=shots / "form-progress.png")
    expect(status).to_have_text("1 of 1 document finished: 1 completed.", timeout=SECONDS)
    expect(form.get_by_role("button", name="Download Letter to Zoë")).to_be_visible()
    expect(generate).to_be_enabled()
    form.screenshot(path=shots / "form-done.png")


def test_the_keyboard_is_enough_and_no_key_changes_the_notebook(first):
    form, keys = first.form.first, first.page.keyboard
    cells = first.cells.count()
    template = form.get_by_label("Template")
    template.focus()
    for key in ("ArrowDown", "x", "d", "d"):
        keys.press(key)
    expect(template).to_have_value("Letter.docxxdd")
    expect(form.locator(".docgen-state")).to_have_text(
        "No template is named Letter.docxxdd. Choose one from the list."
    )
    template.fill("Letter.docx")
    expect(form.get_by_label("Seat")).to_be_visible()
    form.get_by_role("radio", name="Word").focus()
    keys.press("ArrowRight")
    expect(form.get_by_role("radio", name="PDF")).to_be_checked()
    keys.press("Tab")
    expect(form.get_by_label("File name")).to_be_focused()
    assert first.cells.count() == cells
