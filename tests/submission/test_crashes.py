"""Tests that a sender that is killed at any moment leaves a true record, and sends no row twice."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from served import serving, wait_until
from submission.crashing_sender import ROWS
from submission.letters import letters, rows_of, texts

from docgen_nb.connection import connect

TESTS = Path(__file__).parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])}


@pytest.mark.slow
def test_the_record_is_true_after_30_crashes_and_each_row_is_sent_once(tmp_path):
    with serving() as served, connect(served.url, token="any") as box:
        request = letters(box)
        place = (served.url, request.template_id, request.folder_id, tmp_path / "history.sqlite")
        done = subprocess.run(
            [sys.executable, TESTS / "submission" / "crashing_sender.py", *place, "30", "1"],
            capture_output=True,
            text=True,
            timeout=240,
            env=ENVIRONMENT,
        )
        [summary] = done.stdout.splitlines() or [done.stderr]
        count, crashes, number, _ = summary.split()
        assert (count, crashes) == ("30", "crashes,")
        rows = rows_of(ROWS) * int(number)
        wait_until(lambda: all(j["status"] == "completed" for j in box.list_jobs(limit=1000)))
        assert texts(box) == Counter(f"Dear {row['name']}," for row in rows)
