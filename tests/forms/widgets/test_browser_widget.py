"""Widgets with a module of their own, and what a page gets that starts one too late."""

from pathlib import Path

import pytest

from docgen_nb import forms
from docgen_nb.forms.widgets.browser_widget import module_of, style_of
from docgen_nb.forms.widgets.code import Code

FOLDER = Path(forms.__file__).parent
MODULES = [file for file in FOLDER.rglob("*.js") if "export default" in file.read_text("utf-8")]


def test_a_page_that_is_late_gets_the_whole_state_once(sent):
    code = Code(label="Request", value="{}")
    code.value = "[]"
    assert sent == [{"value": "[]"}]
    code.is_late = True  # as the page sets it
    *_, answer = sent
    assert answer.keys() == set(code.keys)
    assert (answer["value"], answer["is_late"], code.is_late) == ("[]", False, False)
    count = len(sent)
    code.value = ""
    assert sent[count:] == [{"value": ""}]


def test_every_widget_has_the_remedy():
    direct = [file.name for file in FOLDER.rglob("*.py") if "AnyWidget" in file.read_text("utf-8")]
    assert direct == ["browser_widget.py"]
    assert len(MODULES) > 10
    assert module_of("code.js").startswith("// The start of every module.")
    assert Code._css == style_of("code.css")
    assert ".docgen-part:not(.docgen-started)::after" in Code._css


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.name)
def test_a_module_exports_what_start_js_returns(file):
    _, exported = file.read_text("utf-8").split("export default")
    assert exported.count("started({") == 1
