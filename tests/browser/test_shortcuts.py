"""JupyterLab's single-key shortcuts while a button or a list of a form has the focus."""

from playwright.sync_api import expect

from browser.own_notebook import write_notebook

FORM = """
import ipywidgets as widgets
from docgen_nb.forms.widgets.shortcuts import suppress_shortcuts

button = widgets.Button(description="Add a list")
form = widgets.VBox([button]).add_class("docgen-form")
suppress_shortcuts(form)

def add(_):
    form.children = (*form.children, widgets.Dropdown(description="List", options=["a", "x", "d"]))

button.on_click(add)
form
"""


def test_letters_change_nothing_while_a_button_or_a_list_has_the_focus(notebook, lab):
    notebook.open(write_notebook(lab, "keys.ipynb", FORM, "1 + 1"))
    notebook.run_all()
    form, keys = notebook.form, notebook.page.keyboard
    button = form.get_by_role("button", name="Add a list")
    expect(button).to_have_attribute("data-lm-suppress-shortcuts", "true")
    button.focus()
    for key in ("x", "d", "d", "a", "b"):
        keys.press(key)
    keys.press("Enter")
    added = form.get_by_label("List")
    expect(added).to_have_attribute("data-lm-suppress-shortcuts", "true")
    added.focus()
    for key in ("x", "d", "d"):
        keys.press(key)
    expect(added).to_have_value("x")  # the list handles the letters itself
    form.click(position={"x": 800, "y": 50})  # beside the controls
    for key in ("r", "m", "x", "d", "d"):
        keys.press(key)
    expect(notebook.cells).to_have_count(2)
    expect(form).to_have_count(1)
