"""Closing a service or a ledger while other threads use it: it waits, then refuses."""

import subprocess
import sys
from pathlib import Path

import pytest

ROUNDS = 15
# Each in a process of its own, as the attack ended the interpreter with a segmentation fault.
CHILD = """
import faulthandler, random, sys, tempfile, threading, time
sys.path.insert(0, {tests!r})
from api import Api, batch_body
from docgen_nb import Ledger, samples
from docgen_nb.errors import ServiceError
from docgen_nb.service import LocalDocGen

faulthandler.enable()
faulthandler.dump_traceback_later(100, exit=True)
chance = random.Random(1)
refused = []

def attack(thing, call, error):
    def use():
        started.wait()
        try:
            while True:
                call()
        except error as refusal:
            refused.append(str(refusal))
    started = threading.Barrier(5)
    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    started.wait()
    time.sleep(chance.uniform(0.0, 0.02))
    thing.close()
    for thread in threads:
        thread.join()

{rounds}
print(len(refused), set(refused))
"""
SERVICE = """
for number in range({rounds}):
    local = LocalDocGen(workers={workers})
    api = Api(local.session(), "http://docgen.local")
    template = api.template(samples.template("Dear {{{{name}}}},"))
    body = batch_body(template, "0", [{{"name": "Ada"}}] * 3)
    def call():
        api.batch(body)
        api.entries("/2.0/docgen_jobs")
        api.content(template)
    attack(local, call, ServiceError)
"""
LEDGER = """
with LocalDocGen() as local, tempfile.TemporaryDirectory() as folder:
    samples.history(local, jobs=300, days=3)
    with local.session() as session:
        import docgen_nb
        box = docgen_nb.connect("http://docgen.local", session=session, token="any")
        with Ledger(folder + "/history.sqlite") as ledger:
            ledger.sync(box)
        for number in range({rounds}):
            ledger = Ledger(folder + "/history.sqlite")
            def call():
                assert len(ledger.jobs()) == 300
                ledger.rebuild_rollups()
            attack(ledger, call, ValueError)
"""


def run_child(rounds):
    code = CHILD.format(tests=str(Path(__file__).parents[1]), rounds=rounds)
    child = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120
    )
    assert (child.returncode, child.stderr) == (0, "")
    return child.stdout.strip()


@pytest.mark.parametrize("workers", [8, 0])
def test_a_service_closes_while_four_threads_call(workers):
    closed = "This service is closed. Start another one with LocalDocGen()."
    output = run_child(SERVICE.format(rounds=ROUNDS, workers=workers))
    assert output == f"{4 * ROUNDS} { ({closed})!r}"


def test_a_ledger_closes_while_four_threads_call():
    closed = "This ledger is closed. Open it again with Ledger(path)."
    assert run_child(LEDGER.format(rounds=ROUNDS)) == f"{4 * ROUNDS} { ({closed})!r}"
