"""The drill "bad_version": documents with gaps, since some change."""

import random
from typing import TYPE_CHECKING, Any

from docgen_nb import charts, metrics, samples, wire
from docgen_nb.lessons.drills.drill import Drill, Incident
from docgen_nb.lessons.exercise import Wrong, shown
from docgen_nb.lessons.practice import Practice
from docgen_nb.request import BatchRequest

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMES = ("Contract", "Letter", "Receipt")
BEFORE = "{{kind}} for {{name}}. Signed by {{signer}}."
HARMLESS = "{{kind}} for {{name}}. With kind regards, {{signer}}."
ROUNDS, ROWS = 8, 3
_DAY = 86_400


def build(chance: random.Random) -> Incident:
    """Return eight days: two templates get a new version, and one of these breaks."""
    practice = Practice(most_calls=10_000)
    bad, changed, careless = chance.sample(NAMES, 3)
    ids = {
        name: practice.add_template(samples.template(BEFORE), name=f"{name}.docx") for name in NAMES
    }
    folder = practice.box.create_folder("Documents")["id"]
    renamed = chance.choice(("signatory", "signedBy", "approver"))
    moment, harmless = chance.randrange(3, 6), chance.randrange(2, 6)
    versions: dict[str, str] = {}
    for day in range(ROUNDS):
        if day == moment:
            text = BEFORE.replace("signer", renamed)
            versions["bad"] = _upload(practice, ids[bad], text)
        if day == harmless:
            versions["harmless"] = _upload(practice, ids[changed], HARMLESS)
        for name in chance.sample(NAMES, len(NAMES)):
            count = ROWS + chance.randrange(3)
            rows = [{"kind": name, "name": f"Reader {n}", "signer": "Ada"} for n in range(count)]
            if name == careless and chance.random() < 0.7:
                del rows[-1]["signer"]  # these gaps are older, and in the data
            body = BatchRequest(ids[name], folder_id=folder, file_name="{kind} {name}", rows=rows)
            practice.call("office", "POST", wire.BATCHES, body=body.body())
            practice.settle()
            practice.wait(60 * chance.randrange(5, 200))
        practice.wait(_DAY - practice.clock.now() % _DAY + 9 * 3600)
    practice.lift_limits()
    return _incident(practice, versions, bad=bad, careless=careless, renamed=renamed)


def _upload(practice: Practice, template_id: str, text: str) -> str:
    file = practice.box.upload_version(template_id, samples.template(text))
    practice.box.mark_template(template_id)
    return str(file["file_version"]["id"])


def _incident(
    practice: Practice, versions: dict[str, str], *, bad: str, careless: str, renamed: str
) -> Incident:
    jobs = {job["template_file_version"]["id"] for job in practice.box.list_jobs()}

    def judge(evidence: Any) -> None:
        if evidence == versions["bad"]:
            return
        if evidence == versions["harmless"]:
            raise Wrong("This version is new as well, but its documents are complete.")
        if evidence in jobs:
            raise Wrong("Documents of this version had gaps from the first day on, or have none.")
        raise Wrong(
            f"{shown(evidence)} is not the id of a version.",
            "`jobs` has the column `template_version_id`.",
        )

    return Incident(
        practice=practice,
        story="The office complains: for some days far more documents than before have a tag in "
        "braces in place of a name.",
        asks="the `template_version_id` with which it began",
        cause="new_version",
        remedy="pin_version",
        judge_evidence=judge,
        against={
            "data_changed": f"The data of {bad} is the same as before, and was complete with the "
            f"version before. (The gaps of {careless} are older, and few.)",
            "slow_template": "Nothing here is about time: look at the messages.",
            "stuck_job": "All jobs are finished.",
        },
        effects={
            "make_optional": "Then the name is missing without a message, and nobody notices.",
            "send_all_again": "With the same version, the same documents.",
            "wait_longer": "The documents are finished. They are wrong.",
        },
        explanation=f"The new version of {bad} has the tag {{{{{renamed}}}}}, and the data has "
        "signer. A request that names template_version_id is safe from such a change; "
        "`dg.schema.compare` shows what a new version needs before it is used.",
        hints=(
            'Split: `dg.outcomes(jobs, by="template")`, then `by=["template", "version"]`.',
            "Two templates have a second version. `failures` has the messages of each: which tag "
            "is missing, and since when?",
            "One version fails in all of its jobs. The request can name the version to use.",
        ),
        draw=_draw,
    )


def _draw(drill: Drill) -> "Axes":
    return charts.draw_outcomes(metrics.outcomes(drill.jobs, by="template"))
