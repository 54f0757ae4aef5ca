"""Lessons 00 to 07 work in a kernel without threads, sockets and processes, as in a browser."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from notebooks import browser_kernel

LESSONS = sorted((Path(__file__).parents[2] / "notebooks").glob("0[0-7]-*.ipynb"))
CELLS_WITH_BASH = 16


@pytest.mark.slow
def test_no_cell_needs_what_a_browser_lacks(tmp_path):
    assert len(LESSONS) == 8
    command = [sys.executable, browser_kernel.__file__, *map(str, LESSONS)]
    process = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600)
    lines = process.stdout.splitlines()
    assert [json.loads(line) for line in lines if line.startswith('{"notebook": ')] == []
    assert process.returncode == 0, process.stderr
    assert lines.count("Skipped: this cell needs bash, curl and a port.") == CELLS_WITH_BASH
