"""dg.help gives definition, source and limit, in text and in Markdown, and near names."""

from pathlib import Path

import pytest

import docgen_nb as dg

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def test_a_metric_has_its_definition_its_limits_an_example_and_a_lesson():
    found = dg.help("throughput")
    assert found.summary.startswith("Return how many jobs were created, finished and open in each")
    assert "One row per step" in found.summary
    assert list(found.sections) == [
        *("Parameters", "Returns", "Errors", "Definition, source and limits")
    ]
    assert "created_at" in found.sections["Parameters"]
    assert "gives the source of an end time" in found.sections["Definition, source and limits"]
    assert found.example.startswith("import pandas as pd\nimport docgen_nb as dg\n\njobs = pd.")
    assert "\ndg.throughput(jobs).drop(" in found.example
    assert found.lesson == "05-how-fast-how-often"
    assert repr(found).startswith(
        "dg.throughput(jobs, *, every='1min', time_zone='UTC', by=None)\n"
    )
    assert repr(found).endswith("\n\nLesson: 05-how-fast-how-often.ipynb")


def test_markdown_has_code_and_lists():
    text = dg.help("throughput")._repr_markdown_()
    assert "- `MissingColumn`: If `jobs` lacks a column" in text
    assert "```python\nimport pandas as pd\n" in text
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


@pytest.mark.parametrize(
    "name", ["throughput", "connect", "BatchRequest", "TableEditor", "schema.fields", "help"]
)
def test_an_example_runs_as_it_is_pasted(name):
    assert "dg." in dg.help(name).example
    exec(compile(dg.help(name).example, name, "exec"), {})


@pytest.mark.parametrize(
    "word", ["template", "tag", "batch", "job", "jobs", "user_input", "ledger"]
)
def test_a_word_of_doc_gen_has_the_sentence_of_the_readme(word):
    found = dg.help(word)
    readme = " ".join((NOTEBOOKS.parent / "README.md").read_text().split())
    assert f"**{word.removesuffix('s')}**" in found.summary
    assert all(f"{part}." in readme for part in found.summary.rstrip(".").split(". "))
    assert "**" not in repr(found)
    assert (NOTEBOOKS / f"{found.lesson}.ipynb").exists()
