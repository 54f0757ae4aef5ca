"""The drill "lost_reply": a reply that is lost, and documents that exist twice."""

import random
from typing import TYPE_CHECKING, Any

from docgen_nb import charts, metrics, samples, wire
from docgen_nb.lessons.drills.drill import Drill, Incident
from docgen_nb.lessons.exercise import Wrong, shown
from docgen_nb.lessons.practice import Practice
from docgen_nb.request import BatchRequest
from docgen_nb.service import Fault

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DEPARTMENTS = ("Sales", "Research", "Facilities", "Legal", "Support")
PEOPLE = 8
PROGRAM = "payroll"


def build(chance: random.Random) -> Incident:
    """Return a morning of payslips: one batch was sent twice, another one by hand, rightly."""
    practice = Practice(most_calls=10_000)
    template = practice.add_template(
        samples.template("Payslip of {{name}}, {{department}}"), name="Payslip.docx"
    )
    folder = practice.box.create_folder("Payslips")["id"]
    practice.wait(60 * chance.randrange(5, 120))
    practice.set_faults()
    departments = chance.sample(DEPARTMENTS, len(DEPARTMENTS))
    doubled, refused = chance.sample(departments, 2)
    for department in departments:
        body = _body(template, folder, department)
        if department == doubled:
            practice.local.set_faults([Fault("lost_reply", method="POST", times=1)])
        if department == refused:  # not carried out, so sending it again is right
            practice.local.set_faults([Fault("unavailable", method="POST", times=1)])
        reply = practice.call(PROGRAM, "POST", wire.BATCHES, body=body)
        if reply is None or not reply.ok:
            practice.wait(chance.randrange(20, 50))
            practice.call(PROGRAM, "POST", wire.BATCHES, body=body)
        practice.wait(chance.randrange(100, 200))
    practice.settle()
    practice.lift_limits()
    known = {call.reply.body for call in practice.calls if call.status == 202}
    return _incident(practice, _unknown(practice, known), doubled=doubled)


def _body(template: str, folder: str, department: str) -> dict[str, Any]:
    rows = [{"name": f"{department} {n + 1}", "department": department} for n in range(PEOPLE)]
    return BatchRequest(
        template, folder_id=folder, file_name="Payslip {name}", external_id="{name}", rows=rows
    ).body()


def _unknown(practice: Practice, replies: set[Any]) -> str:
    """Return the id of the batch that no reply named."""
    text = b" ".join(replies).decode()
    ids = dict.fromkeys(job["batch"]["id"] for job in practice.box.list_jobs())
    (unknown,) = (id for id in ids if id not in text)
    return str(unknown)


def _incident(practice: Practice, unknown: str, *, doubled: str) -> Incident:
    jobs = list(practice.box.list_jobs())
    twins = {job["batch"]["id"] for job in jobs if str(job.get("external_id")).startswith(doubled)}
    batches = {job["batch"]["id"] for job in jobs}

    def judge(evidence: Any) -> None:
        if evidence == unknown:
            return
        if evidence in twins:
            raise Wrong(f"{PROGRAM} knows this batch: the log has its id. Which one is not there?")
        if evidence in batches:
            raise Wrong("The people of this batch have one payslip each.")
        raise Wrong(f"{shown(evidence)} is not the id of a batch.", "Ids of batches are in `jobs`.")

    return Incident(
        practice=practice,
        story=f"{PROGRAM} sent payslips to {len(DEPARTMENTS)} departments. It reports "
        f"{PEOPLE * len(DEPARTMENTS)} documents, but some people have two.",
        asks=f"the id of the batch that {PROGRAM} does not know of",
        cause="reply_lost",
        remedy="look_first",
        judge_evidence=judge,
        against={
            "clicked_twice": "Then there would be two answers. Look at the status of the calls.",
            "service_down": "A 503 came, too, but for a request that was not carried out.",
            "polls_each_job": "The log has only calls that send.",
        },
        effects={
            "never_retry": "Another department got a 503. Without a second try it has no payslips.",
            "more_retries": "Each try may be one more payslip.",
            "send_all_again": "Then everybody has one payslip more.",
        },
        explanation=f"The reply for {doubled} was lost (status 0) after the work was done; the "
        "second try made the same payslips again. The 503 was safe to repeat, but who can tell? "
        "Looking first is right for both; `dg.submit_many` does so.",
        hints=(
            'Who has two? `jobs["external_id"].value_counts()`. Then look at `log` around that '
            "time.",
            "Compare the batches in `jobs` with those in the column `batch_id` of `log`.",
            "One batch of `jobs` is in no row of `log`, and one row of `log` has the status 0. "
            "What has to happen between such a request and a second one?",
        ),
        draw=_draw,
    )


def _draw(drill: Drill) -> "Axes":
    return charts.draw_throughput(metrics.throughput(drill.jobs, every="1min"))
