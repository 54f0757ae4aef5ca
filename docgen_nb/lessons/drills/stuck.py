"""The drill "stuck": a batch that does not end."""

import random
from typing import TYPE_CHECKING, Any

from docgen_nb import charts, samples, wire
from docgen_nb.lessons.drills.drill import Drill, Incident
from docgen_nb.lessons.exercise import Wrong, shown
from docgen_nb.lessons.practice import Practice
from docgen_nb.request import BatchRequest
from docgen_nb.service import FaultPlan, JobBehavior

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BATCHES, ROWS = 5, 7
_SHARE, _SLOW = 0.12, (40.0, 70.0)


def build(chance: random.Random) -> Incident:
    """Return two hours: one job is never started, and a batch of slow jobs has just begun."""
    while True:  # until exactly one job is stuck; three tries on average
        practice = Practice(most_calls=10_000)
        letter = practice.add_template(samples.template("Dear {{name}},"), name="Letter.docx")
        report = practice.add_template(samples.template("Report {{name}}"), name="Report.docx")
        stuck = chance.randrange(BATCHES - 2)
        seed = chance.randrange(10_000)
        for number in range(BATCHES):
            share = _SHARE if number == stuck else 0.0
            quick = JobBehavior(template=letter, latency=(1, 4), pending=share, seed=seed)
            slow = JobBehavior(template=report, latency=_SLOW, seed=seed)
            practice.local.set_faults(FaultPlan([], [quick, slow]))
            _send(practice, letter, f"Letter {number + 1}")
            if number == stuck and len(_open(practice)) != 1:
                break
            practice.wait(60 * chance.randrange(12, 30))
        else:
            _send(practice, report, "Report")
            practice.wait(chance.randrange(90, 150))
            practice.call("press", "GET", wire.JOBS)
            return _incident(practice, letter)


def _send(practice: Practice, template: str, name: str) -> None:
    rows = [{"name": f"{name}-{place + 1}"} for place in range(ROWS)]
    body = BatchRequest(template, file_name="{name}", rows=rows).body()
    practice.call("press", "POST", wire.BATCHES, body=body)
    if not name.startswith("Report"):
        practice.settle()


def _open(practice: Practice) -> list[dict[str, Any]]:
    return [job for job in practice.box.list_jobs() if job["status"] in wire.OPEN]


def _incident(practice: Practice, letter: str) -> Incident:
    (job,) = (job for job in _open(practice) if job["template_file"]["id"] == letter)
    stuck, batch = job["id"], job["batch"]["id"]
    open_ids = {job["id"] for job in _open(practice)}
    all_ids = {job["id"] for job in practice.box.list_jobs()}

    def judge(evidence: Any) -> None:
        if evidence == stuck:
            return
        if evidence == batch:
            raise Wrong("This is its batch. Which of its jobs?")
        if evidence in open_ids:
            raise Wrong("This job is open, too, but not for longer than others of its template.")
        if evidence in all_ids:
            raise Wrong("This job is finished.")
        raise Wrong(f"{shown(evidence)} is not the id of a job.", "Ids of jobs are in `jobs`.")

    return Incident(
        practice=practice,
        story="The program press waits for a batch of letters, and has been for a long time. A "
        "batch of reports has just begun.",
        asks="the id of the job that keeps it waiting",
        cause="stuck_job",
        remedy="send_one_again",
        judge_evidence=judge,
        against={
            "slow_template": "Reports take about a minute each. The job is a letter, and letters "
            "take seconds.",
            "service_down": "Jobs that were sent later are finished.",
            "sends_too_fast": "A batch every quarter of an hour is no crowd.",
        },
        effects={
            "wait_longer": "It has had many times what any other letter took.",
            "send_all_again": "Then the other people of the batch get a second letter.",
            "send_slower": "The others of its batch took seconds.",
        },
        explanation="One letter stays pending, while all that were sent after it are finished; the "
        "open reports are young. Box has no call to cancel a job: send its row again, and set a "
        "time limit, as `Batch.wait(timeout=…)` has.",
        hints=(
            "Which jobs are open, and since when? `read_at` minus `created_at` is their age.",
            "Compare the age of each open job with the durations of finished jobs of its template.",
            "Sort the open jobs by `created_at`. Some are reports, and young; one is a letter. "
            "The rest of its batch is done.",
        ),
        draw=_draw,
    )


def _draw(drill: Drill) -> "Axes":
    return charts.draw_timeline(drill.jobs)
