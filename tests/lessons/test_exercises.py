"""Each exercise is solved, failed with typical mistakes, and its hints are read."""

import re
from pathlib import Path

import nbformat
import pandas as pd
import pytest

import docgen_nb as dg
from docgen_nb.lessons.checking import EXERCISES, Learner, check, solution, start

FOLDER = Path(__file__).parents[2] / "notebooks" / "exercises"
CELLS = {
    cell.id: cell.source
    for path in sorted(FOLDER.glob("[1-4]-*.ipynb"))
    for cell in nbformat.read(path, as_version=4).cells
}
each_exercise = pytest.mark.parametrize("id", EXERCISES)


def begin(id):
    """Run the start cell of an exercise for a new learner; return its variables and the learner."""
    variables = {"learner": Learner()}
    exec(CELLS[f"start-{id}"].replace(f'start("{id}"', f'start("{id}", learner=learner'), variables)
    return variables, variables["learner"]


# Three typical mistakes each: what the learner writes, and what the reason has to name.
MISTAKES = {
    "01a": [
        ("'Dear {{first_name}}, {{order_id}} {{ship_date :: Format(“dd-mmm-yyyy”)}}'", "'Format'"),
        ("'Dear {{first_name}}, {{order-id}} {{ship_date}}'", "{{order-id}} is read as a sub"),
        ("'Dear Ada, your order A-7 leaves us on 02-Mar-2026.'", "'Ada' is also in the document"),
        ("'{{first_name}} {{order_id}} {{ship_date}}'", "no date '02-Mar-2026'"),
        ("'{{firstname}} {{order_id}}'", "The tag 'firstname' was not provided"),
    ],
    "01b": [
        ("'{{name}} {{place}} {{note :: optional}}'", "Without place: The tag 'place'"),
        ("'{{name}} {{place :: optional}} {{note :: optional}}'", "no place 'our office'"),
        ("'{{name}} our office {{place :: optional}} {{note :: optional}}'", "both places"),
        ("'{{name}} {{place :: default(“our office”)}}'", "no note 'Bring a friend.'"),
    ],
    "01c": [
        ("'| {{for item in items}}{{item.name}} {{item.price}}{{endfor}} |'", "No row of a table"),
        ("'| {{tablerow i in items}}{{i.name}} | {{i.price}}{{endtablerow}} |'", "no total 42.5"),
        (
            "'| {{tablerow i in items}}{{i.name}} | {{i.price}}{{endtablerow}} |\\n| T | 42.5 |'",
            "With 3 items: the end of the document has no total 50.5",
        ),
        (
            "'| {{tablerow i in items}}{{item.name}} | {{i.price}}{{endtablerow}} |'",
            "The tag 'item.name' was not provided",
        ),
    ],
    "01d": [
        ("{'id': 'A-7'}", "The tag 'order"),
        ("data(date='soon')", "soon"),
        ("data(date='03/04/2026')", "03/04/2026"),
        ("data(items='Lamp, Chair')", "items"),
        ("data(items=[{'name': 'Lamp', 'price': 45}])", "1 item, and two"),
        ("data(color='red')", "order.color"),
    ],
    "02a": [
        ("box.upload_file(letter, name='Welcome.docx')['id']", "but it isn't marked as a template"),
        ("'Welcome.docx'", "no file with the id 'Welcome.docx'"),
        (
            "box.mark_template(box.upload_file(letter, name='Welcome.docx')['id'])",
            "in the folder 'All Files'",
        ),
    ],
    "02b": [
        ("{'box-version': '2025.0'}", "401: there is no header Authorization"),
        ("{'Authorization': token, 'box-version': '2025.0'}", "does not name the kind"),
        ("{'Authorization': f'Bearer {token}'}", "answers 400"),
        ("{'Authorization': f'Bearer {token}', 'box-version': 2025.0}", "headers are texts"),
    ],
    "02c": [
        ("{'file': {'id': template_id, 'type': 'file'}}", "refuses it with 400"),
        ("body(user_input='name=Ada')", "refuses it with 400"),
        ("body(user_input={'Name': 'Ada'})", "a job ended as completed_with_error"),
        ("body(folder_id='0')", "in the folder 'All Files'"),
        ("body(names=('Letter', 'Letter'))", "The documents are named"),
        ("{**body(), 'file': {'id': '1', 'type': 'file'}}", "refuses it with 404"),
    ],
    "02d": [
        ("lambda get: [e['id'] for e in get(None)['entries']]", "those of the first page alone"),
        ("lambda get: get(None)['entries']", "returns entries instead of their ids"),
        ("lambda get: forever(get)", "again and again"),
        ("lambda get: until_empty(get)", "a page can be empty and not the last"),
        ("lambda get: by_key(get)", "KeyError: 'next_marker'"),
    ],
    "02e": [
        ("lambda box, id: box.get_job(id)['status']", "raised NotFound"),
        ("lambda box, id: catch_all(box, id)", "With an expired token (401)"),
        ("lambda box, id: box.get_job(id)", "For a job that is completed"),
    ],
    "03a": [
        ("100 * (of('failed') / finished())", "is a percentage"),
        ("of('failed') / len(jobs)", "is a share of all jobs; those that are open"),
        ("of('failed')", "is how many jobs failed"),
        ("'a third'", "a number from 0 to 1 is needed"),
        ("of('completed') / finished()", "is the share that"),
    ],
    "03b": [
        ("'Letter.docx'", "is a template"),
        ("jobs['template_version_id'].iloc[0]", "Another version has a greater share"),
        ("'2'", "No job of the table has the version '2'"),
    ],
    "03c": [
        ("jobs['duration_seconds'].quantile(0.8)", "of the jobs that have ended"),
        ("jobs['duration_seconds'].mean()", "is the mean"),
        ("15", "15 s is not the time"),
    ],
    "03d": [
        ("'2026-02-27 10:30'", "has no time zone"),
        ("'2026-02-26T15:00Z'", "in the hour from 2026-02-26 15:00 took"),
        ("'Friday morning'", "can't be read as a time"),
    ],
    "03e": [
        ("jobs.groupby('template_id').size().reset_index(name='jobs')", "no column 'failed'"),
        ("table(share=lambda s: 100 * s)", "is a percentage"),
        ("table().iloc[:1]", "1 rows, and there are"),
        ("table().assign(failed=0)", "failed of "),
        ("jobs.groupby('template_id').size()", "is a Series, one column"),
    ],
    "04a": [
        ("lambda box, body, wait: box.create_batch(body)", "raised RateLimited"),
        ("lambda box, body, wait: retry(box, body, wait, seconds=1)", "sent again after 1 s"),
        ("lambda box, body, wait: retry(box, body, wait, kind=Exception)", "not valid (400)"),
        ("lambda box, body, wait: None", "no new batch"),
    ],
    "04b": [
        ("lambda box, request: box.create_batch(request.body())['id']", "raised Unreachable"),
        ("lambda box, request: again(box, request)", "With a lost reply, the letters were sent 2"),
        ("lambda box, request: newest_if_lost(box, request)", "not sent at all"),
        ("lambda box, request: box.create_batch(request.body())['type']", "instead of the id"),
    ],
    "04c": [
        ("lambda box, id, wait: []", "returns 0 ids after 0 s, while 4 jobs are open"),
        ("lambda box, id, wait: until_done(box, id, wait)", "calls and went on"),
        ("lambda box, id, wait: never_read_again(box, id, wait)", "It waited 2,000 times"),
        ("lambda box, id, wait: 'done'", "and no list of ids"),
        ("lambda box, id, wait: [box.list_batch_jobs(id), wait(3000)][:0]", "limit"),
    ],
    "04d": [
        ("[name for name, one in status().items() if one != 'completed']", "with a gap in it"),
        ("list(status())", "has a letter already"),
        ("list(dg.load_jobs(box).query('status == \"failed\"')['job_id'])", "the id of a job"),
        ("[name for name, one in status().items() if one == 'failed'][1:]", "1 of those without"),
    ],
}

