"""A drill: an incident to look into, and the judge of its cause, remedy and evidence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral
from typing import TYPE_CHECKING, Any

import pandas as pd

from docgen_nb import exact_json, wire
from docgen_nb.client import Client
from docgen_nb.frames import load_failures, load_jobs
from docgen_nb.lessons.exercise import NotTried, Wrong, in_words, shown
from docgen_nb.lessons.feedback import Feedback
from docgen_nb.lessons.practice import Call, Practice

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CAUSES = {
    "polls_each_job": "A program asks for each job by itself every few seconds, not for the batch.",
    "sends_too_fast": "A program sends more documents a minute than the service makes.",
    "reply_lost": "A request was carried out, its reply was lost, and it was sent again.",
    "clicked_twice": "Somebody sent the same request twice, and got an answer to each.",
    "new_version": "A new version of a template uses a tag that the data doesn't have.",
    "data_changed": "The data of a program lacks a value that it had before.",
    "slow_template": "The jobs of one template take much longer than those of others.",
    "stuck_job": "One job stays open, while all jobs that were sent later are finished.",
    "service_down": "The service did not answer anybody for some time.",
}
REMEDIES = {
    "read_the_list": "Read the list of the batch every few seconds, and wait after a 429 for as "
    "long as it says.",
    "more_retries": "Send a refused call again at once, more often.",
    "send_slower": "Send fewer documents a minute.",
    "look_first": "Before a request without a reply is sent again, look for it in the jobs.",
    "never_retry": "Never send a request again that had no reply.",
    "pin_version": "Name the version before in the request, and send the affected rows again, "
    "until the template or the data is corrected.",
    "make_optional": "Make every tag of the templates optional.",
    "send_one_again": "Set a time limit for waiting, send the row of that job again by itself, "
    "and report its id.",
    "send_all_again": "Send the whole batch again.",
    "wait_longer": "Wait longer.",
}


@dataclass(frozen=True)
class Incident:
    """What happened, what was reported of it, and how an answer is judged.

    `judge_evidence` raises `Wrong` unless the evidence is right. `against` says what speaks against
    a cause, `effects` what a remedy would do.
    """

    practice: Practice
    story: str
    asks: str
    cause: str
    remedy: str
    judge_evidence: Callable[[Any], None]
    against: Mapping[str, str]
    effects: Mapping[str, str]
    explanation: str
    hints: tuple[str, str, str]
    draw: Callable[["Drill"], "Axes"]


class Drill:
    """An incident on a service of its own, whose clock stands still since it was reported.

    Look at `jobs`, `failures`, `log` and `chart`, ask `box` for more, then call `answer`.

    Attributes
    ----------
    box : Client
        A client of the service.
    causes, remedies : DataFrame
        What to choose from: one row per choice, with ``name`` and ``meaning`` (str).
    """

    def __init__(self, name: str, incident: Incident) -> None:
        self.name = name
        self._incident = incident
        self._wrong = 0
        self.box: Client = incident.practice.box
        self._calls = [call for call in incident.practice.calls if call.program]

    @cached_property
    def causes(self) -> pd.DataFrame:
        """The causes to choose from."""
        return _choices(CAUSES)

    @cached_property
    def remedies(self) -> pd.DataFrame:
        """The remedies to choose from."""
        return _choices(REMEDIES)

    @cached_property
    def jobs(self) -> pd.DataFrame:
        """The jobs as they are listed now, with their ends: as from `load_jobs`.

        ``template_id`` has the name of the template.
        """
        jobs = load_jobs(self.box, output_times=True)
        names = {one["file"]["id"]: one["file_name"] for one in self.box.list_templates()}
        now = pd.Timestamp(self._incident.practice.clock.now(), unit="s", tz="UTC")
        jobs.attrs["read_at"] = now.isoformat()
        template = jobs["template_id"].map(names).astype("str")
        return jobs.assign(template_id=template, read_at=now.as_unit("us"))

    @cached_property
    def failures(self) -> pd.DataFrame:
        """The messages of the jobs: as from `load_failures`."""
        return load_failures(self.box)

    @cached_property
    def log(self) -> pd.DataFrame:
        """The calls that the service got until the incident was reported.

        One row per call, in order: ``at`` (UTC), ``program``, ``method``, ``path`` (str),
        ``status`` (int64; 0 if the reply was lost), ``retry_after`` (float64, seconds) and
        ``batch_id`` (str), the batch that the reply to a request named, or whose jobs were listed.
        """
        return pd.DataFrame([_row(call) for call in self._calls])

    def chart(self) -> "Axes":
        """Draw what shows most of this incident, on axes of its own."""
        return self._incident.draw(self)

    def answer(
        self, *, cause: str | None = None, remedy: str | None = None, evidence: Any = None
    ) -> Feedback:
        """Return whether the cause and the remedy are right, and the evidence shows it.

        `cause` and `remedy` are names from `causes` and `remedies`; the drill says what it takes
        as `evidence`. No answer of any type raises an error.
        """
        if cause is None or remedy is None or evidence is None:
            hint = f"`answer(cause=…, remedy=…, evidence=…)`, where evidence is {self._asks}."
            return Feedback(self.name, False, "An answer has three parts.", hint)
        try:
            self._judge(cause, remedy, evidence)
        except NotTried as slip:
            return Feedback(self.name, False, slip.reason, slip.hint)
        except Wrong as wrong:
            return self._not_yet(wrong)
        except Exception as error:  # noqa: BLE001  an answer may be any object
            return self._not_yet(Wrong(f"The evidence could not be used: {in_words(error)}."))
        return Feedback(self.name, True, self._incident.explanation)

    @property
    def _asks(self) -> str:
        return self._incident.asks

    def _judge(self, cause: Any, remedy: Any, evidence: Any) -> None:
        incident = self._incident
        _known(cause, CAUSES, "cause")
        _known(remedy, REMEDIES, "remedy")
        try:
            incident.judge_evidence(_plain(evidence))
        except Wrong as wrong:
            raise Wrong(f"The evidence does not show it. {wrong.reason}", wrong.hint) from None
        if cause != incident.cause:
            against = incident.against.get(cause, "Nothing in the tables or the log speaks for it.")
            raise Wrong(f"The evidence is right, but not the cause {cause}. {against}")
        if remedy != incident.remedy:
            effect = incident.effects.get(remedy, "It leaves the cause as it is.")
            raise Wrong(f"Evidence and cause are right, but not the remedy {remedy}. {effect}")

    def _not_yet(self, wrong: Wrong) -> Feedback:
        self._wrong += 1
        level = min(self._wrong, 3)
        hint = wrong.hint if level == 1 and wrong.hint else self._incident.hints[level - 1]
        return Feedback(self.name, False, wrong.reason, hint, level)

    def __repr__(self) -> str:
        now = pd.Timestamp(self._incident.practice.clock.now(), unit="s", tz="UTC")
        return (
            f"<Drill {self.name}, {now:%Y-%m-%d %H:%M} UTC: {self._incident.story} "
            f"Evidence to find: {self._asks}.>"
        )

    def _repr_markdown_(self) -> str:
        now = pd.Timestamp(self._incident.practice.clock.now(), unit="s", tz="UTC")
        return (
            f"**It is {now:%A, %Y-%m-%d %H:%M} UTC.** {self._incident.story}\n\n"
            f"Look at `jobs`, `failures`, `log` and `chart()`. "
            f"The evidence to find is {self._asks}."
        )


def _choices(texts: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame({"name": list(texts), "meaning": list(texts.values())})


def _row(call: Call) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in call.reply.headers.items()}
    return {
        "at": pd.Timestamp(call.at, unit="s", tz="UTC"),
        "program": call.program,
        "method": call.method,
        "path": call.path,
        "status": call.status,
        "retry_after": float(headers.get("retry-after", "nan")),
        "batch_id": _batch_of(call),
    }


def _batch_of(call: Call) -> str | None:
    """Return the id of the batch that a call made or listed."""
    listed = call.path.removeprefix(wire.BATCH_JOBS.format(batch_id=""))
    if listed != call.path:
        return listed
    body = call.reply.body
    if call.method == "POST" and call.status == 202 and isinstance(body, bytes):
        return str(exact_json.decode(body)["id"])
    return None


def _known(choice: Any, choices: Mapping[str, str], what: str) -> None:
    if not isinstance(choice, str) or choice not in choices:
        raise NotTried(
            f"{shown(choice)} isn't one of the {what}s to choose from.",
            f"They are {', '.join(choices)}.",
        )


def _plain(evidence: Any) -> Any:
    """Return the only value of a table, a list or an array, as a text if it is a number."""
    if isinstance(evidence, pd.DataFrame | pd.Series | pd.Index) and evidence.size == 1:
        evidence = evidence.to_numpy().ravel()[0]
    if isinstance(evidence, list | tuple) and len(evidence) == 1:
        (evidence,) = evidence
    return str(evidence) if isinstance(evidence, Integral) else evidence
