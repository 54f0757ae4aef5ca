"""200 documents from a spreadsheet with US dates, a logo for all and two gaps, without code."""

import re

import pytest
from forms.fields.test_image_field import png
from playwright.sync_api import expect
from template.render.test_pictures import with_placeholder

from browser.axe import violations
from browser.own_notebook import upload_template, write_notebook

SECONDS = 120_000  # milliseconds, for work of the service
FORM = """
import docgen_nb as dg

box = dg.connect("local")
dg.BatchForm(box)
"""
TEMPLATE = with_placeholder(
    "{{sender.logo}}",
    around=(
        '{{order.id}} of {{order.date :: format("dd-mmm-yyyy")}} for {{order.requester}}: '
        "{{order.vendor.company}}, {{order.vendor.address.city}}, {{order.paymentTerms}}",
        '{{for item in order.products}}{{item.name}}: {{item.price :: format("US-Number")}}; '
        "{{endfor}}",
    ),
)
HEADER = "Order No,Order date,Supplier,City,Item,Unit price,Buyer,Internal ref"
SUPPLIERS = ("Sakura Supplies,Tokyo", "Büro Schmidt,Köln", "Lakeside Office,Chicago")


def orders(count):
    """A CSV file of orders of one to three lines, two of them without a buyer."""
    lines = [HEADER]
    for n in range(count):
        buyer = "" if n in (3, 60) else ("Amara Okafor", "Li Wei")[n % 2]
        head = f"{12306 + n},{n % 12 + 1}/{n % 11 + 1}/2026,{SUPPLIERS[n % 3]}"
        lines += [f"{head},Item {m},{m + 1}.50,{buyer},JM" for m in range(n % 3 + 1)]
    return "\n".join(lines).encode()


@pytest.fixture
def opened(notebook, lab, tmp_path):
    """The form of a template that a person has uploaded in it."""
    notebook.open(write_notebook(lab, "from-a-table.ipynb", FORM))
    notebook.run_all()
    file = tmp_path / f"Purchase order {tmp_path.name}.docx"  # one service serves all tests
    upload_template(notebook, file, TEMPLATE, seconds=SECONDS / 1000)
    return notebook


def choose(opened, name, *, button, content, kind="text/csv"):
    with opened.page.expect_file_chooser() as chosen:
        button.press("Enter")
    chosen.value.set_files({"name": name, "mimeType": kind, "buffer": content})


def tab_to(page, control):
    """Press Tab until a control has the focus."""
    for _ in range(40):
        if control.evaluate("node => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {control}")


