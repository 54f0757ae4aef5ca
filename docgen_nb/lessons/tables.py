"""The third set of exercises: tables of jobs, and metrics."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from numbers import Real
from typing import Any

import pandas as pd

from docgen_nb import samples, wire
from docgen_nb.frames import load_jobs
from docgen_nb.lessons.exercise import Exercise, Wrong, in_words, require, shown
from docgen_nb.lessons.practice import Practice
from docgen_nb.metrics import duration_quantiles

JOBS, DAYS = 3000, 7
QUANTILE = 0.8
_WINDOW, _FEWEST = pd.Timedelta("20min"), 10
_CLOSE = 0.005  # of a share
_LONGEST_TIME = 40  # characters


@dataclass(frozen=True)
class Week:
    """A week of jobs: the table, and when the incident in it was."""

    jobs: pd.DataFrame
    incident: tuple[pd.Timestamp, pd.Timestamp]

    @property
    def given(self) -> pd.DataFrame:
        """A copy of the table, which the learner may change."""
        return self.jobs.copy()


@cache
def week(seed: int) -> Week:
    """Return a week of finished jobs, with names of templates in place of their ids."""
    practice = Practice()
    past = samples.history(practice.local, jobs=JOBS, days=DAYS, seed=seed)
    jobs = load_jobs(practice.box, output_times=True)
    names = {one["file"]["id"]: one["file_name"] for one in practice.box.list_templates()}
    practice.box.close()
    jobs["template_id"] = jobs["template_id"].map(names).astype("str")
    return Week(jobs, (pd.Timestamp(past.incident[0]), pd.Timestamp(past.incident[1])))


@cache
def _open_jobs(seed: int) -> Week:
    """Return the jobs of 20 minutes as they were listed in the incident, many of them open.

    Of the moments in it, the one at which the open jobs say most about the time that jobs take.
    """
    past = week(seed)
    begin, end = past.incident
    lists = [_listed_at(past.jobs, at) for at in pd.date_range(begin + _WINDOW, end, freq="4min")]
    return Week(max(lists, key=_effect_of_open_jobs), past.incident)


def _listed_at(jobs: pd.DataFrame, moment: pd.Timestamp) -> pd.DataFrame:
    seen = jobs[jobs["created_at"].between(moment - _WINDOW, moment)].copy()
    later = seen["finished_at"] > moment
    seen.loc[later, ["status", "finished_source"]] = ["submitted", None]
    seen.loc[later, "finished_at"] = pd.NaT
    seen.loc[later, "duration_seconds"] = None
    seen["read_at"] = moment
    seen.attrs["read_at"] = moment.isoformat()
    return seen.reset_index(drop=True)


def _effect_of_open_jobs(jobs: pd.DataFrame) -> float:
    """Return by how much the finished jobs alone are too quick; -1 if that cannot be said."""
    few = jobs["duration_seconds"].count() < _FEWEST or jobs["status"].eq("failed").sum() < 2
    if few or not jobs["status"].isin(wire.OPEN).any():
        return -1.0
    estimate = duration_quantiles(jobs, quantiles=[QUANTILE])["duration_seconds"].iloc[0]
    difference = float(estimate) - float(jobs["duration_seconds"].quantile(QUANTILE))
    return -1.0 if math.isnan(difference) else difference


def _number(answer: Any, words: str) -> float:
    """Return a number that may be in a table of one cell."""
    if isinstance(answer, pd.Series | pd.DataFrame) and answer.size == 1:
        answer = answer.to_numpy().item()
    if isinstance(answer, bool):
        raise Wrong(f"The answer is {answer}, and {words} is needed.")
    require(answer, Real, words)
    return float(answer)


# 03a


def _judge_share(answer: Any, past: Week) -> None:
    status = past.jobs["status"]
    failed, finished = status.eq("failed").sum(), (~status.isin(wire.OPEN)).sum()
    bad = status.isin(["failed", "completed_with_error"]).sum()
    value = _number(answer, "a number from 0 to 1")
    share = failed / finished
    if abs(value - share) <= _CLOSE:
        return
    mistakes = (
        (100 * share, "is a percentage; a share is from 0 to 1"),
        (failed, "is how many jobs failed, and not which share"),
        (failed / len(status), "is a share of all jobs; those that are open may still fail"),
        (bad / finished, "counts completed_with_error as failed; those jobs have a document"),
        (bad / len(status), "is a share of all jobs, and counts completed_with_error as failed"),
        (1 - share, "is the share that did not fail"),
        (status.eq("completed").sum() / finished, "is the share that completed"),
    )
    for mistake, words in mistakes:
        if abs(value - mistake) <= _CLOSE * max(1, mistake):
            raise Wrong(f"{value:g} {words}.")
    raise Wrong(
        f"{value:g} is not the share that failed of {finished} finished jobs.",
        "Count first: how many rows have which status?",
    )


# 03b


def _judge_version(answer: Any, past: Week) -> None:
    if isinstance(answer, pd.Series | pd.Index | list | tuple) and len(answer) == 1:
        (answer,) = answer
    require(answer, (str, int), "the id of one version")
    jobs, version = past.jobs, str(answer)
    table = jobs.assign(failed=jobs["status"] == "failed").groupby("template_version_id")["failed"]
    shares, counts = table.mean(), table.size()
    if version in set(jobs["template_id"]):
        raise Wrong(f"{version!r} is a template. It can have more than one version.")
    if version not in shares.index:
        raise Wrong(f"No job of the table has the version {shown(version)}.")
    if version != shares.idxmax():
        raise Wrong(
            f"Of the {counts[version]} jobs of version {version}, {shares[version]:.1%} failed. "
            "Another version has a greater share.",
            "Large numbers mislead: a version that is used often fails often.",
        )


# 03c


def _judge_quantile(answer: Any, past: Week) -> None:
    value = _number(answer, "a number of seconds")
    jobs = past.jobs
    estimate = duration_quantiles(jobs, quantiles=[QUANTILE])
    expected = float(estimate["duration_seconds"].iloc[0])
    ended = jobs["duration_seconds"]
    so_far = ended.fillna((jobs["read_at"] - jobs["created_at"]).dt.total_seconds())
    mistakes: tuple[tuple[Any, str], ...] = (
        (
            ended.quantile(QUANTILE),
            "is the time of the jobs that have ended. The open ones are long",
        ),
        (ended.mean(), "is the mean of the jobs that have ended"),
        (ended.median(), "is the median of the jobs that have ended"),
        (
            so_far.where(jobs["status"] != "failed").quantile(QUANTILE),
            "takes open jobs as if they ended when the list was read; they take longer than that",
        ),
    )
    if abs(value - expected) <= 0.5:
        return
    for mistake, words in mistakes:
        if abs(value - mistake) <= 0.5:
            open_jobs = jobs["status"].isin(wire.OPEN).sum()
            raise Wrong(f"{value:g} s {words} ({open_jobs} jobs are open).")
    raise Wrong(f"{value:g} s is not the time within which 80% of these jobs end.")


# 03d


def _judge_incident(answer: Any, past: Week) -> None:
    require(answer, (str, datetime, pd.Timestamp), "a time")
    if isinstance(answer, str) and len(answer) > _LONGEST_TIME:
        raise Wrong(f"{shown(answer)} is too long for a time.")
    try:
        moment = pd.Timestamp(answer)
    except (ValueError, TypeError, OverflowError) as error:
        raise Wrong(f"{shown(answer)} can't be read as a time: {in_words(error)}.") from None
    if pd.isna(moment):
        raise Wrong("The time is NaT: it is missing.")
    if moment.tzinfo is None:
        raise Wrong(
            f"{shown(str(moment))} has no time zone, so it can be two moments.",
            "The table is in UTC. In a text, a Z at the end says so: 2026-02-20T15:00Z.",
        )
    begin, end = past.incident
    if begin <= moment < end:
        return
    hour = moment.tz_convert("UTC").floor("h")
    of_hour = past.jobs[past.jobs["created_at"].dt.floor("h") == hour]["duration_seconds"]
    usual = past.jobs["duration_seconds"].median()
    if of_hour.count() == 0:
        raise Wrong(f"No job of the hour from {hour:%Y-%m-%d %H:%M} has a known duration.")
    raise Wrong(
        f"Half of the jobs created in the hour from {hour:%Y-%m-%d %H:%M} took "
        f"{of_hour.median():g} s or more, as against {usual:g} s in the whole week.",
    )


# 03e

_COLUMNS = ("template_id", "jobs", "failed", "failed_share")


def _judge_table(answer: Any, past: Week) -> None:
    if isinstance(answer, pd.Series):
        raise Wrong(
            "The answer is a Series, one column with an index, and a table with four is needed.",
            "One row per template: what do you group by, and which counts do you want of each?",
        )
    require(answer, pd.DataFrame, "a table (DataFrame)")
    table = answer
    if table.index.name == "template_id" and "template_id" not in table:
        table = table.reset_index()
    missing = [name for name in _COLUMNS if name not in table]
    if missing:
        raise Wrong(
            f"The table has no column {missing[0]!r}; it has {_listed(table.columns)}.",
            f"The four columns are {', '.join(_COLUMNS)}.",
        )
    groups = past.jobs.groupby("template_id")["status"]
    jobs, failed = groups.size(), groups.agg(lambda one: (one == "failed").sum())
    if len(table) != len(jobs):
        raise Wrong(f"The table has {len(table):,} rows, and there are {len(jobs)} templates.")
    unknown = sorted(set(map(str, table["template_id"])) ^ set(jobs.index))
    if unknown:
        raise Wrong(f"{shown(unknown[0])} is not in both the jobs and your table.")
    for _, row in table.iterrows():
        name = str(row["template_id"])
        share = failed[name] / jobs[name]
        _same(row["jobs"], jobs[name], f"jobs of {name}")
        _same(row["failed"], failed[name], f"failed of {name}")
        if abs(float(row["failed_share"]) - 100 * share) < 0.05:
            raise Wrong(f"failed_share of {name} is a percentage; a share is from 0 to 1.")
        _same(row["failed_share"], share, f"failed_share of {name}")


def _listed(names: Iterable[object]) -> str:
    texts = [str(name) for name in names]
    return ", ".join(texts[:6]) + (f" and {len(texts) - 6} more" if len(texts) > 6 else "")


def _same(value: Any, expected: float, what: str) -> None:
    if not isinstance(value, Real) or abs(float(value) - expected) > _CLOSE:
        raise Wrong(
            f"{what} is {shown(value)}, which does not fit the table of jobs.",
            "Take one template alone, and count its rows.",
        )


EXERCISES = (
    Exercise(
        id="03a",
        task="The share that failed",
        judge=_judge_share,
        hints=(
            'Look at `jobs["status"].value_counts()`: which of these can still change?',
            "Finished are completed, completed_with_error and failed. Two counts, one division.",
            'The upper number: `(jobs["status"] == …).sum()`. The lower one: all rows without '
            "the two statuses pending and submitted.",
        ),
        solution='finished = jobs[~jobs["status"].isin(["pending", "submitted"])]\n'
        'answer_03a = (finished["status"] == "failed").mean()',
        learned="A share has a denominator; say it. While jobs are open, a share of all jobs is "
        "too small.",
        start=_open_jobs,
    ),
    Exercise(
        id="03b",
        task="The version that fails most",
        judge=_judge_version,
        hints=(
            "Compare shares of each version, not counts.",
            '`dg.outcomes` with `by="version"` has a row for each version and status.',
            "Keep its rows with the status failed, sort them by `share`, and take the "
            "`template_version_id` of the greatest one.",
        ),
        solution='shares = dg.outcomes(jobs, by="version").query("status == \'failed\'")\n'
        'answer_03b = shares.loc[shares["share"].idxmax(), "template_version_id"]',
        learned="Compare shares, look at their intervals, and split by version: a template can be "
        "good and its newest version bad.",
        start=week,
    ),
    Exercise(
        id="03c",
        task="How long, while jobs are open",
        judge=_judge_quantile,
        hints=(
            "Leaving out open jobs leaves out the longest ones. Calling them ended is no better.",
            "An open job takes longer than it has so far: it is censored. Notebook 05 names the "
            "estimate for this, and the metric that makes it.",
            "`dg.duration_quantiles(jobs, quantiles=[…])` takes a share, and returns a table with "
            "the column `duration_seconds`.",
        ),
        solution="quantiles = dg.duration_quantiles(jobs, quantiles=[0.8])\n"
        'answer_03c = quantiles["duration_seconds"].iloc[0]',
        learned="Kaplan and Meier's estimate uses what is known of open jobs. A quantile of the "
        "finished ones is too short, most of all while something is wrong.",
        start=_open_jobs,
    ),
    Exercise(
        id="03d",
        task="When did all jobs wait?",
        judge=_judge_incident,
        hints=(
            "Look at each hour by itself. But an hour of slow templates is slow, too.",
            "`dg.find_incidents(jobs)` compares each job with those of its own template, and has a "
            "row for each period in which far more failed or waited than chance gives.",
            "Of its rows, one has the `kind` waiting. Any time within its period is right.",
        ),
        solution="incidents = dg.find_incidents(jobs).query(\"kind == 'waiting'\")\n"
        'answer_03d = incidents["start"].iloc[0]',
        learned="An incident is a period that chance does not explain. Leave it out before you "
        "compare versions or templates.",
        start=week,
    ),
    Exercise(
        id="03e",
        task="One row per template",
        judge=_judge_table,
        hints=(
            "One row per template, four columns, no other rows: group the jobs, then count.",
            'A column that says whether a job failed makes it short: `jobs["status"] == "failed"`. '
            "Its sum is a count, its mean a share.",
            '`jobs.assign(failed=…).groupby("template_id", as_index=False)["failed"].agg('
            "jobs=…, failed=…, failed_share=…)`, with the names of three functions of pandas.",
        ),
        solution='failed = jobs.assign(failed=jobs["status"] == "failed")\n'
        'answer_03e = failed.groupby("template_id", as_index=False)["failed"].agg(\n'
        '    jobs="size", failed="sum", failed_share="mean"\n'
        ")",
        learned="Say what one row is before you write the code. This is the table behind "
        '`dg.outcomes(jobs, by="template")`.',
        start=week,
    ),
)
