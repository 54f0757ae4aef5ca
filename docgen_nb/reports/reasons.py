"""Why documents failed or have gaps: the kinds of messages of a period, with examples."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from docgen_nb.metrics.messages.patterns import pattern
from docgen_nb.reports.periods import Period

_EXAMPLES = 3


@dataclass(frozen=True)
class Reason:
    """One kind of message: its text, how many jobs have it, and examples."""

    text: str
    tag: str | None
    failed: bool
    jobs: int
    messages: int
    before: int
    templates: "pd.Series[int]"
    examples: list[str]


def count_reasons(
    messages: pd.DataFrame, period: Period, compare: Period, *, cut: pd.Timestamp
) -> list[Reason]:
    """Return the kinds of errors of the jobs of a period, those of most jobs first."""
    errors = messages[messages["severity"] == "error"]
    kinds = {text: pattern(text) for text in errors["message"].dropna().unique()}
    known = errors[errors["message"].notna()]
    kind = known["message"].map(kinds)
    known = known.assign(pattern=kind.str[0], tag=kind.str[1].fillna(""))
    created = known["created_at"]
    now = known[(created >= period.start) & (created < period.end)]
    before = known[(created >= compare.start) & (created < min(cut, compare.end))]
    keys = ["pattern", "tag"]
    former = before.groupby(keys)["job_id"].nunique()
    reasons = [_reason(key, rows, former) for key, rows in now.groupby(keys, sort=False)]
    return sorted(reasons, key=lambda reason: (not reason.failed, -reason.jobs, reason.text))


def _reason(key: Any, rows: pd.DataFrame, former: "pd.Series[int]") -> Reason:
    text, tag = map(str, key)
    if rows["message"].nunique() == 1:  # nothing differs, so nothing needs a placeholder
        text, tag = str(rows["message"].iloc[0]), tag
    of_jobs = rows.sort_values("created_at", kind="stable").drop_duplicates("job_id")
    ids = of_jobs["job_id"].astype("str").tolist()
    chosen = ids if len(ids) <= _EXAMPLES else [ids[0], *ids[-_EXAMPLES + 1 :]]
    return Reason(
        text=text.replace("<tag>", tag) if tag else text,
        tag=tag or None,
        failed=bool((of_jobs["status"] == "failed").mean() >= 0.5),
        jobs=len(of_jobs),
        messages=len(rows),
        before=int(former.get(key, 0)),
        templates=of_jobs["template_id"].value_counts(),
        examples=chosen,
    )
