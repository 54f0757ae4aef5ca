"""The README: its Python blocks run, and its table contains every public name."""

import ast
import re
import subprocess
import sys
from importlib import import_module
from inspect import ismodule
from pathlib import Path

import pytest

import docgen_nb

README = (Path(__file__).parent.parent / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


def test_readme_has_python_blocks():
    assert BLOCKS


@pytest.mark.slow
@pytest.mark.parametrize("block", BLOCKS)
def test_block_runs(block, tmp_path):
    command = [sys.executable, "-W", "error", "-c", block]
    process = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert (process.returncode, process.stderr) == (0, "")
    assert process.stdout


def test_readme_has_install_commands():
    for command in (
        'python -m pip install ".[lab]" && docgen-nb demo',
        'python -m pip install -e ".[test]" && python -m pytest',
    ):
        assert f"\n{command}\n" in README


def test_readme_is_short():
    assert README.count("\n") <= 150


def test_table_contains_every_public_name():
    table = "\n".join(line for line in README.splitlines() if line.startswith("|"))
    assert [name for name in docgen_nb.__all__ if f"`{name}`" not in table] == []


def test_every_public_name_has_a_docstring():
    for name in docgen_nb.__all__:
        assert (getattr(docgen_nb, name).__doc__ or "").strip(), name


def test_every_public_name_has_an_example_that_runs_as_a_doctest():
    rooms = ("lessons", "samples")
    names = [name for name in docgen_nb.__all__ if not ismodule(getattr(docgen_nb, name))]
    values = {name: getattr(docgen_nb, name) for name in names}
    for room in rooms:
        module = getattr(docgen_nb, room)
        values |= {f"{room}.{name}": getattr(module, name) for name in module.__all__}
    del values["samples.SeededHistory"]  # what samples.history returns
    assert [name for name, value in values.items() if ">>> " not in value.__doc__] == []


def test_stub_has_exactly_the_public_names():
    stub = ast.parse(Path(docgen_nb.__file__).with_suffix(".pyi").read_text())
    imports = [(node.module, alias) for node in stub.body for alias in node.names]

    assert sorted(alias.asname for _, alias in imports) == docgen_nb.__all__
    for module, alias in imports:
        value = getattr(import_module(module), alias.name)
        assert value is getattr(docgen_nb, alias.asname), alias.asname
