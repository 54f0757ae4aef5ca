"""The dashboard: each control shows the report of the jobs chosen, and the button saves it."""

import shutil
import sqlite3
from contextlib import closing
from html import unescape

import pytest
from month import NOW

from docgen_nb import samples
from docgen_nb.auth import GivenToken
from docgen_nb.client import Client
from docgen_nb.ledger import Ledger
from docgen_nb.reports import JobsDashboard, report
from docgen_nb.service import LocalDocGen, ManualClock


@pytest.fixture
def dashboard(month):
    with Ledger(month[0]) as ledger:
        yield JobsDashboard(ledger, now=NOW)


def shown(dashboard) -> str:
    return unescape(dashboard.page.value)


def test_controls_choose_jobs_and_the_button_saves_the_page(dashboard, month, tmp_path):
    template = dashboard.filters["template_id"]
    labels = [label for label, _ in template.options]
    assert (labels[0], len(labels)) == ("all", 4)
    whole = shown(dashboard)
    assert 'sandbox=""' in dashboard.page.value
    assert "documents were requested last week" in whole

    template.value = month[1].slow_template_id
    assert "All documents are of one version." in shown(dashboard)
    dashboard.period.value = "2025-W43"
    assert "in week 2025-W43" in shown(dashboard)

    dashboard.path.value = str(tmp_path / "saved.html")
    dashboard.save.click()
    saved, _, _ = (tmp_path / "saved.html").read_text().partition("Made with")
    assert f"Only jobs with template {template.value}." in saved
    assert unescape(saved) in unescape(shown(dashboard))
    assert "Saved as " in dashboard.status.value


def test_what_cannot_be_shown_is_said_and_the_page_stays(dashboard):
    before = dashboard.page.value

    dashboard.period.value = "<b>soon"
    assert "period=&#x27;&lt;b&gt;soon&#x27; is not a period." in dashboard.status.value
    assert dashboard.page.value == before
    dashboard.period.value = "last week"
    assert dashboard.status.value == ""
    dashboard.path.value = "/nowhere/report.html"
    dashboard.save.click()
    assert "cannot be written" in dashboard.status.value


def test_a_ledger_is_read_again_only_if_its_file_has_changed(month, tmp_path):
    path = shutil.copy(month[0], tmp_path / "history.sqlite")
    with Ledger(path) as ledger:
        dashboard = JobsDashboard(ledger, now=NOW)
        before = shown(dashboard)
        with closing(sqlite3.connect(path)) as other, other:
            other.execute("DELETE FROM job_records WHERE created_at >= unixepoch('2025-10-27')")
        dashboard.period.value = "2025-W43"
        dashboard.period.value = "last week"

    assert "documents were requested last week" in before
    assert "No documents were requested last week" in shown(dashboard)


def test_the_report_of_the_dashboard_is_that_of_the_ledger(month, tmp_path):
    with Ledger(month[0]) as ledger:
        dashboard = JobsDashboard(ledger, now=NOW, time_zone="Europe/Berlin")
        page = report(ledger, tmp_path / "report.html", now=NOW, time_zone="Europe/Berlin")

    written, _, _ = page.read_text().partition("Made with")
    assert unescape(written) in unescape(shown(dashboard))


def test_the_jobs_of_a_client_are_read_by_the_button():
    with LocalDocGen(clock=ManualClock(NOW)) as local:
        samples.history(local, jobs=300, days=20, until=NOW)
        token, session = GivenToken("any"), local.session()
        with Client("http://docgen.local", token_source=token, session=session) as box:
            dashboard = JobsDashboard(box, now=NOW)
            assert dashboard.status.value == (
                '<p role="status">Press &quot;Read jobs&quot; to see a report.</p>'
            )
            assert dashboard.page.value == ""

            dashboard.read.click()

    assert "documents were requested last week" in shown(dashboard)
    labels = {label for label, _ in dashboard.filters["template_id"].options}
    assert labels == {"all", "Letter", "Purchase order", "Statement"}
