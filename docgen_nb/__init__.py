"""Compose, follow and analyse Box Doc Gen batches, with or without a Box account."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docgen_nb import errors as errors
    from docgen_nb import samples as samples
    from docgen_nb import schema as schema
    from docgen_nb import service as service
    from docgen_nb.charts import draw_backlog as draw_backlog
    from docgen_nb.charts import draw_comparison as draw_comparison
    from docgen_nb.charts import draw_duration_quantiles as draw_duration_quantiles
    from docgen_nb.charts import draw_durations as draw_durations
    from docgen_nb.charts import draw_failure_heatmap as draw_failure_heatmap
    from docgen_nb.charts import draw_failure_reasons as draw_failure_reasons
    from docgen_nb.charts import draw_incidents as draw_incidents
    from docgen_nb.charts import draw_kaplan_meier as draw_kaplan_meier
    from docgen_nb.charts import draw_outcomes as draw_outcomes
    from docgen_nb.charts import draw_slow_hours as draw_slow_hours
    from docgen_nb.charts import draw_throughput as draw_throughput
    from docgen_nb.charts import draw_timeline as draw_timeline
    from docgen_nb.client import Client as Client
    from docgen_nb.connection import connect as connect
    from docgen_nb.forms import BatchForm as BatchForm
    from docgen_nb.forms import JobsPanel as JobsPanel
    from docgen_nb.forms import LoginForm as LoginForm
    from docgen_nb.forms import TableEditor as TableEditor
    from docgen_nb.forms import TemplateExplorer as TemplateExplorer
    from docgen_nb.frames import add_output_times as add_output_times
    from docgen_nb.frames import batches_frame as batches_frame
    from docgen_nb.frames import failures_frame as failures_frame
    from docgen_nb.frames import jobs_frame as jobs_frame
    from docgen_nb.frames import load_failures as load_failures
    from docgen_nb.frames import load_jobs as load_jobs
    from docgen_nb.frames import tags_frame as tags_frame
    from docgen_nb.frames import templates_frame as templates_frame
    from docgen_nb.ledger import Ledger as Ledger
    from docgen_nb.ledger.sync import sync as sync
    from docgen_nb.metrics import compare_jobs as compare_jobs
    from docgen_nb.metrics import duration_quantiles as duration_quantiles
    from docgen_nb.metrics import durations as durations
    from docgen_nb.metrics import failure_reasons as failure_reasons
    from docgen_nb.metrics import find_incidents as find_incidents
    from docgen_nb.metrics import kaplan_meier as kaplan_meier
    from docgen_nb.metrics import outcomes as outcomes
    from docgen_nb.metrics import slow_hours as slow_hours
    from docgen_nb.metrics import throughput as throughput
    from docgen_nb.report import dashboard as dashboard
    from docgen_nb.request import BatchRequest as BatchRequest
    from docgen_nb.request import read_table as read_table
    from docgen_nb.request import rows as rows
    from docgen_nb.service import LocalDocGen as LocalDocGen
    from docgen_nb.submission import Batch as Batch
    from docgen_nb.submission import submit as submit
    from docgen_nb.template import Template as Template

# Where each public name lives; loaded when first used, so that the import stays light.
_HOMES = {
    "Batch": "submission",
    "BatchForm": "forms",
    "BatchRequest": "request",
    "Client": "client",
    "JobsPanel": "forms",
    "Ledger": "ledger",
    "LocalDocGen": "service",
    "LoginForm": "forms",
    "TableEditor": "forms",
    "Template": "template",
    "TemplateExplorer": "forms",
    "add_output_times": "frames",
    "batches_frame": "frames",
    "compare_jobs": "metrics",
    "connect": "connection",
    "dashboard": "report",
    "draw_backlog": "charts",
    "draw_comparison": "charts",
    "draw_duration_quantiles": "charts",
    "draw_durations": "charts",
    "draw_failure_heatmap": "charts",
    "draw_failure_reasons": "charts",
    "draw_incidents": "charts",
    "draw_kaplan_meier": "charts",
    "draw_outcomes": "charts",
    "draw_slow_hours": "charts",
    "draw_throughput": "charts",
    "draw_timeline": "charts",
    "duration_quantiles": "metrics",
    "durations": "metrics",
    "errors": "",
    "failure_reasons": "metrics",
    "failures_frame": "frames",
    "find_incidents": "metrics",
    "jobs_frame": "frames",
    "kaplan_meier": "metrics",
    "load_failures": "frames",
    "load_jobs": "frames",
    "outcomes": "metrics",
    "read_table": "request",
    "rows": "request",
    "samples": "",
    "schema": "",
    "service": "",
    "slow_hours": "metrics",
    "submit": "submission",
    "sync": "ledger",
    "tags_frame": "frames",
    "templates_frame": "frames",
    "throughput": "metrics",
}

# With the first name from one of these, tables have ``df.docgen``: they may not import it.
_TABLES = {"frames", "ledger", "metrics"}

__all__ = [
    "Batch",
    "BatchForm",
    "BatchRequest",
    "Client",
    "JobsPanel",
    "Ledger",
    "LocalDocGen",
    "LoginForm",
    "TableEditor",
    "Template",
    "TemplateExplorer",
    "add_output_times",
    "batches_frame",
    "compare_jobs",
    "connect",
    "dashboard",
    "draw_backlog",
    "draw_comparison",
    "draw_duration_quantiles",
    "draw_durations",
    "draw_failure_heatmap",
    "draw_failure_reasons",
    "draw_incidents",
    "draw_kaplan_meier",
    "draw_outcomes",
    "draw_slow_hours",
    "draw_throughput",
    "draw_timeline",
    "duration_quantiles",
    "durations",
    "errors",
    "failure_reasons",
    "failures_frame",
    "find_incidents",
    "jobs_frame",
    "kaplan_meier",
    "load_failures",
    "load_jobs",
    "outcomes",
    "read_table",
    "rows",
    "samples",
    "schema",
    "service",
    "slow_hours",
    "submit",
    "sync",
    "tags_frame",
    "templates_frame",
    "throughput",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if not home:
        return import_module(f"{__name__}.{name}")
    found = getattr(import_module(f"{__name__}.{home}"), name)
    if home in _TABLES:
        import_module(f"{__name__}.accessor")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
