"""TableEditor in JupyterLab: typing, pasting, scrolling."""

import json
import re

import pytest
from playwright.sync_api import expect

from browser.axe import violations
from browser.own_notebook import write_notebook

TABLE = """
import json
import ipywidgets as widgets
from docgen_nb.forms.table_editor import TableEditor
from docgen_nb.schema import Field

columns = [
    Field("name", "products.name", "text", True),
    Field("price", "products.price", "number", True),
    Field("note", "products.note", "text", False),
    Field("parts", "products.parts", "records", False),
]
rows = [
    {"name": "Ink", "price": 5.5, "parts": [{"id": 1}]},
    {"name": "Paper", "price": None},
    {"name": "Pens", "price": 2},
]
table = TableEditor(columns, label="Products", rows=rows)
value = widgets.Label()

def show():
    value.value = json.dumps(table.value[-3:])

table.on_change(show)
show()
table.show_messages({
    (1, "price"): "The tag 'products.price' was not provided in the input data.",
    (1, ""): "The whole row is unusual.",
    (None, ""): "There are too few products.",
})
table.widget.add_class("docgen-form")
display(table)
value
"""
MANY = """
table.value = [{"name": f"Product {n}", "price": n} for n in range(5000)]
"""


@pytest.fixture
def products(notebook, lab):
    notebook.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    notebook.open(write_notebook(lab, "table.ipynb", TABLE))
    notebook.run_all()
    assert notebook.errors() == []
    expect(notebook.form.get_by_role("grid", name="Products")).to_be_visible()
    return notebook


def expect_value(notebook, rows):
    """Expect these last rows in Python."""
    expect(value(notebook)).to_have_text(json.dumps(rows))


def value(notebook):
    return notebook.page.locator(".jp-NotebookPanel:visible .widget-label")


def cell(notebook, row, column):
    """A cell by the numbers of its row and column, from 1; column 0 is the row header."""
    of_row = notebook.form.locator(f'[role=row][aria-rowindex="{row + 1}"]')
    return of_row.locator(f'[aria-colindex="{column + 1}"]')


def press(notebook, *keys):
    for key in keys:
        notebook.page.keyboard.press(key)


def paste(notebook, text):
    notebook.page.evaluate("text => navigator.clipboard.writeText(text)", text)
    press(notebook, "Control+v")


def test_a_wrong_price_shows_a_message_until_it_is_corrected(products, shots):
    form = products.form
    price = cell(products, 2, 2)
    expect(price).to_have_attribute("aria-invalid", "true")
    expect(price).to_have_accessible_description(
        "⚠ Price: The tag 'products.price' was not provided in the input data."
    )
    expect(cell(products, 2, 0)).to_have_accessible_description("⚠ The whole row is unusual.")
    expect(form.get_by_text("There are too few products.")).to_be_visible()
    price.dblclick()
    products.page.keyboard.type("7,50 EUR")
    wrong = form.get_by_text("⚠ Price: Enter a number such as 1234.5.")
    expect(wrong).to_be_visible()  # while it is typed
    expect(form.get_by_role("textbox", name="Price, row 2")).to_have_attribute(
        "aria-invalid", "true"
    )
    form.screenshot(path=shots / "table-wrong.png")
    press(products, "Enter")
    expect(cell(products, 3, 2)).to_be_focused()
    assert price.locator(".docgen-table-text").inner_text() == "7,50 EUR"
    assert violations(products.page, ".docgen-form") == []

    press(products, "ArrowUp", "F2", "Control+a")
    products.page.keyboard.type("7,5")
    press(products, "Enter", "ArrowUp")
    change = form.get_by_role("button", name="Change to 7.5", exact=True)
    expect(change).to_be_visible()
    press(products, "Tab")
    expect(change).to_be_focused()
    form.screenshot(path=shots / "table-offer.png")
    press(products, "Enter")
    expect(wrong).to_have_count(0)
    expect(price).to_be_focused()
    # The message that was set in Python stays until another is set.
    expect(price).to_have_accessible_description(re.compile("was not provided"))
    expect_value(
        products,
        [
            {"name": "Ink", "price": 5.5, "parts": [{"id": 1}]},
            {"name": "Paper", "price": 7.5},
            {"name": "Pens", "price": 2},
        ],
    )


def test_the_keyboard_is_enough(products):
    form, page = products.form, products.page
    cells = products.cells.count()
    cell(products, 1, 1).focus()
    press(products, "ArrowDown", "ArrowDown", "Control+Enter")
    expect(cell(products, 4, 1)).to_be_focused()
    page.keyboard.type("xdd")  # letters that would cut and delete the cell of the notebook
    press(products, "Tab")
    expect(cell(products, 4, 2)).to_be_focused()
    page.keyboard.type("9")
    press(products, "Shift+Tab", "Alt+ArrowUp")
    expect(cell(products, 3, 1)).to_be_focused()
    made = {"name": "xdd", "price": 9}
    expect_value(products, [{"name": "Paper", "price": None}, made, {"name": "Pens", "price": 2}])
    press(products, "ArrowRight", "Delete", "ArrowLeft", "Control+Delete")
    paper, pens = {"name": "Paper", "price": None}, {"name": "Pens", "price": 2}
    expect_value(products, [{"name": "Ink", "price": 5.5, "parts": [{"id": 1}]}, paper, pens])
    press(products, "Control+z")
    expect_value(products, [paper, {"name": "xdd"}, pens])
    expect(cell(products, 3, 1)).to_be_focused()
    press(products, "Control+z")
    expect_value(products, [paper, made, pens])
    press(products, "F2")
    page.keyboard.type("!")
    press(products, "Escape")
    expect(cell(products, 3, 1)).to_be_focused()
    expect(cell(products, 3, 1)).to_have_text("xdd")

    press(products, "Home", "Control+Home", "Shift+ArrowDown")
    expect(form.get_by_role("button", name="Delete 2 rows")).to_be_visible()
    press(products, "Delete")
    expect_value(products, [made, {"name": "Pens", "price": 2}])
    press(products, "Tab")
    expect(form.get_by_role("button", name="Add row")).to_be_focused()
    press(products, "x", "d", "d")
    press(products, "Shift+Tab", "Tab", "Tab", "Tab", "Tab", "Tab", "Enter")
    expect(form.get_by_role("status")).to_have_text("4 rows. 1 row has errors.")
    assert products.cells.count() == cells