def test_documents_from_a_spreadsheet_without_code(opened, shots):
    form, page = opened.form, opened.page
    form.get_by_text("From a table", exact=True).click()
    file = form.get_by_role("button", name="Choose a file…")
    expect(file).to_be_visible()
    expect(form.get_by_role("button", name="Preview document 1")).to_be_hidden()
    expect(form.get_by_text("Same for all documents")).to_be_hidden()
    form.screenshot(path=shots / "table-empty.png")
    choose(opened, "orders.csv", button=file, content=orders(200))

    use = form.get_by_role("button", name="Use data: 200 documents")
    expect(use).to_be_disabled()
    expect(form.get_by_text("6 of 8 columns matched, 1 suggestion to confirm")).to_be_visible()
    expect(form.get_by_label("names in row")).to_have_value("1")
    form.screenshot(path=shots / "table-question.png")
    assert violations(page, ".docgen-form") == []
    tab_to(page, form.get_by_role("radio", name="Day first"))  # from here on the keyboard alone
    page.keyboard.press("ArrowRight")
    expect(form.get_by_text("No gaps, month first")).to_be_visible()
    tab_to(page, form.get_by_role("button", name="Accept Order requester for Buyer"))
    page.keyboard.press("Enter")
    expect(form.get_by_role("cell", name="Empty in 2 documents")).to_be_visible()

    field = form.get_by_role("combobox", name="Field for Internal ref")
    option = page.get_by_role("listbox", name="Fields").get_by_role("option", name="payment terms")
    tab_to(page, field)
    page.keyboard.type("terms")
    expect(option).to_be_visible()
    for order in ("Day", "Month"):  # an answer of the kernel while a person types
        form.get_by_role("radio", name=f"{order} first").evaluate("node => node.click()")
        expect(form.get_by_text(f"No gaps, {order.lower()} first")).to_be_visible()
        expect(field).to_have_value("terms")
        expect(option).to_be_visible()
    page.screenshot(path=shots / "table-choice.png")
    page.keyboard.press("Escape")
    expect(field).to_have_value("Leave out")
    page.keyboard.type("terms")
    page.keyboard.press("Enter")
    expect(form.get_by_text("8 of 8 columns matched")).to_be_visible()
    for _ in range(20):  # to the end of the list
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_have_value("Leave out")
    expect(field).to_be_focused()

    same = form.locator(".docgen-map-common")
    tab_to(page, same.get_by_label("Payment terms"))
    page.keyboard.type("30 days")
    page.keyboard.press("Tab")
    upload = same.get_by_role("button", name="Upload Logo")
    choose(opened, "logo.png", button=upload, content=png(width=120, height=40), kind="image/png")
    gap = form.get_by_text(
        re.compile("^Order requester is empty in 2 documents, first in document ")
    )
    expect(gap).to_be_visible()
    expect(form.get_by_text("Order payment terms is empty")).to_have_count(0)
    form.screenshot(path=shots / "table-ready.png")
    opened.go_dark()
    form.screenshot(path=shots / "table-ready-dark.png")
    assert violations(page, ".docgen-form") == []

    tab_to(page, use)
    page.keyboard.press("Enter")
    expect(form.get_by_text("200 documents from orders.csv are in the form.")).to_be_visible()
    expect(form.get_by_role("radio", name="Fields")).to_be_focused()
    form.locator(".docgen-replaced").get_by_role("button", name="Undo").click()
    expect(form.get_by_text("of 1", exact=True)).to_be_visible()
    form.get_by_text("From a table", exact=True).click()
    use.click()
    expect(form.get_by_text("of 200", exact=True)).to_be_visible()
    form.get_by_label("File name").fill("Order {order.id}")
    page.screenshot(path=shots / "table-used.png")
    form.get_by_role("button", name="Generate", exact=True).click()
    expect(form.get_by_role("textbox", name="Requester")).to_be_focused()  # in document 4
    problems = form.get_by_role("region", name="Problems")
    problems.get_by_role("button", name="Close the list of problems").press("Escape")
    expect(problems).to_be_hidden()
    expect(form.get_by_role("button", name="Show problems")).to_be_focused()
    page.keyboard.press("Enter")
    form.get_by_role("button", name="Show these 2 (Order requester)").click()
    expect(form.get_by_text("of 200; the arrows lead to 2 of them", exact=True)).to_be_visible()
    form.get_by_role("button", name="Next ›").click()
    expect(form.get_by_label("Document", exact=True)).to_have_value("61")
    form.get_by_role("button", name="Generate the other 198").click()
    expect(form.get_by_text("198 completed").first).to_be_visible(timeout=SECONDS)
    form.screenshot(path=shots / "table-generated.png")
    form.get_by_role("button", name="2 Data").click()
    expect(form.get_by_text("of 2", exact=True)).to_be_visible()
    form.get_by_role("button", name="Generate", exact=True).click()
    form.get_by_role("button", name="Fill in for all 2… (Order requester)").click()
    asked = form.locator(".docgen-fill-in").get_by_label("Requester")
    expect(asked).to_be_focused()
    page.keyboard.type("Priya Nair")
    page.screenshot(path=shots / "table-fill-in.png")
    assert violations(page, ".docgen-form") == []
    form.get_by_role("button", name="Fill in 2 documents").click()
    expect(form.get_by_text("Order requester now has a value in 2 documents.")).to_be_visible()
    requester = form.get_by_role("textbox", name="Requester")
    expect(requester).to_have_attribute("placeholder", "Priya Nair for all")
    form.get_by_role("button", name="Leave empty here: Requester").click()
    expect(requester).to_have_attribute("placeholder", "Empty in this document")
    expect(requester).to_be_focused()
    page.screenshot(path=shots / "table-left-empty.png")
