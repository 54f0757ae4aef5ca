"""Compose, follow and analyse Box Doc Gen batches, with or without a Box account."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docgen_nb import errors as errors
    from docgen_nb import samples as samples
    from docgen_nb.charts import draw_durations as draw_durations
    from docgen_nb.charts import draw_outcomes as draw_outcomes
    from docgen_nb.charts import draw_throughput as draw_throughput
    from docgen_nb.client import Client as Client
    from docgen_nb.connection import connect as connect
    from docgen_nb.forms import BatchForm as BatchForm
    from docgen_nb.frames import add_output_times as add_output_times
    from docgen_nb.frames import jobs_frame as jobs_frame
    from docgen_nb.frames import load_jobs as load_jobs
    from docgen_nb.metrics import durations as durations
    from docgen_nb.metrics import outcomes as outcomes
    from docgen_nb.metrics import throughput as throughput
    from docgen_nb.request import BatchRequest as BatchRequest
    from docgen_nb.service import Fault as Fault
    from docgen_nb.service import Faults as Faults
    from docgen_nb.service import Law as Law
    from docgen_nb.service import LocalDocGen as LocalDocGen
    from docgen_nb.service import ManualClock as ManualClock
    from docgen_nb.template import Template as Template

# Where each public name lives; loaded when first used, so that the import stays light.
_HOMES = {
    "BatchForm": "forms",
    "BatchRequest": "request",
    "Client": "client",
    "Fault": "service",
    "Faults": "service",
    "Law": "service",
    "LocalDocGen": "service",
    "ManualClock": "service",
    "Template": "template",
    "add_output_times": "frames",
    "connect": "connection",
    "draw_durations": "charts",
    "draw_outcomes": "charts",
    "draw_throughput": "charts",
    "durations": "metrics",
    "errors": "",
    "jobs_frame": "frames",
    "load_jobs": "frames",
    "outcomes": "metrics",
    "samples": "",
    "throughput": "metrics",
}

__all__ = [
    "BatchForm",
    "BatchRequest",
    "Client",
    "Fault",
    "Faults",
    "Law",
    "LocalDocGen",
    "ManualClock",
    "Template",
    "add_output_times",
    "connect",
    "draw_durations",
    "draw_outcomes",
    "draw_throughput",
    "durations",
    "errors",
    "jobs_frame",
    "load_jobs",
    "outcomes",
    "samples",
    "throughput",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if not home:
        return import_module(f"{__name__}.{name}")
    found = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
