"""TemplateExplorer in JupyterLab."""

import re

from playwright.sync_api import expect

from browser.axe import violations
from browser.own_notebook import write_notebook

EXPLORER = """
import docgen_nb as dg
from docgen_nb.forms.panels.template_explorer import TemplateExplorer

explorer = TemplateExplorer(dg.connect("local"))
explorer.widget.add_class("docgen-form")
explorer
"""


def test_a_template_is_explored(notebook, lab, shots):
    notebook.open(write_notebook(lab, "explorer.ipynb", EXPLORER))
    notebook.run_all()
    assert notebook.errors() == []
    form = notebook.form
    expect(form.get_by_role("status")).to_have_text("Choose a template.")
    form.get_by_label("Template").fill("purchase order")
    expect(form.get_by_role("status")).to_have_text("Purchase order.docx, 34 tags, 0 problems.")
    form.get_by_text(re.compile(r"^taxRate: .*used 2 times$")).click()
    expect(form.get_by_text("{{order.taxRate}} in document, paragraph 9")).to_be_visible()
    form.screenshot(path=shots / "explorer.png")
    assert violations(notebook.page, ".docgen-form") == []
    notebook.go_dark()
    form.screenshot(path=shots / "explorer-dark.png")
    assert violations(notebook.page, ".docgen-form") == []
