"""The embedded Doc Gen service: Box's wire API over a real renderer, in process or on a port.

`LocalDocGen` is the service. `FaultPlan` with `Fault` and `JobBehavior` makes calls and jobs fail
on purpose, and a `ManualClock` replaces waiting. `check_signature` is for receivers of webhook
messages, of Box as well.
"""

from docgen_nb.service.clock import Clock, ManualClock
from docgen_nb.service.faults import Fault, FaultPlan, JobBehavior
from docgen_nb.service.http.messages import Reply, Request
from docgen_nb.service.local import LocalDocGen
from docgen_nb.service.signatures import check_signature
from docgen_nb.service.storage.seeded_history import SeededBatch, SeededJob, write_history

__all__ = [
    "Clock",
    "Fault",
    "FaultPlan",
    "JobBehavior",
    "LocalDocGen",
    "ManualClock",
    "Reply",
    "Request",
    "SeededBatch",
    "SeededJob",
    "check_signature",
    "write_history",
]
