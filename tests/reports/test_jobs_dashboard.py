"""The dashboard: each control shows the report of the jobs chosen, and the button saves it."""

from html import unescape

import pytest
from month import NOW

from docgen_nb.ledger import Ledger
from docgen_nb.reports import JobsDashboard


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
