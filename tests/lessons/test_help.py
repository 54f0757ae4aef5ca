"""dg.help gives definition, source and limit, in text and in Markdown, and near names."""

from pathlib import Path

import pytest

import docgen_nb as dg

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def test_a_metric_has_its_definition_its_limits_an_example_and_a_lesson():
    found = dg.help("throughput")
    assert found.summary.startswith("Return how many jobs were created, finished and open in each")
    assert "One row per step" in found.summary
    assert list(found.sections) == ["Returns", "Errors", "Definition, source and limits"]
    assert "gives the source of an end time" in found.sections["Definition, source and limits"]
    assert found.example.startswith(">>> jobs = pd.DataFrame({")
    assert found.lesson == "05-how-fast-how-often"
    assert repr(found).startswith(
        "dg.throughput(jobs, *, every='1min', time_zone='UTC', by=None)\n"
    )
    assert repr(found).endswith("\n\nLesson: 05-how-fast-how-often.ipynb")


def test_markdown_has_code_and_lists():
    text = dg.help("throughput")._repr_markdown_()
    assert "- `MissingColumn`: If `jobs` lacks a column" in text
    assert "```python\n>>> jobs = " in text
    assert "``created``" not in text


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("dg.throughput()", "dg.throughput"),
        (dg.throughput, "dg.throughput"),
        ("Client.list_jobs", "dg.Client.list_jobs"),
        (dg.Client.list_jobs, "dg.Client.list_jobs"),
        ("schema.fields", "dg.schema.fields"),
        ("errors.NotFound", "dg.errors.NotFound"),
        (dg.errors.NotFound(status=404), "dg.errors.NotFound"),
        (dg.frames.jobs_frame([]), "dg.load_jobs"),
        (dg.frames.failures_frame([]), "dg.load_failures"),
        (dg.Template(dg.samples.letter_template()), "dg.Template"),
        (dg.lessons, "dg.lessons"),
    ],
)
def test_names_and_things_are_found(name, found):
    assert dg.help(name).name == found


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("troughput", "There is nothing named 'troughput'. Did you mean throughput"),
        ("Client.list_job", "Client.list_jobs"),
        ("", "There is nothing named ''. `dir(dg)` lists all names."),
        (None, "There is nothing named 'NoneType'."),
        ("x" * 1_000_000, "`dir(dg)` lists all names."),
    ],
)
def test_unknown_names_have_neighbors(name, words):
    found = dg.help(name)
    assert words in repr(found)
    assert found._repr_markdown_() == repr(found)
    assert len(repr(found)) < 200


def test_every_public_name_has_a_lesson_that_exists():
    for name in dg.__all__:
        lesson = dg.help(name).lesson
        assert lesson, name
        assert (NOTEBOOKS / f"{lesson}.ipynb").exists(), lesson
