"""The whole form in JupyterLab: a person fills in an order, corrects it, and retries it."""

import re

import pytest
from forms.fields.test_image_field import png
from playwright.sync_api import expect
from template.render.test_pictures import with_placeholder

from browser.axe import violations
from browser.own_notebook import upload_template, write_notebook
from docgen_nb.template import Template

SECONDS = 30_000  # milliseconds, for work of the service
FORM = """
import docgen_nb as dg

box = dg.connect("local")
form = dg.BatchForm(box)
form
"""
TEMPLATE = with_placeholder(
    "{{order.logo}}",
    around=(
        'Order {{order.id}} of {{order.date :: format("dd-mmm-yyyy")}} for {{order.company}}',
        '{{for item in order.products}}{{item.name}}: {{item.price :: format("US-Number")}}; '
        "{{endfor}}",
    ),
)
PRODUCTS = "name\tprice\nInk\t5.50\nPaper\t7\nPens\t12.25"
ERROR = "The tag 'order.company' was not provided in the input data."
QUESTION = "Is the day or the month first in 03/04/2026?"
NO_SUCH_DAY = "February 2026 has 28 days."


@pytest.fixture
def opened(notebook, lab, tmp_path):
    notebook.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    notebook.open(write_notebook(lab, "form.ipynb", FORM))
    notebook.run_all()
    assert notebook.errors() == []
    begin = notebook.form.get_by_role("status").filter(has_text="Choose a template to begin.")
    expect(begin).to_be_visible()
    return notebook


@pytest.fixture
def order(opened, tmp_path):
    """The form of a template that a person has uploaded in it, by its path."""
    file = tmp_path / f"Small order {tmp_path.name}.docx"  # one service serves all tests
    upload_template(opened, file, TEMPLATE, seconds=SECONDS / 1000)
    expect(opened.form.get_by_label("ID", exact=True)).to_be_visible(timeout=SECONDS)
    return opened


def fill_products(opened):
    form, page = opened.form, opened.page
    page.evaluate("text => navigator.clipboard.writeText(text)", PRODUCTS)
    form.get_by_text("No rows yet. Add a row, or paste cells here.").focus()
    page.keyboard.press("Control+v")
    grid = form.get_by_role("grid", name="Products")
    expect(grid.get_by_role("row")).to_have_count(4)  # with the column names


def upload(opened, name, content):
    with opened.page.expect_file_chooser() as chosen:
        opened.form.get_by_role("button", name="Upload Logo").click()
    chosen.value.set_files({"name": name, "mimeType": "image/png", "buffer": content})


def choose_view(form, name):
    """Choose a view of the data: its radio button is below its label."""
    form.get_by_text(name, exact=True).click()


def check_dates(form):
    """A date that can be read in two ways is asked for, and no impossible one is taken."""
    date, company = form.get_by_label("Date", exact=True), form.get_by_label("Company")
    date.fill("03/04/2026")
    company.focus()
    expect(form.get_by_text(QUESTION).first).to_be_visible()
    form.get_by_role("button", name="Friday 3 April 2026").click()
    expect(date).to_have_value("2026-04-03")
    expect(form.get_by_text("Friday 3 April 2026")).to_be_visible()
    date.fill("31.2.2026")
    company.focus()
    expect(form.get_by_text(NO_SUCH_DAY).first).to_be_visible()
    expect(form.get_by_text("Ready to generate.")).to_have_count(0)
    date.fill("31-Mar-2026")
    expect(form.get_by_text("Tuesday 31 March 2026")).to_be_visible()
    expect(form.get_by_text(NO_SUCH_DAY)).to_have_count(0)


def test_an_order_is_filled_in_corrected_generated_downloaded_and_retried(order, shots):
    form, page = order.form, order.page
    generate = form.get_by_role("button", name="Generate", exact=True)
    form.get_by_label("ID", exact=True).fill("4711")
    check_dates(form)
    fill_products(order)
    upload(order, "logo.png", png(width=120, height=40))
    expect(form.get_by_role("img", name="Picture for Logo")).to_be_visible()

    generate.click()
    expect(form.get_by_label("Company")).to_be_focused()
    expect(form.get_by_text("Company is required.").first).to_be_visible()
    form.get_by_role("heading", name="Order").get_by_role("button").click()
    expect(form.get_by_label("Company")).to_be_hidden()
    form.get_by_role("button", name="Order company").click()  # unfolds its group
    expect(form.get_by_label("Company")).to_be_focused()
    form.screenshot(path=shots / "order-problems.png")
    assert violations(page, ".docgen-form") == []
    form.get_by_label("File name").fill("Order {order.id}")
    form.get_by_role("button", name="Generate anyway").click()
    expect(generate).to_be_disabled()
    status = form.get_by_role("status").filter(has_text="of 1 document finished")
    expect(status).to_have_text(
        "1 of 1 document finished: 1 completed with errors.", timeout=SECONDS
    )
    expect(form.get_by_text(f"1 error: {ERROR}")).to_be_visible()
    form.screenshot(path=shots / "order-with-errors.png")
    assert violations(page, ".docgen-form") == []

    form.get_by_role("button", name="Edit Order 4711").click()
    editing = form.get_by_role("status").filter(has_text="Edit 1 document, then generate.")
    expect(editing).to_be_visible()
    form.get_by_label("Company").fill("Zoë & <b>Sons</b>")
    expect(form.get_by_role("status").filter(has_text="Ready to generate.")).to_be_visible()
    generate.click()
    expect(status).to_have_text("1 of 1 document finished: 1 completed.", timeout=SECONDS)
    with page.expect_download() as download:
        form.get_by_role("button", name="Download Order 4711").click()
    assert download.value.suggested_filename.startswith("Order 4711")
    text = Template(download.value.path().read_bytes()).render({}).text()
    assert "Order 4711 of 31-Mar-2026 for Zoë & Sons" in text  # marks make it bold, as in Box
    assert "Ink: 5.50; Paper: 7; Pens: 12.25; " in text
    order.go_dark()
    form.screenshot(path=shots / "order-done-dark.png")
    assert violations(page, ".docgen-form") == []