# What the mistakes above call.
HELPERS = """
import docgen_nb as dg

def data(**changes):
    items = [{"name": "Lamp", "price": 45}, {"name": "Chair", "price": 260}]
    order = {"id": "A-7", "date": "2026-03-02", "customer": {"name": "Ada"}, "items": items}
    return {"order": order | changes}

def body(names=("Letter to Ada", "Letter to Bo"), user_input=None, folder_id=None):
    request = dg.BatchRequest(template_id, folder_id=folder_id or globals()["folder_id"])
    request.rows = [{"name": "Ada"}, {"name": "Bo"}]
    made = request.body()
    for entry, name in zip(made["document_generation_data"], names):
        entry["generated_file_name"] = name
        entry["user_input"] = user_input or entry["user_input"]
    return made

def forever(get):
    while True:
        get(None)

def until_empty(get):
    ids, page = [], get(None)
    while page["entries"]:
        ids += [entry["id"] for entry in page["entries"]]
        page = get(page.get("next_marker"))
    return ids

def by_key(get):
    ids, marker = [], None
    while True:
        page = get(marker)
        ids += [entry["id"] for entry in page["entries"]]
        marker = page["next_marker"]
        if not marker:
            return ids

def catch_all(box, id):
    try:
        return box.get_job(id)["status"]
    except Exception:
        return "unknown"

def of(status):
    return int((jobs["status"] == status).sum())

def finished():
    return len(jobs) - of("submitted") - of("pending")

def table(share=lambda s: s):
    failed = jobs.assign(failed=jobs["status"] == "failed").groupby("template_id")["failed"]
    made = failed.agg(jobs="size", failed="sum", failed_share="mean")
    return made.assign(failed_share=share(made["failed_share"]))

def retry(box, body, wait, seconds=None, kind=dg.errors.RateLimited):
    for _ in range(5):
        try:
            return box.create_batch(body)
        except kind as error:
            wait(seconds or error.retry_after or 1)

def again(box, request):
    for _ in range(2):
        try:
            return box.create_batch(request.body())["id"]
        except dg.errors.DocGenError:
            pass

def newest_if_lost(box, request):
    try:
        return box.create_batch(request.body())["id"]
    except dg.errors.DocGenError:
        return list(box.list_jobs())[-1]["batch"]["id"]

def until_done(box, id, wait):
    while any(job["status"] in ("pending", "submitted") for job in box.list_batch_jobs(id)):
        wait(5)
    return []

def never_read_again(box, id, wait):
    jobs = list(box.list_batch_jobs(id))
    while jobs:
        wait(10)

def status():
    jobs = dg.load_jobs(box)
    return dict(zip(jobs["external_id"], jobs["status"]))
"""


