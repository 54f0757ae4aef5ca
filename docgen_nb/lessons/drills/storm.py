"""The drill "storm": more calls than the service accepts."""

import random
from typing import TYPE_CHECKING, Any

import pandas as pd

from docgen_nb import samples, wire
from docgen_nb.charts.canvas.figure import ShownAxes, ShownFigure, describe
from docgen_nb.lessons.drills.drill import Drill, Incident
from docgen_nb.lessons.exercise import Wrong, shown
from docgen_nb.lessons.practice import Practice
from docgen_nb.request import BatchRequest

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PROGRAMS = ("portal", "archive", "billing")
LIMIT = 30  # calls a minute: small, so that the log stays readable
BATCHES, LETTERS = 6, 4
TOO_MANY = 429
_COLORS: dict[Any, Any] = {200: "#1b6ca8", 202: "#8db4d6", TOO_MANY: "#e9a23b"}
_STEP, _SEND_EVERY, _LIST_EVERY, _SECONDS = 3, 30, 15, 210


def build(chance: random.Random) -> Incident:
    """Return a storm: a program asks for each job of one batch by itself, in a loop."""
    sender, watcher, culprit = chance.sample(PROGRAMS, 3)
    practice = Practice(calls_per_minute=LIMIT, most_calls=10_000)
    template = practice.add_template(samples.template("Dear {{name}},"), name="Letter.docx")
    folder = practice.box.create_folder("Letters")["id"]
    practice.wait(60 + chance.randrange(600))
    practice.set_faults()  # the calls so far are no part of it
    bodies = [_body(template, folder, number) for number in range(BATCHES)]
    asked = chance.randrange(1, BATCHES // 2)  # the batch whose jobs are asked for
    batches: list[str] = []
    jobs: list[dict[str, Any]] = []
    for second in range(0, _SECONDS, _STEP):
        if second > _SEND_EVERY * (asked + 1):
            for job in jobs:
                practice.call(culprit, "GET", wire.JOB.format(job_id=job["id"]))
        if second % _SEND_EVERY == 0 and len(batches) < BATCHES:
            reply = practice.call(sender, "POST", wire.BATCHES, body=bodies[len(batches)])
            batches += [reply.json()["id"]] if reply.ok else []
        if second % _LIST_EVERY == 0:
            practice.call(sender, "GET", wire.BATCH_JOBS.format(batch_id=batches[-1]))
        if second % _SEND_EVERY == _STEP:
            practice.call(watcher, "GET", wire.JOBS)
        if second == _SEND_EVERY * asked + _STEP:
            path = wire.BATCH_JOBS.format(batch_id=batches[asked])
            jobs = practice.call(culprit, "GET", path).json()["entries"]
        practice.wait(_STEP)
    practice.lift_limits()
    return _incident(practice, batches, batches[asked], sender=sender, culprit=culprit)


def _body(template: str, folder: str, number: int) -> dict[str, Any]:
    rows = [{"name": f"Reader {number + 1}-{place + 1}"} for place in range(LETTERS)]
    return BatchRequest(template, folder_id=folder, file_name="{name}", rows=rows).body()


def _incident(
    practice: Practice, batches: list[str], asked: str, *, sender: str, culprit: str
) -> Incident:
    def judge(evidence: Any) -> None:
        if evidence == asked:
            return
        if evidence in batches:
            raise Wrong("Few refused calls are about this batch, or none.")
        raise Wrong(f"{shown(evidence)} is not the id of a batch.", "Ids of batches are in `jobs`.")

    return Incident(
        practice=practice,
        story=f"The program {sender} complains: it can't send its letters any more. The service "
        f"answers 429, too many requests. It accepts {LIMIT} calls a minute.",
        asks="the id of the batch that most of the refused calls are about",
        cause="polls_each_job",
        remedy="read_the_list",
        judge_evidence=judge,
        against={
            "sends_too_fast": f"Count the calls that send: {sender} makes two a minute.",
            "service_down": "A service that is down does not answer 429, and refuses everybody "
            "from one moment on.",
            "stuck_job": "Look at `jobs`: all are finished.",
        },
        effects={
            "more_retries": "Each refused call counts as well: this is how the storm goes on.",
            "send_slower": "Sending is two calls a minute, and the storm hundreds.",
            "wait_longer": "Who waits, and for what? The loop does not end by itself.",
        },
        explanation=f"{culprit} asks for every job of one batch every {_STEP} seconds, also when "
        "it is refused, and takes the calls of all others. One call reads the whole batch.",
        hints=(
            'Which program makes the calls? `log.groupby(["program", "status"]).size()` counts.',
            "The path of a refused call ends with the id of a job. `jobs` knows its batch.",
            "Take one refused call: which job is it about, and in which batch is this job? Then "
            "count the batches of all of them.",
        ),
        draw=_draw,
    )


def _draw(drill: Drill) -> "Axes":
    log = drill.log.assign(at=drill.log["at"].dt.floor("10s"))
    counts = log.groupby(["at", "status"]).size().unstack(fill_value=0)
    counts.index = pd.DatetimeIndex(counts.index).strftime("%H:%M:%S")
    figure = ShownFigure(figsize=(9, 3.5), layout="constrained")
    axes = figure.add_subplot(axes_class=ShownAxes)
    counts.plot.bar(ax=axes, stacked=True, width=1.0, color=_COLORS, rot=90)
    axes.set_xlabel("Time (UTC)")
    axes.set_ylabel("Calls in 10 seconds")
    axes.set_title("Calls by status", loc="left")
    refused = int((drill.log["status"] == TOO_MANY).sum())
    describe(axes, f"Bars: {len(drill.log)} calls by time and status, {refused} of them refused.")
    return axes
