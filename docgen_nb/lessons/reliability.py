"""The fourth set of exercises: what to do when calls fail, replies are lost and jobs are stuck."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from docgen_nb import samples
from docgen_nb.errors import BadRequest
from docgen_nb.frames import load_jobs
from docgen_nb.lessons.exercise import (
    Exercise,
    Wrong,
    in_words,
    require,
    require_function,
    run,
    shown,
)
from docgen_nb.lessons.practice import Practice
from docgen_nb.request import BatchRequest
from docgen_nb.service import Fault, JobBehavior
from docgen_nb.submission import Batch, Submission

LETTER = "Dear {{name}}, welcome."
LETTER_WITH_CITY = "Dear {{name}}, welcome to {{city}}."
NAMES = ("Ada", "Bo", "Cy", "Dee", "Eve", "Fay", "Gil", "Hal", "Ida", "Jo")
_SEND = "/2.0/docgen_batches"


def _letters(practice: Practice, count: int = 3) -> BatchRequest:
    """Return a request for letters to people, each with a name of its own."""
    template = practice.add_template(samples.template(LETTER), name="Welcome.docx")
    folder = practice.box.create_folder("Letters")
    return BatchRequest(
        template,
        folder_id=folder["id"],
        file_name="Letter to {name}",
        external_id="{name}",
        rows=[{"name": name} for name in NAMES[:count]],
    )


def _batches(practice: Practice) -> list[str]:
    """Return the ids of all batches, the oldest first."""
    practice.local.set_faults([])
    return list(dict.fromkeys(job["batch"]["id"] for job in practice.box.list_jobs()))


def _sent(practice: Practice) -> int:
    return sum(call.method == "POST" and call.path == _SEND for call in practice.calls)


# 04a


def _judge_patience(answer: Any, _: Any) -> None:
    require_function(answer)
    practice = Practice()
    body = _letters(practice).body()
    for seconds, times in ((7, 2), (31, 1)):
        practice.set_faults([Fault("rate_limited", method="POST", seconds=seconds, times=times)])
        known = len(_known(practice))
        run(answer, practice.box, body, practice.wait)
        _check_waits(practice, seconds)
        if len(_batches(practice)) != known + 1:
            raise Wrong("After your function returned, the service has no new batch.")
    _check_refused(answer, practice, body)


def _known(practice: Practice) -> set[str]:
    """Return the ids of the batches without a trace in the calls."""
    ids = {job["batch"]["id"] for job in practice.box.list_jobs()}
    practice.calls.clear()
    return ids


def _check_waits(practice: Practice, seconds: float) -> None:
    refused = None
    for call in practice.calls:
        if call.path != _SEND or call.method != "POST":
            continue
        waited = None if refused is None else call.at - refused
        if waited is not None and waited < seconds:
            raise Wrong(
                f"The service asked for {seconds:g} s with Retry-After, and your function sent "
                f"again after {waited:g} s.",
                "The error says how long. Call the `wait` that your function is given: it moves "
                "the clock of the service.",
            )
        refused = call.at if call.status == 429 else None


def _check_refused(answer: Callable[..., Any], practice: Practice, body: Mapping[str, Any]) -> None:
    """Check that a request that is not valid is not sent again and again."""
    practice.set_faults()
    invalid = {name: value for name, value in body.items() if name != "input_source"}
    try:
        answer(practice.box, invalid, practice.wait)
    except BadRequest:
        pass
    except (Exception, SystemExit) as error:  # noqa: BLE001  it becomes a reason
        raise Wrong(
            f"For a body that is not valid (400), your function raised {in_words(error)}.",
            "Only 429 is worth a second try. Let every other error pass as it is.",
        ) from None
    else:
        raise Wrong("For a body that is not valid (400), your function returned as if it was sent.")
    if _sent(practice) > 1:
        raise Wrong("A body that is not valid (400) was sent again. It will never be accepted.")


# 04b

_ACCIDENTS: tuple[tuple[str, list[Fault]], ...] = (
    ("Without any fault", []),
    ("With a lost reply", [Fault("lost_reply", method="POST", path=_SEND, times=1)]),
    ("With a 503 after the work was done", [Fault("error_reply", path=_SEND, times=1)]),
    (
        "With a 503 before the work was done",
        [Fault("unavailable", method="POST", path=_SEND, times=1)],
    ),
)


def _judge_lost_reply(answer: Any, _: Any) -> None:
    require_function(answer)
    for case, faults in _ACCIDENTS:
        practice = Practice()
        request = _letters(practice)
        decoy = practice.box.create_batch(request.body())["id"]  # the letters of last week
        practice.set_faults(faults)
        practice.wait(7 * 86_400)
        known = {decoy}
        result = run(answer, practice.box, request)
        made = [id for id in _batches(practice) if id not in known]
        if not made:
            raise Wrong(
                f"{case}, the letters were not sent at all.",
                "It is safe to send again if Box has no new batch. How do you tell new from old?",
            )
        if len(made) > 1:
            raise Wrong(
                f"{case}, the letters were sent {len(made)} times, and everyone gets all of them.",
                "Before you send again, look at Box: is there a batch that was not there before?",
            )
        _check_id(result, made[0], case)


def _check_id(result: Any, batch_id: str, case: str) -> None:
    given = result.batches[0] if isinstance(result, Submission) else result
    given = given.id if isinstance(given, Batch) else given
    given = given.get("id") if isinstance(given, Mapping) else given
    if given != batch_id:
        raise Wrong(
            f"{case}, your function returns {shown(result)} instead of the id of the new batch.",
            "The caller needs the id to follow the batch. `return` it also if you looked it up.",
        )


# 04c


def _judge_stuck(answer: Any, _: Any) -> None:
    require_function(answer)
    for stuck in (0.0, 0.3):
        practice = Practice()
        request = _letters(practice, 4)
        practice.set_faults(jobs=[JobBehavior(latency=(20, 40), pending=stuck, seed=0)])
        batch = practice.box.create_batch(request.body())["id"]
        begin = practice.clock.now()
        practice.calls.clear()
        result = run(answer, practice.box, batch, practice.wait)
        seconds, calls = practice.clock.now() - begin, len(practice.calls)
        statuses = {job["id"]: job["status"] for job in practice.box.list_batch_jobs(batch)}
        unfinished = sorted(id for id, one in statuses.items() if one in ("pending", "submitted"))
        case = "With a job that stays pending" if stuck else "With jobs that take half a minute"
        _check_waiting(case, result, unfinished, seconds=seconds, calls=calls, stuck=bool(stuck))


def _check_waiting(
    case: str, result: Any, unfinished: list[str], *, seconds: float, calls: int, stuck: bool
) -> None:
    if not isinstance(result, list | tuple | set):
        raise Wrong(f"{case}, your function returns {shown(result)}, and no list of ids.")
    if sorted(map(str, result)) != unfinished:
        raise Wrong(
            f"{case}, your function returns {len(result)} ids after {seconds:g} s, while "
            f"{len(unfinished)} jobs are open.",
            "Jobs in both states, pending and submitted, are open. Read the list once more after "
            "the last wait.",
        )
    if not stuck and unfinished:
        raise Wrong(f"{case}, your function gave up after {seconds:g} s. Ten minutes are allowed.")
    if seconds > 660:
        raise Wrong(f"{case}, your function waited {seconds:g} s. Ten minutes are the limit.")
    if calls > 150:
        raise Wrong(
            f"{case}, your function made {calls} calls in {seconds:g} s. Wait longer between."
        )


# 04d


def _start_rows(seed: int) -> Practice:
    """Return a service with ten letters: some failed, and one has a gap."""
    practice = Practice()
    template = practice.add_template(samples.template(LETTER_WITH_CITY), name="Welcome.docx")
    rows = [{"name": name, "city": "Bonn"} for name in NAMES]
    gap = 1 + seed % (len(NAMES) - 1)
    del rows[gap]["city"]
    request = BatchRequest(template, external_id="{name}", file_name="Letter to {name}", rows=rows)
    batch = practice.box.create_batch(request.body())["id"]
    ids = [int(job["id"]) for job in practice.box.list_batch_jobs(batch)]
    of_gap = ids.pop(gap)
    del ids[0]  # it is already being made
    chosen = next(
        behavior
        for draw in range(seed, seed + 1000)
        for behavior in [JobBehavior(failed=0.3, seed=draw, message="It took too long.")]
        if sum(map(behavior.fails, ids)) in (2, 3, 4) and not behavior.fails(of_gap)
    )
    practice.set_faults(jobs=[chosen])
    practice.settle()
    return practice


def _judge_rows(answer: Any, practice: Practice) -> None:
    require(answer, (list, tuple, set, frozenset, pd.Series), "a list of names")
    jobs = load_jobs(practice.box)
    status = dict(zip(jobs["external_id"], jobs["status"], strict=True))
    ids = set(jobs["job_id"])
    names = [one.get("name") if isinstance(one, Mapping) else one for one in answer]
    for name in names[: 2 * len(NAMES)]:
        if isinstance(name, str) and name in ids:
            raise Wrong(f"{name} is the id of a job. Which row does it belong to?")
        if not isinstance(name, str) or name not in status:
            raise Wrong(
                f"{shown(name)} is nobody's name. The rows are those of {', '.join(NAMES)}."
            )
    _compare_rows(names, status)


def _compare_rows(names: list[Any], status: Mapping[str, str]) -> None:
    gap = [name for name in names if status[name] == "completed_with_error"]
    done = [name for name in names if status[name] == "completed"]
    if done:
        raise Wrong(f"{done[0]} has a letter already, and would get a second one.")
    if gap:
        raise Wrong(
            f"{gap[0]} has a letter already, with a gap in it. Sent again, it is a second one.",
            "Which status means that there is no document?",
        )
    if len(names) > len(set(names)):
        raise Wrong("A name is there twice.", "One letter each.")
    lacking = sum(one == "failed" for one in status.values()) - len(names)
    if lacking:
        raise Wrong(f"{lacking} of those without a letter are not in the answer.")


EXERCISES = (
    Exercise(
        id="04a",
        task="Too many requests",
        judge=_judge_patience,
        hints=(
            "The reply to too many requests says how long to wait.",
            "Catch `dg.errors.RateLimited` around `box.create_batch`. Its `retry_after` is a "
            "number of seconds. Wait, then go round a loop once more.",
            "`while True:` with `try:`, `return box.create_batch(…)`, `except … as error:`, and "
            "in it one call of `wait`. Catch nothing else.",
        ),
        solution="def answer_04a(box, body, wait):\n"
        "    while True:\n"
        "        try:\n"
        "            return box.create_batch(body)\n"
        "        except dg.errors.RateLimited as error:\n"
        "            wait(error.retry_after)",
        learned="A 429 was not carried out, so a batch may be sent again, after Retry-After. "
        "`dg.submit_many` does so, and slows down.",
    ),
    Exercise(
        id="04b",
        task="A reply that is lost",
        judge=_judge_lost_reply,
        hints=(
            "No answer does not mean that nothing happened. Where can you see what did?",
            'Note which batches exist before you send: `job["batch"]["id"]` of all jobs. After '
            "`dg.errors.Unreachable` or `dg.errors.BoxUnavailable`, look again and compare.",
            "Two sets of ids, before and after; their difference is the batch, if there is one. "
            "Only if there is none, send again. Return an id in each case.",
        ),
        solution="def answer_04b(box, request):\n"
        '    before = {job["batch"]["id"] for job in box.list_jobs()}\n'
        "    while True:\n"
        "        try:\n"
        '            return box.create_batch(request.body())["id"]\n'
        "        except (dg.errors.Unreachable, dg.errors.BoxUnavailable):\n"
        '            after = {job["batch"]["id"] for job in box.list_jobs()}\n'
        "            for batch_id in after - before:\n"
        "                return batch_id",
        learned="Look before you send again. This way is right as long as nobody else sends; "
        "`dg.submit_many` marks each document, and records each request before it sends it.",
    ),
    Exercise(
        id="04c",
        task="A job that never ends",
        judge=_judge_stuck,
        hints=(
            "Two things end the loop: no job is open, or ten minutes are over.",
            "In the loop, read `box.list_batch_jobs(batch_id)`, keep the ids of jobs that are "
            "pending or submitted, and `wait(10)`. After how many rounds are ten minutes over?",
            "`for _ in range(…):` with a `return` for the case that no job is open, and a second "
            "`return` below the loop, with the ids that are.",
        ),
        solution="def answer_04c(box, batch_id, wait):\n"
        "    for _ in range(60):\n"
        "        open_ids = [\n"
        '            job["id"]\n'
        "            for job in box.list_batch_jobs(batch_id)\n"
        '            if job["status"] in ("pending", "submitted")\n'
        "        ]\n"
        "        if not open_ids:\n"
        "            return []\n"
        "        wait(10)\n"
        "    return open_ids",
        learned="Box gives no end time and no time limit; set your own. `Batch.wait(timeout=…)` "
        "does this, and `NotFinished` says what is still open.",
    ),
    Exercise(
        id="04d",
        task="What to send again",
        judge=_judge_rows,
        hints=(
            "Whoever has a document already must not get a second one.",
            "`dg.load_jobs(box)` has a row for each letter. `external_id` is the name, because "
            'the request said `external_id="{name}"`.',
            "Keep the rows of one status, the one without a document, and take their column "
            "`external_id` as a list.",
        ),
        solution="jobs = dg.load_jobs(box)\n"
        'answer_04d = list(jobs.loc[jobs["status"] == "failed", "external_id"])',
        learned="Only failed jobs left no document. completed_with_error needs a person: correct "
        "the data, and replace the document that is there.",
        start=_start_rows,
    ),
)