def test_there_are_at_least_sixteen_in_four_sets():
    assert len(EXERCISES) >= 16
    assert {id[:2] for id in EXERCISES} == {"01", "02", "03", "04"}
    assert [name for name in CELLS if name.startswith("check-")] == [
        f"check-{i}" for i in EXERCISES
    ]


@each_exercise
def test_its_solution_is_right(id):
    variables = {}
    exec(CELLS[f"start-{id}"], variables)
    exec(EXERCISES[id].solution, variables)

    exec(f"feedback = {CELLS[f'check-{id}']}", variables)

    assert variables["feedback"].passed, variables["feedback"]
    assert dg.lessons.solution(id).code == EXERCISES[id].solution


@each_exercise
def test_unsolved_it_uses_up_no_hint(id):
    variables, learner = begin(id)

    feedback = check(id, variables[f"answer_{id}"], learner=learner)

    assert (feedback.passed, feedback.level) == (False, 0)
    assert feedback.hint
    assert not solution(id, learner=learner).passed


@each_exercise
def test_each_mistake_has_its_reason_and_no_hint_gives_the_solution_away(id):
    assert len(MISTAKES[id]) >= 3
    secrets = [line.strip() for line in EXERCISES[id].solution.splitlines()]
    secrets = [line for line in secrets if len(line) > 24]
    seen = set()
    for expression, words in MISTAKES[id]:
        variables, learner = begin(id)
        exec(HELPERS, variables)
        answer = eval(expression, variables)

        feedback = check(id, answer, learner=learner)

        level = 0 if "is needed" in feedback.reason.partition("(")[2] else 1
        assert (feedback.passed, feedback.level) == (False, level), expression
        assert words in feedback.reason, feedback
        seen.add(feedback.reason)
        for text in (repr(feedback), *EXERCISES[id].hints):
            assert not any(secret in text for secret in secrets), text
            assert len(text) < 900
    assert len(seen) == len(MISTAKES[id])


def test_each_further_attempt_gets_a_more_telling_hint():
    learner = Learner()
    feedbacks = [check("01b", "Dear {{name}}", learner=learner) for _ in range(4)]

    assert [one.level for one in feedbacks] == [1, 2, 3, 3]
    assert [one.hint for one in feedbacks] == [*EXERCISES["01b"].hints, EXERCISES["01b"].hints[2]]


