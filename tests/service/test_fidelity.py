"""The fidelity table covers every endpoint and gives evidence for each row."""

import subprocess
import sys

from docgen_nb.service import LocalDocGen
from docgen_nb.service.fidelity import as_text, rows
from docgen_nb.service.routes import ROUTES


def test_every_endpoint_has_a_row_and_every_row_an_endpoint():
    endpoints = {f"{route.method} {route.path}" for route in ROUTES}
    calls = {row["call"] for row in rows()}
    assert endpoints - calls == set()
    assert calls - endpoints == {"any", "job", "webhook"}


def test_every_row_is_unique_and_has_its_evidence():
    grades = {"verified", "documented", "observed", "guessed"}
    assert {row["confidence"] for row in rows()} == grades
    keys = [(row["call"], row["behavior"]) for row in rows()]
    assert len(keys) == len(set(keys))
    assert all(row["note"] for row in rows() if row["confidence"] == "guessed")


def test_the_service_and_the_command_return_the_same_table(local: LocalDocGen):
    assert local.fidelity() == rows()
    command = [sys.executable, "-m", "docgen_nb", "serve", "--fidelity"]
    command_run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert command_run.stdout == as_text() + "\n"
