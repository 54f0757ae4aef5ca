"""The likeness table is complete and says how each row is known."""

import subprocess
import sys

from docgen_nb.service import LocalDocGen
from docgen_nb.service.fidelity import CONFIDENCE, as_text, rows
from docgen_nb.service.routes import ROUTES


def test_every_endpoint_has_a_row_and_every_row_an_endpoint():
    endpoints = {f"{route.method} {route.path}" for route in ROUTES}
    told = {row["call"] for row in rows()}
    assert endpoints - told == set()
    assert told - endpoints == {"any", "job", "webhook"}


def test_every_row_says_how_it_is_known_and_each_stands_once():
    assert {row["confidence"] for row in rows()} <= set(CONFIDENCE)
    keys = [(row["call"], row["behaviour"]) for row in rows()]
    assert len(keys) == len(set(keys))
    assert all(row["note"] for row in rows() if row["confidence"] == "guessed")


def test_the_service_and_the_command_show_the_same_table(local: LocalDocGen):
    assert local.fidelity() == rows()
    command = [sys.executable, "-m", "docgen_nb", "serve", "--fidelity"]
    found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout == as_text() + "\n"
