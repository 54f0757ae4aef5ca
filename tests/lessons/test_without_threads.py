"""Exercises and drills work in a kernel without threads, sockets and processes, as in a browser."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PROGRAM = """
import pandas, pyarrow, requests
import docgen_nb as dg
from lessons.test_drills import ANSWERS, EVIDENCE
from lessons.test_exercises import CELLS
from docgen_nb.lessons.checking import EXERCISES
from notebooks import browser_kernel

pyarrow.set_cpu_count(1)
browser_kernel.take_away()
for id, exercise in EXERCISES.items():
    variables = {}
    exec(CELLS[f"start-{id}"], variables)
    exec(exercise.solution, variables)
    print(dg.lessons.check(id, variables[f"answer_{id}"]).passed)
for name, (cause, remedy) in ANSWERS.items():
    drill = dg.lessons.drill(name, seed=5)
    drill.chart()._repr_mimebundle_()
    print(drill.answer(cause=cause, remedy=remedy, evidence=EVIDENCE[name](drill)).passed)
"""


@pytest.mark.slow
def test_each_solution_passes_where_threads_sockets_and_processes_fail():
    path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    process = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": path, "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert process.returncode == 0, process.stderr
    assert process.stdout.split() == ["True"] * (18 + 4)
