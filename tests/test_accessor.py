"""``df.docgen`` gives what the functions give, and is registered with the first table."""

import inspect
import subprocess
import sys

import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from tables import table

import docgen_nb.accessor
from docgen_nb import charts, metrics
from docgen_nb.errors import MissingColumn

METRICS = [
    *("outcomes", "throughput", "durations", "duration_quantiles", "kaplan_meier"),
    *("trend", "slow_hours", "find_incidents"),
]
CHARTS = ["backlog", "failure_heatmap", "incidents", *METRICS[:-1]]


@pytest.fixture
def jobs():
    rows = table(
        """
        job_id  status     template_id  created_at         finished_at        duration_seconds
        1       completed  11           2026-03-02T09:00Z  2026-03-02T09:01Z  60
        2       failed     11           2026-03-02T09:00Z  -                  -
        3       pending    12           2026-03-02T09:05Z  -                  -
        """
    )
    read_at = pd.Timestamp("2026-03-02T09:10Z")
    source = pd.Series(["output_file", None, None], dtype="str")
    return rows.assign(read_at=read_at, finished_source=source)


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("by", [None, "template"])
def test_a_method_gives_what_the_function_gives(jobs, name, by):
    table = getattr(jobs.docgen, name)(by=by)

    expected = getattr(metrics, name)(jobs, by=by)
    pd.testing.assert_frame_equal(table, expected)
    assert table.attrs == expected.attrs


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_drawn_on_the_axes_given(jobs, name):
    ax = Figure().add_subplot()

    assert getattr(jobs.docgen, f"draw_{name}")(ax=ax) is ax
    assert ax.get_title(loc="left")


def test_jobs_are_compared_and_drawn_as_a_timeline(jobs):
    change = jobs.docgen.compare_jobs(jobs, by="template")

    pd.testing.assert_frame_equal(change, metrics.compare_jobs(jobs, jobs, by="template"))
    assert isinstance(jobs.docgen.draw_comparison(jobs), Axes)
    assert jobs.docgen.draw_timeline().get_title(loc="left").startswith("1 of 3 documents")


def test_messages_have_reasons(jobs):
    failures = jobs.assign(severity="error", message="It broke.")

    reasons = failures.docgen.failure_reasons()

    assert reasons["jobs"].tolist() == [3]
    assert isinstance(failures.docgen.draw_failure_reasons(), Axes)


def test_missing_columns_are_named():
    with pytest.raises(MissingColumn) as one:
        pd.DataFrame({"a": [1]}).docgen.outcomes()
    with pytest.raises(MissingColumn) as many:
        pd.DataFrame({"created_at": [pd.Timestamp(0, tz="UTC")]}).docgen.throughput()

    assert str(one.value) == "outcomes needs the column 'status', which this table lacks."
    assert str(many.value) == (
        "throughput needs the columns 'status', 'finished_at' and 'read_at', which this table "
        "lacks. Add end times with add_output_times, or use the jobs of a Ledger. "
        "read_at is the time when the jobs were read."
    )


def test_every_metric_and_chart_is_a_method_with_the_same_options():
    methods = dict(inspect.getmembers(docgen_nb.accessor.Analysis, inspect.isfunction))
    functions = {name: vars(metrics)[name] for name in vars(metrics) if name in methods}
    assert set(functions) == {*METRICS, "failure_reasons", "compare_jobs"}
    for name, function in functions.items():
        (_, *options), (_, *own) = (
            list(inspect.signature(one).parameters.items()) for one in (function, methods[name])
        )
        assert [(key, one.default) for key, one in own] == [
            (key, one.default) for key, one in options
        ], name
    assert {name for name in methods if name.startswith("draw_")} == {
        name for name in vars(charts) if name.startswith("draw_")
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", ["frames", "Ledger", "outcomes"])
def test_the_first_name_for_tables_registers_the_accessor_and_loads_no_chart(name):
    code = (
        f"import sys, pandas as pd, docgen_nb as dg; print(hasattr(pd.DataFrame, 'docgen'));"
        f"dg.{name}; print(hasattr(pd.DataFrame, 'docgen'), 'matplotlib' in sys.modules)"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=True)

    assert result.stdout == "False\nTrue False\n"
