"""The embedded Doc Gen: Box's wire API over a real renderer, in this process or on a port."""

from docgen_nb.service.clock import Clock, ManualClock
from docgen_nb.service.faults import Fault, FaultPlan, JobBehavior
from docgen_nb.service.http.messages import Reply, Request
from docgen_nb.service.local import LocalDocGen
from docgen_nb.service.storage.seeded_history import PastBatch, PastJob, write_past

__all__ = [
    "Clock",
    "Fault",
    "FaultPlan",
    "JobBehavior",
    "LocalDocGen",
    "ManualClock",
    "PastBatch",
    "PastJob",
    "Reply",
    "Request",
    "write_past",
]
