"""What notebooks that load nothing from elsewhere ask of the modules, as VS Code's do."""

import re
from pathlib import Path

import pytest

from docgen_nb import forms

FILES = sorted(
    path for path in Path(forms.__file__).parent.rglob("*") if path.suffix in (".js", ".css")
)
ELSEWHERE = re.compile(
    r"""\bimport\b|\brequire\s*\(|\bfetch\s*\(|XMLHttpRequest|WebSocket|sendBeacon|\beval\b|
    new\s+(Function|Worker)|<script|document\.cookie|localStorage|@import|https?:|["'(]//""",
    re.VERBOSE,
)
NAMESPACE = "xmlns='http://www.w3.org/2000/svg'"  # a name in pictures, not an address


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_module_loads_nothing_and_talks_to_its_kernel_alone(path):
    text = path.read_text("utf-8").replace(NAMESPACE, "")
    assert ELSEWHERE.findall(text) == []


@pytest.mark.parametrize("path", [p for p in FILES if p.suffix == ".js"], ids=lambda p: p.name)
def test_a_module_names_no_part_of_jupyterlab(path):
    assert not re.search(r"\b(jupyterapp|jupyterlab|Jupyter\.)", path.read_text("utf-8"))