def test_json_the_request_and_the_preview_follow_the_fields(order, shots):
    form, page = order.form, order.page
    preview = form.locator(".docgen-preview")
    expect(preview.get_by_text("Data is missing in")).to_be_visible(timeout=SECONDS)
    form.get_by_label("ID", exact=True).fill("4711")
    expect(preview).to_contain_text("4711", timeout=SECONDS)
    fields = form.locator(".docgen-fields")
    form.get_by_role("button", name="Enlarge").click()
    expect(form.get_by_role("button", name="Show smaller")).to_be_visible()
    form.screenshot(path=shots / "order-enlarged.png")
    assert preview.bounding_box()["width"] >= fields.bounding_box()["width"] - 4
    assert preview.bounding_box()["y"] < fields.bounding_box()["y"]
    form.get_by_role("button", name="Show smaller").click()
    choose_view(form, "JSON and code")
    text = form.get_by_label("Data as JSON")
    expect(text).to_have_value('{\n  "order": {\n    "id": "4711"\n  }\n}')
    text.fill('{"order": {"id": "4712", "company": Ada}}')
    page.keyboard.press("Tab")
    expect(
        form.get_by_text("Invalid JSON: Expecting value (line 1, column 37).", exact=False)
    ).to_be_visible()
    expect(text).to_have_value('{"order": {"id": "4712", "company": Ada}}')
    text.fill('{"order": {"id": "4712", "company": "Ada"}}')
    page.keyboard.press("Tab")
    form.get_by_role("tab", name="curl").click()
    code = form.get_by_role("region", name="Request as curl")
    expect(code).to_contain_text('"id": "4712"')
    expect(code).to_contain_text("Bearer $BOX_DEVELOPER_TOKEN")
    form.get_by_role("button", name="Copy: Request as curl").click()
    expect(form.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("() => navigator.clipboard.readText()").startswith("curl ")
    form.screenshot(path=shots / "order-curl.png")
    assert violations(page, ".docgen-form") == []

    choose_view(form, "Fields")
    expect(form.get_by_label("Company")).to_have_value("Ada")
    page.set_viewport_size({"width": 800, "height": 1100})
    form.screenshot(path=shots / "order-800.png")
    assert violations(page, ".docgen-form") == []
    bar, bottom = form.locator(".docgen-foot"), form.locator(".docgen-output")
    form.get_by_label("ID", exact=True).scroll_into_view_if_needed()
    expect(form.get_by_role("button", name="Generate", exact=True)).to_be_in_viewport()
    assert bar.bounding_box()["y"] < bottom.bounding_box()["y"] + bottom.bounding_box()["height"]
    page.set_viewport_size({"width": 1400, "height": 1500})


def test_the_keyboard_is_enough(order):
    form, keys = order.form, order.page.keyboard
    cells = order.cells.count()
    form.get_by_label("ID", exact=True).focus()
    keys.type("1")
    keys.press("Tab")
    keys.type("2026-03-31")
    keys.press("Tab")
    keys.press("Tab")  # past the calendar
    keys.type("Ada")
    form.get_by_text("No rows yet. Add a row, or paste cells here.").focus()
    keys.press("Control+Enter")
    keys.type("Ink")
    keys.press("Tab")
    keys.type("5")
    keys.press("Enter")
    generate = form.get_by_role("button", name="Generate", exact=True)
    generate.focus()
    keys.press("Enter")
    expect(form.get_by_text("Logo is required").first).to_be_visible()
    expect(form.get_by_placeholder("Path of a PNG")).to_be_focused()
    order_id = form.get_by_label("ID", exact=True)
    order_id.focus()
    order.run_code("form.generate()")  # leads to the logo, when a person is already elsewhere
    keys.press("End")
    keys.type("2")
    expect(order_id).to_have_value("12")
    anyway = form.get_by_role("button", name="Generate anyway")
    anyway.focus()
    for key in ("x", "d", "d"):  # JupyterLab's shortcuts that cut and delete a cell
        keys.press(key)
    keys.press("Enter")
    expect(
        form.get_by_role("status").filter(has_text=re.compile("1 completed with errors"))
    ).to_be_visible(timeout=SECONDS)
    assert order.cells.count() == cells
