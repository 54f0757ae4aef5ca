"""Every Python block of the README runs, and every public name stands in its table."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import docgen_nb

README = (Path(__file__).parent.parent / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


def test_there_are_blocks():
    assert BLOCKS


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_runs(block, tmp_path):
    command = [sys.executable, "-W", "error", "-c", block]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout


def test_both_commands_are_there():
    for command in (
        'python -m pip install ".[lab]" && docgen-nb demo',
        'python -m pip install -e ".[test]" && python -m pytest',
    ):
        assert f"\n{command}\n" in README


def test_it_is_short():
    assert README.count("\n") <= 150


def test_every_public_name_is_in_the_table():
    table = "\n".join(line for line in README.splitlines() if line.startswith("|"))
    assert [name for name in docgen_nb.__all__ if f"`{name}`" not in table] == []


def test_every_public_name_has_a_docstring_and_loads():
    assert set(docgen_nb.__all__) == set(docgen_nb._HOMES)
    for name in docgen_nb.__all__:
        assert (getattr(docgen_nb, name).__doc__ or "").strip(), name