def test_cells_are_pasted_from_a_spreadsheet(products, shots):
    form = products.form
    cell(products, 3, 2).click()
    paste(products, '3\t"two\nlines"\r\n4\tx\r\n')
    expect_value(
        products,
        [
            {"name": "Paper", "price": None},
            {"name": "Pens", "price": 3, "note": "two\nlines"},
            {"price": 4, "note": "x"},
        ],
    )
    cell(products, 4, 1).click()
    paste(products, "Name\tCost\tColor\nCups\t3\tred\nTea\t4\tgreen\n")
    expect(form.get_by_role("status")).to_contain_text(
        "The table has no columns for these names: 'Cost', 'Color'."
    )
    expect(form.get_by_label("Pasted text")).to_have_value(re.compile("Cups\t3\tred"))
    form.screenshot(path=shots / "table-assign-columns.png")
    assert violations(products.page, ".docgen-form") == []
    form.get_by_label("Column 2 (Cost) to").select_option("Price")
    form.get_by_role("button", name="Insert rows").click()
    expect_value(
        products,
        [
            {"price": 4, "note": "x"},
            {"name": "Cups", "price": 3},
            {"name": "Tea", "price": 4},
        ],
    )
    expect(form.get_by_label("Pasted text")).to_have_count(0)
    press(products, "Control+z", "Control+z")
    expect_value(
        products,
        [
            {"name": "Ink", "price": 5.5, "parts": [{"id": 1}]},
            {"name": "Paper", "price": None},
            {"name": "Pens", "price": 2},
        ],
    )


def test_an_emptied_table_takes_rows_by_the_keyboard(products, shots):
    cell(products, 3, 0).click()
    press(products, "Control+Home", "Shift+PageDown", "Delete")
    expect_value(products, [])
    empty = products.form.get_by_text("No rows yet. Add a row, or paste cells here.")
    expect(empty).to_be_focused()
    products.form.screenshot(path=shots / "table-empty.png")
    assert violations(products.page, ".docgen-form") == []
    press(products, "x", "d", "d", "Delete", "ArrowDown", "Enter")
    press(products, "Control+Enter")
    expect(cell(products, 1, 1)).to_be_focused()
    products.page.keyboard.type("Ink")
    press(products, "Enter", "Control+Delete")
    expect(empty).to_be_focused()
    paste(products, "Cups\t5\n")
    expect_value(products, [{"name": "Cups", "price": 5}])
    expect(cell(products, 1, 1)).to_have_text("Cups")
    expect(cell(products, 1, 1)).to_be_focused()


def test_rows_are_copied_with_their_quotes(products):
    cell(products, 1, 3).click()
    products.page.keyboard.type("a")
    press(products, "Shift+Enter")
    products.page.keyboard.type("b")
    press(products, "Enter", "ArrowUp", "Home", "Shift+ArrowDown", "Control+c")
    copied = products.page.evaluate("() => navigator.clipboard.readText()")
    assert copied == 'Ink\t5.5\t"a\nb"\t1 item\nPaper\t\t\tempty'


def test_the_table_in_the_dark(products, shots):
    page = products.page
    products.go_dark()
    cell(products, 1, 2).click()
    paste(products, "a\tb\tc\td\n")
    expect(products.form.get_by_label("Pasted text")).to_be_visible()
    products.form.screenshot(path=shots / "table-dark.png")
    assert violations(page, ".docgen-form") == []


def test_of_five_thousand_rows_only_those_seen_are_in_the_page(notebook, lab, shots):
    notebook.open(write_notebook(lab, "many.ipynb", TABLE, MANY))
    notebook.run_all()
    grid = notebook.form.get_by_role("grid")
    expect(grid).to_have_attribute("aria-rowcount", "5001")
    assert grid.get_by_role("row").count() < 50
    cell(notebook, 1, 1).click()
    press(notebook, "Control+End")
    expect(cell(notebook, 5000, 1)).to_be_focused()
    expect(cell(notebook, 5000, 1)).to_be_in_viewport()
    assert grid.get_by_role("row").count() < 50
    notebook.page.keyboard.type("The last")
    press(notebook, "Enter", "PageUp")
    expect(value(notebook)).to_contain_text('"name": "The last"')
    notebook.form.locator(".docgen-table-scroll").evaluate("one => { one.scrollTop = 75000; }")
    expect(cell(notebook, 2505, 1)).to_have_text("Product 2504")
    notebook.form.screenshot(path=shots / "table-many.png")


def test_columns_shrink_to_fit_and_those_out_of_sight_are_named(products):
    form = products.form
    more = form.get_by_role("button", name="At the right:")
    form.evaluate("node => { node.style.width = '400px'; }")
    expect(cell(products, 1, 4)).to_be_in_viewport(ratio=1)
    expect(more).to_be_hidden()
    form.evaluate("node => { node.style.width = '240px'; }")
    expect(more).to_have_text(re.compile("^At the right: .*Parts ›$"))
    more.click()
    expect(cell(products, 1, 4)).to_be_in_viewport(ratio=1)
    expect(more).to_be_hidden()
