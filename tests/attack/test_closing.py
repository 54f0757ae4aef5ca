"""Closing a service or a ledger while other threads use it: it waits, then refuses."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests
from api import Api, error
from served import wait_until

from docgen_nb import Ledger, samples
from docgen_nb.errors import ServiceError
from docgen_nb.service import LocalDocGen

ROUNDS = 6
# Each in a process of its own, as the attack ended the interpreter with a segmentation fault.
CHILD = """
import faulthandler, random, sys, tempfile, threading
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
                calls.release()
                call()
        except error as refusal:
            refused.append(str(refusal))
    started, calls = threading.Barrier(5), threading.Semaphore(0)
    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    started.wait()
    for _ in range(chance.randrange(1, 30)):  # close in the middle of calls, each time elsewhere
        calls.acquire()
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


def test_closing_ends_long_polls_and_refuses_what_comes_over_the_network():
    with LocalDocGen() as local, local.listen() as url, requests.Session() as session:
        session.trust_env = False
        api = Api(session, url)
        (server,) = api("OPTIONS", "/2.0/events").json()["entries"]
        polled = []
        waiter = threading.Thread(target=lambda: polled.append(api("GET", server["url"]).json()))
        waiter.start()
        wait_until(lambda: local.context.event_waiter.waiting)
        local.close()
        waiter.join()
        assert polled == [{"message": "reconnect"}]
        closed = "This service is closed. Start another one with LocalDocGen()."
        assert error(api("GET", "/2.0/users/me")) == (503, "unavailable", closed)
    local.close()
    with pytest.raises(ServiceError, match="is closed"):
        local.finish()
    with pytest.raises(ServiceError, match="is closed"):
        samples.history(local, jobs=1, days=1)


def test_two_threads_close_once(tmp_path):
    local = LocalDocGen(tmp_path)
    threads = [threading.Thread(target=local.close) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not (tmp_path / "docgen.sqlite-wal").exists()  # the last connection is closed


def test_a_forked_process_closes_a_ledger_that_another_thread_was_using(tmp_path):
    ledger = Ledger(tmp_path / "history.sqlite")
    held, go_on = threading.Event(), threading.Event()

    def use():
        with ledger.file.read():
            held.set()
            go_on.wait()

    thread = threading.Thread(target=use)
    thread.start()
    held.wait()
    code = fork_and(ledger.close)
    go_on.set()
    thread.join()
    ledger.close()
    assert code == 0


def fork_and(call):
    """Call a function in a forked process and return its exit status."""
    child = os.fork()
    if not child:
        signal.alarm(20)
        call()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
