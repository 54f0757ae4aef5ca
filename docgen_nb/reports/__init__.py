"""Reports: everything above as one HTML page, and four charts in one figure."""

from docgen_nb.reports.dashboard import dashboard as dashboard
from docgen_nb.reports.jobs_dashboard import JobsDashboard as JobsDashboard
from docgen_nb.reports.report import report as report
