"""Each drill is solved from its tables, and neither a guess nor half an answer passes."""

from functools import cache

import pandas as pd
import pytest

from docgen_nb import lessons
from docgen_nb.lessons.drills import DRILLS
from docgen_nb.lessons.drills.drill import CAUSES, REMEDIES

ANSWERS = {
    "storm": ("polls_each_job", "read_the_list"),
    "lost_reply": ("reply_lost", "look_first"),
    "bad_version": ("new_version", "pin_version"),
    "stuck": ("stuck_job", "send_one_again"),
}
each_drill = pytest.mark.parametrize("name", DRILLS)


@cache
def built(name, seed=1):
    return lessons.drill(name, seed=seed)


def of_storm(drill):
    refused = drill.log[drill.log["status"] == 429]["path"].str.rpartition("/")[2]
    return drill.jobs[drill.jobs["job_id"].isin(refused)]["batch_id"].mode()


def of_lost_reply(drill):
    return list(set(drill.jobs["batch_id"]) - set(drill.log["batch_id"].dropna()))


def of_bad_version(drill):
    errors = drill.jobs.assign(bad=drill.jobs["errors"] > 0)
    return errors.groupby("template_version_id")["bad"].mean().idxmax()


def of_stuck(drill):
    is_open = drill.jobs["status"].isin(["pending", "submitted"])
    return drill.jobs[is_open].sort_values("created_at")["job_id"].iloc[0]


EVIDENCE = {
    "storm": of_storm,
    "lost_reply": of_lost_reply,
    "bad_version": of_bad_version,
    "stuck": of_stuck,
}


@each_drill
@pytest.mark.parametrize("seed", [1, 2])
def test_it_can_be_solved_from_its_tables(name, seed):
    drill = built(name, seed)
    cause, remedy = ANSWERS[name]

    feedback = drill.answer(cause=cause, remedy=remedy, evidence=EVIDENCE[name](drill))

    assert feedback.passed, feedback


@pytest.mark.parametrize("of", [int, lambda id: [int(id)], lambda id: pd.Series([int(id)])])
def test_an_id_may_be_a_number(of):
    drill = built("stuck")
    cause, remedy = ANSWERS["stuck"]

    assert drill.answer(cause=cause, remedy=remedy, evidence=of(of_stuck(drill))).passed


@each_drill
def test_half_an_answer_has_a_reason_of_its_own(name):
    drill = lessons.drill(name, seed=3)
    cause, remedy = ANSWERS[name]
    evidence = EVIDENCE[name](drill)
    others = [other for other in CAUSES if other != cause]
    effects = [other for other in REMEDIES if other != remedy]

    of_cause = [drill.answer(cause=one, remedy=remedy, evidence=evidence) for one in others]
    of_remedy = [drill.answer(cause=cause, remedy=one, evidence=evidence) for one in effects]

    assert not any(one.passed for one in of_cause + of_remedy)
    assert len({one.reason for one in of_cause + of_remedy}) == len(others) + len(effects)
    assert all("but not the cause" in one.reason for one in of_cause)
    assert all("but not the remedy" in one.reason for one in of_remedy)
    assert [one.level for one in of_cause[:4]] == [1, 2, 3, 3]
    assert len({one.hint for one in of_cause[:3]}) == 3


@each_drill
def test_no_guess_of_evidence_passes_and_none_says_whether_the_cause_is_right(name):
    drill = built(name, 2)
    right = EVIDENCE[name](drill)
    right = right if isinstance(right, str) else next(iter(right))
    columns = ("batch_id", "template_version_id", "job_id")
    guesses = {id for column in columns for id in drill.jobs[column]} - {right}
    for guess in sorted(guesses):
        reasons = {
            drill.answer(cause=cause, remedy=ANSWERS[name][1], evidence=guess).reason
            for cause in CAUSES
        }
        assert len(reasons) == 1
        assert reasons.pop().startswith("The evidence does not show it.")


@each_drill
def test_the_story_and_the_hints_name_no_id_and_no_answer(name):
    drill = built(name)
    texts = [repr(drill), drill._repr_markdown_()]
    fresh = lessons.drill(name, seed=1)
    texts += [
        repr(fresh.answer(cause=None, remedy=None, evidence=None)),
        repr(fresh.answer(cause="x", remedy="wait_longer", evidence="z")),
        *(
            repr(fresh.answer(cause="service_down", remedy="wait_longer", evidence="z"))
            for _ in range(3)
        ),
    ]
    ids = {*drill.jobs["job_id"], *drill.jobs["batch_id"], *drill.jobs["template_version_id"]}
    for text in texts[:3] + texts[4:]:
        assert not any(id in text for id in ids)
        assert not any(word in text for word in ANSWERS[name])


STRANGE = [
    [],
    {},
    object(),
    10**400,
    float("nan"),
    pd.DataFrame(),
    "x" * 1_000_000,
    b"x",
    lambda: 1,
]


@pytest.mark.parametrize("strange", STRANGE, ids=lambda one: type(one).__name__)
def test_strange_answers_get_a_hint(strange):
    drill = built("stuck")
    for parts in (
        {"cause": strange, "remedy": "wait_longer", "evidence": "1"},
        {"cause": "stuck_job", "remedy": strange, "evidence": "1"},
        {"cause": "stuck_job", "remedy": "wait_longer", "evidence": strange},
    ):
        feedback = drill.answer(**parts)
        assert (feedback.passed, bool(feedback.hint)) == (False, True)
        assert len(repr(feedback)) < 900


@each_drill
def test_the_same_seed_gives_the_same_incident_and_another_seed_another_one(name):
    first, same, other = built(name), lessons.drill(name, seed=1), built(name, 2)
    assert first.log.equals(same.log)
    assert first.jobs.equals(same.jobs)
    assert not first.log.equals(other.log)


def test_without_a_seed_each_is_new_and_an_unknown_name_is_refused():
    assert not lessons.drill("stuck").log.equals(lessons.drill("stuck").log)
    with pytest.raises(ValueError, match=r"^There is no drill 'rain'; there are storm, lost_reply"):
        lessons.drill("rain")


def test_a_misspelt_cause_uses_up_no_hint_and_names_the_choices():
    drill = lessons.drill("storm", seed=1)
    slip = drill.answer(cause="poll", remedy="wait_longer", evidence="1")
    first = drill.answer(cause="service_down", remedy="wait_longer", evidence="1")

    assert (slip.level, first.level) == (0, 1)
    assert slip.reason == "'poll' isn't one of the causes to choose from."


def test_the_log_names_the_batch_whose_jobs_were_listed():
    log = built("storm").log
    listed = log[log["path"].str.startswith("/2.0/docgen_batch_jobs/")]
    assert list(listed["path"].str.rpartition("/")[2]) == list(listed["batch_id"])
    assert log[log["path"].str.startswith("/2.0/docgen_jobs/")]["batch_id"].isna().all()


def test_the_log_has_fixed_columns():
    log = built("lost_reply").log
    assert list(log.columns) == [
        *("at", "program", "method", "path", "status", "retry_after", "batch_id")
    ]
    assert set(log["program"]) == {"payroll"}
    assert sorted(set(log["status"])) == [0, 202, 503]