def test_an_answer_of_another_type_uses_up_no_hint():
    learner = Learner()
    slip = check("01b", 123, learner=learner)
    first = check("01b", "Dear {{name}}", learner=learner)

    assert (slip.level, first.level) == (0, 1)
    assert slip.hint.startswith("Look at the task again")


def test_no_reason_ends_in_two_periods():
    _, learner = begin("04b")

    def answer(box, request):
        raise ValueError("It was lost.")

    assert ".." not in check("04b", answer, learner=learner).reason


class Hostile:
    """An object that raises whatever is asked of it."""

    def __getattribute__(self, name):
        raise RuntimeError("no")

    def __repr__(self):
        raise RuntimeError("no")

    __str__ = __bool__ = __len__ = __iter__ = __eq__ = __hash__ = __float__ = __repr__


def hostile_function(*arguments):
    raise Hostile2


class Hostile2(Exception):
    def __str__(self):
        raise RuntimeError("no")


STRANGE = {
    "none": None,
    "text": "no",
    "number": 10**400,
    "nan": float("nan"),
    "list": [None] * 1_000_000,
    "long text": "{{a}} " * 1_000_000,
    "dict": {"order": {"items": 3}, 5: Hostile2},
    "frame": pd.DataFrame(
        {"template_id": [1], "jobs": ["x"], "failed": [None], "failed_share": [{}]}
    ),
    "hostile": Hostile(),
    "function": hostile_function,
    "exits": lambda *arguments: exit(),
    "class": Hostile2,
    "bytes": b"PK\x03\x04",
    "nested": [[[[]]]],
}


@each_exercise
def test_an_answer_of_any_type_gets_a_hint(id):
    _, learner = begin(id)
    for name, answer in STRANGE.items():
        feedback = check(id, answer, learner=learner)

        assert not feedback.passed, name
        assert feedback.hint, name
        assert len(repr(feedback)) < 900, name
        assert feedback._repr_markdown_(), name


def test_other_correct_ways_pass():
    learner = Learner()
    other = {
        "01b": "{{name}} {{if place isPresent}}{{place}}{{else}}our office{{endif}} "
        "{{if note isPresent}}{{note}}{{endif}}",
        "01c": dg.Template(
            dg.samples.template(
                "| {{tablerow p in items}} |\n| {{p.name}}: {{p.price}} |\n| {{endtablerow}} |\n"
                "All in all {{$sum(items.price)}}."
            )
        ),
    }
    assert [check(id, answer, learner=learner).passed for id, answer in other.items()] == [True] * 2
    start("03b", learner=learner)
    jobs = start("03d", learner=learner)
    failed = jobs[jobs["status"] == "failed"]["template_version_id"].value_counts()
    shares = failed / jobs["template_version_id"].value_counts()
    assert check("03b", shares.nlargest(1).index, learner=learner).passed
    slowest = jobs.groupby(jobs["created_at"].dt.floor("h"))["duration_seconds"].median()
    assert check("03d", slowest[slowest.index.hour == 11].idxmax(), learner=learner).passed


def test_an_exercise_that_was_not_started_says_which_cell_to_run():
    feedback = check("02a", "1000001", learner=Learner())
    assert feedback.hint == 'Run the cell with `dg.lessons.start("02a")`, then answer anew.'


def test_unknown_exercises_have_neighbors():
    assert check("4b", None, learner=Learner()).name == "04b"
    assert check(["04b"], 1).hint.startswith("There are 01a, 01b")
    assert solution("nothing").reason == "There is no exercise of this name."
    with pytest.raises(ValueError, match=r"^Exercise '01a' has nothing to start with; these have:"):
        start("01a")


def test_another_seed_gives_another_week():
    first, other = (start("03b", seed=seed, learner=Learner()) for seed in (1, 2))
    assert not first.equals(other)


def test_markdown_shows_the_signs_of_a_reason_as_they_are():
    feedback = check("01a", "Dear {{first_name}} | $5 <b> *x* {{order_id}}", learner=Learner())
    assert re.search(r"\\\|.*\\\$5.*\\<b\\>.*\\\*x\\\*", feedback._repr_markdown_())
