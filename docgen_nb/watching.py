"""Rules about a history that are checked after each sync, and say once when something is wrong."""

# ruff: noqa: S608  statements are put together from constants; values are bound
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from docgen_nb.ledger import Ledger
from docgen_nb.ledger.job_tables import FINISHED, IS_OPEN, Database
from docgen_nb.ledger.writes import LAST_COMPLETE

_LEAST = 3  # jobs that fail or wait before a rule says so, as for incidents
_MOST_IDS = 3
_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86_400}
_LENGTH = r"(\d+(?:\.\d+)?)\s*(s|min|h|d)"
_SHARE = re.compile(
    rf"(failed_share|completed_with_error_share)\s*>\s*(\d+(?:\.\d+)?)\s*%\s+over\s+{_LENGTH}"
)
_SLOW = re.compile(rf"duration\s*>\s*{_LENGTH}\s+over\s+{_LENGTH}")
_OPEN = re.compile(rf"open\s+longer\s+than\s+{_LENGTH}")
_FEW = re.compile(rf"jobs\s*<\s*(\d+)\s+over\s+{_LENGTH}")


class Reading(NamedTuple):
    """What a rule says of a history now."""

    is_broken: bool
    text: str
    ids: list[str]


@dataclass(frozen=True)
class Rule:
    """A rule: its text, and how it is read."""

    text: str
    read: Callable[[Database, float], Reading]


def watch(
    ledger: Ledger, rules: str | Sequence[str], *, notify: Callable[[str], object] = print
) -> list[str]:
    """Check rules about a ledger, and report each problem once, and once when it is over.

    Call it after each sync. What was reported is kept in the ledger, by the text of the rule.

    Parameters
    ----------
    ledger : Ledger
        A history.
    rules : str or sequence of str
        Each one of these, with lengths in ``s``, ``min``, ``h`` or ``d``:

        - ``"failed_share > 5% over 1h"``, also ``completed_with_error_share``: of the finished
          jobs created in the last hour, at least three of them
        - ``"duration > 30s over 1h"``: over 5% of the jobs created in the last hour took longer,
          at least three of them
        - ``"open longer than 10min"``: any job
        - ``"jobs < 1 over 1d"``: fewer jobs than that were created
    notify : callable
        Takes a sentence. If it raises, the problem counts as not reported.

    Returns
    -------
    list of str
        The sentences reported now.

    Raises
    ------
    ValueError
        If a rule cannot be read.
    LedgerError
        If the ledger is damaged or read-only.

    Notes
    -----
    "Last" counts from the beginning of the last complete sync, so that a sync that stopped changes
    nothing. Before the first sync, nothing is reported. A rule is a threshold, not a test: of few
    jobs, a share is above it by chance.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, Ledger(f"{folder}/history.sqlite") as ledger:
    ...     watch(ledger, ["failed_share > 5% over 1h", "open longer than 10min"])
    []
    """
    checked = [parse_rule(one) for one in ([rules] if isinstance(rules, str) else rules)]
    with ledger.file.read() as db:
        row = db.execute(LAST_COMPLETE).fetchone()
        if row is None:
            return []
        readings = [(rule, rule.read(db, row[0])) for rule in checked]
        reported = dict(db.execute("SELECT rule, since FROM alerts"))
    sentences = []
    for rule, reading in readings:
        if reading.is_broken == (rule.text in reported):
            continue
        sentence = _sentence(rule, reading, reported.get(rule.text))
        notify(sentence)
        sentences.append(sentence)
        with ledger.file.write() as db:
            if reading.is_broken:
                db.execute("INSERT OR REPLACE INTO alerts VALUES (?, ?)", (rule.text, row[0]))
            else:
                db.execute("DELETE FROM alerts WHERE rule = ?", (rule.text,))
    return sentences


def rule_states(ledger: Ledger, rules: Sequence[str]) -> list[str]:
    """Return a line about each rule: whether it holds, and what was counted for it."""
    checked = [parse_rule(one) for one in rules]
    with ledger.file.read() as db:
        row = db.execute(LAST_COMPLETE).fetchone()
        if row is None:
            return ["Nothing to check: the ledger has no complete sync."]
        readings = [(rule, rule.read(db, row[0])) for rule in checked]
        reported = dict(db.execute("SELECT rule, since FROM alerts"))
    return [
        f"reported, since {_time(reported[rule.text])} ({rule.text}): {reading.text}"
        if rule.text in reported
        else f"ok ({rule.text}): {reading.text}"
        for rule, reading in readings
    ]


