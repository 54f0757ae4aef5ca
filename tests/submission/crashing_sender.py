"""A process that lets senders kill themselves at random moments, and compares after each.

Run as a script with the arguments URL TEMPLATE FOLDER LEDGER CRASHES SEED. It forks a sender for
each crash, which kills itself at one of its SQL statements, or before or after a request. What the
ledger then says is compared with what the service has; differences are printed.
"""

import os
import random
import signal
import sys
from collections import Counter, defaultdict
from pathlib import Path

from submission.letters import rows_of

from docgen_nb.connection import connect
from docgen_nb.ledger import Ledger
from docgen_nb.ledger.submissions.record import PLANNED, SENT, all_records
from docgen_nb.request import BatchRequest
from docgen_nb.submission import submit_many

ROWS = 60
MOST_EVENTS = 24  # of six for each chunk


class Mortal:
    """A client whose process is killed at an event; the ledger reports its own events, too."""

    def __init__(self, box, left):
        self._box, self._left = box, left

    def __getattr__(self, name):
        return getattr(self._box, name)

    def statement(self, sql):
        """Count what writes. A statement is counted before it has happened."""
        if sql.startswith(("COMMIT", "UPDATE submission_chunks")):
            self.event()

    def event(self):
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def create_batch(self, body):
        self.event()
        reply = self._box.create_batch(body)
        self.event()
        return reply


def send(url, template, folder, path, *, label, events):
    request = BatchRequest(template, folder_id=folder, file_name="Letter {number}")
    with connect(url, token="any") as client, Ledger(path) as ledger:
        box = Mortal(client, events)
        with ledger.file.use() as db:
            db.set_trace_callback(box.statement)
        submit_many(
            box,
            request,
            rows_of(ROWS),
            ledger=ledger,
            chunk=4,
            documents_a_minute=None,
            label=label,
            settle_seconds=0.05,
        )


def crash(*place, label, events):
    """Return whether a sender was killed, or ended because all was sent."""
    child = os.fork()
    if child == 0:
        try:
            send(*place, label=label, events=events)
            os._exit(0)
        except BaseException as error:  # noqa: BLE001  the parent sees it printed
            print(repr(error), flush=True)
            os._exit(1)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def differences(url, path):
    """Yield what the ledger says that is not so."""
    batches = defaultdict(Counter)
    with connect(url, token="any") as box, Ledger(path) as ledger:
        for job in box.list_jobs(limit=1000):
            batches[job["external_id"]][job["batch"]["id"]] += 1
        for record in all_records(ledger.file):
            for chunk in record.chunks():
                for row in record.rows_of(chunk):
                    has = dict(batches[f"{record.token}-{row}"])
                    right = {
                        PLANNED: has == {},
                        SENT: has == {chunk.batch_id: 1},
                    }.get(chunk.state, len(has) < 2)
                    if not right:
                        yield f"row {row} is {chunk.state} ({chunk.batch_id}), service: {has}"


def main(url, template, folder, path, crashes, seed):
    chance, round_number, killed = random.Random(int(seed)), 0, 0
    place = (url, template, folder, Path(path))
    while killed < int(crashes):
        events = chance.randint(1, MOST_EVENTS)
        if crash(*place, label=str(round_number), events=events):
            killed += 1
        else:
            round_number += 1
        for difference in differences(url, path):
            print(f"crash {killed}: {difference}", flush=True)
    for number in range(round_number + 1):
        send(*place, label=str(number), events=-1)
    print(f"{killed} crashes, {round_number + 1} submissions", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
