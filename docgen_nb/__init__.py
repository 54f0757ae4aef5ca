"""Compose, follow and analyze Box Doc Gen batches, with or without a Box account."""

import sys
from importlib import import_module

# The public names and the rooms they live in. A room is loaded when one of its names is first
# used, so that importing the package stays cheap. Type checkers and editors read the same names
# in `__init__.pyi`.
_NAMES = {
    "charts": (
        *("draw_backlog", "draw_comparison", "draw_duration_quantiles", "draw_durations"),
        *("draw_failure_heatmap", "draw_failure_reasons", "draw_incidents", "draw_kaplan_meier"),
        *("draw_outcomes", "draw_slow_hours", "draw_throughput", "draw_timeline", "draw_trend"),
    ),
    "client": ("Client", "show_wire"),
    "connection": ("connect",),
    "doctor_checks": ("doctor",),
    "forms": ("BatchForm", "JobsPanel", "LoginForm", "TableEditor", "TemplateExplorer"),
    "frames": ("add_output_times", "load_failures", "load_jobs"),
    "ledger": ("Ledger",),
    "lessons": ("help",),
    "metrics": (
        *("compare_jobs", "duration_quantiles", "durations", "failure_reasons", "find_incidents"),
        *("kaplan_meier", "outcomes", "slow_hours", "throughput", "trend"),
    ),
    "reports": ("JobsDashboard", "dashboard", "report"),
    "request": ("BatchRequest", "read_table", "rows_from_table"),
    "service": ("LocalDocGen",),
    "submission": ("Batch", "as_completed", "submit", "submit_many"),
    "template": ("Template",),
    "watching": ("watch",),
}
_NAMESPACES = ("errors", "frames", "lessons", "samples", "schema", "service")
_HOMES = {name: room for room, names in _NAMES.items() for name in names}

__all__ = sorted([*_HOMES, *_NAMESPACES])


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = import_module(f"{__name__}.{_HOMES.get(name, name)}")
    if name in _HOMES:
        value = globals()[name] = getattr(value, name)
    if "pandas" in sys.modules:
        import_module(f"{__name__}.accessor")  # df.docgen, as soon as there are tables
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