def _sentence(rule: Rule, reading: Reading, since: float | None) -> str:
    if since is not None:
        return f"Over ({rule.text}, since {_time(since)}): {reading.text}."
    ids = f" For example jobs {', '.join(reading.ids)}." if reading.ids else ""
    return f"{reading.text} ({rule.text}).{ids}"


def parse_rule(text: str) -> Rule:
    """Return the rule of a text; ValueError if it cannot be read."""
    text = " ".join(text.split())
    if match := _SHARE.fullmatch(text):
        status = match[1].removesuffix("_share")
        limit, length = float(match[2]) / 100, _seconds(match[3], match[4])
        return Rule(text, lambda db, now: _share(db, now - length, status, limit))
    if match := _SLOW.fullmatch(text):
        limit, length = _seconds(match[1], match[2]), _seconds(match[3], match[4])
        return Rule(text, lambda db, now: _slow(db, now - length, limit))
    if match := _OPEN.fullmatch(text):
        length, words = _seconds(match[1], match[2]), f"{match[1]} {match[2]}"
        return Rule(text, lambda db, now: _open(db, now - length, words))
    if match := _FEW.fullmatch(text):
        least, length = int(match[1]), _seconds(match[2], match[3])
        return Rule(text, lambda db, now: _few(db, now - length, least))
    raise ValueError(
        f"{text!r} is not a rule. Use one such as 'failed_share > 5% over 1h', "
        "'duration > 30s over 1h', 'open longer than 10min' or 'jobs < 1 over 1d'."
    )


def _share(db: Database, since: float, status: str, limit: float) -> Reading:
    where = f"created_at >= ? AND gone = 0 AND status IN {FINISHED}"
    total, affected = _counts(db, where, "status = ?", since, status)
    verb = "failed" if status == "failed" else "completed with an error"
    text = (
        f"{affected:,} of {total:,} finished jobs created since {_time(since)} {verb}"
        f"{_percent(affected, total)}"
    )
    is_broken = affected >= _LEAST and affected > limit * total
    return Reading(is_broken, text, _ids(db, f"{where} AND status = ?", since, status))


def _slow(db: Database, since: float, limit: float) -> Reading:
    where = "created_at >= ? AND duration_seconds IS NOT NULL"
    total, affected = _counts(db, where, "duration_seconds > ?", since, limit)
    text = (
        f"{affected:,} of {total:,} jobs created since {_time(since)} took longer than "
        f"{limit:g} s{_percent(affected, total)}"
    )
    is_broken = affected >= _LEAST and affected > 0.05 * total
    return Reading(is_broken, text, _ids(db, f"{where} AND duration_seconds > ?", since, limit))


def _open(db: Database, before: float, length: str) -> Reading:
    where = f"{IS_OPEN} AND created_at < ?"
    (number,) = db.execute(f"SELECT count(*) FROM job_records WHERE {where}", (before,)).fetchone()
    have = "job has" if number == 1 else "jobs have"
    text = f"{number or 'No':} {have} been open for longer than {length}"
    return Reading(number > 0, text, _ids(db, where, before))


def _few(db: Database, since: float, least: int) -> Reading:
    (number,) = db.execute(
        "SELECT count(*) FROM job_records WHERE created_at >= ?", (since,)
    ).fetchone()
    were = "job was" if number == 1 else "jobs were"
    return Reading(number < least, f"{number:,} {were} created since {_time(since)}", [])


def _counts(
    db: Database, where: str, condition: str, since: float, value: str | float
) -> tuple[int, int]:
    sql = f"SELECT count(*), coalesce(sum({condition}), 0) FROM job_records WHERE {where}"
    total, affected = db.execute(sql, (value, since)).fetchone()
    return total, affected


def _ids(db: Database, where: str, *values: str | float) -> list[str]:
    newest = f"ORDER BY created_at DESC, job_id DESC LIMIT {_MOST_IDS}"
    sql = f"SELECT job_id FROM job_records WHERE {where} {newest}"
    return [str(one) for (one,) in db.execute(sql, values)]


def _percent(number: int, total: int) -> str:
    return f", {number / total:.1%}" if total else ""


def _seconds(number: str, unit: str) -> float:
    return float(number) * _UNITS[unit]


def _time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
