"""The report in Chromium: on a phone and a desk, light and dark, and printed."""

import pypdfium2
import pytest
from month import NOW, month_ledger
from playwright.sync_api import expect

from browser.axe import violations
from browser.own_notebook import write_notebook
from docgen_nb.ledger import Ledger
from docgen_nb.reports import report

OVERLAPS = """() => {
  const all = [...document.querySelectorAll('svg')];
  return all.filter(one => one.getBoundingClientRect().width).flatMap(svg => {
    const texts = [...svg.querySelectorAll('text')].map(one => [one.textContent,
      one.getBoundingClientRect(), parseFloat(getComputedStyle(one).fontSize)]);
    const small = texts.filter(([, , size]) => size < 11).map(([text]) => 'small: ' + text);
    const pairs = texts.flatMap(([a, x], i) => texts.slice(i + 1).filter(([b, y]) => a !== b &&
      x.left < y.right - 1 && y.left < x.right - 1 && x.top < y.bottom - 3 && y.top < x.bottom - 3
    ).map(([b]) => a + ' / ' + b));
    return [...small, ...pairs];
  });
}"""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    month_ledger(folder / "history.sqlite", jobs=4_000)
    with Ledger(folder / "history.sqlite") as ledger:
        return report(ledger, folder / "monday.html", now=NOW)


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (1280, "dark"), (800, "light"), (390, "light")]
)
def test_the_report_is_read_without_a_request_or_an_error(browser, path, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    requests, messages = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))

    page.goto(path.as_uri())

    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(OVERLAPS) == []
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert violations(page, "main") == []
    assert (requests, messages) == ([path.as_uri()], [])
    context.close()


def test_the_report_is_printed_on_few_pages(browser, path, tmp_path):
    page = browser.new_page(color_scheme="dark")
    page.goto(path.as_uri())

    page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True, print_background=True)

    document = pypdfium2.PdfDocument(tmp_path / "report.pdf")
    texts = [page.get_textpage().get_text_bounded() for page in document]
    assert 4 <= len(texts) <= 5
    assert "What needs attention" in texts[0]
    assert not any("Table: " in text for text in texts)
    corner = document[0].render(scale=1).to_pil().getpixel((2, 2))
    assert corner == (255, 255, 255)  # printed light, also from a dark screen
    document.close()
    page.close()


def test_the_dashboard_shows_and_saves_a_report_in_jupyterlab(notebook, lab, path, tmp_path, shots):
    history, saved = path.parent / "history.sqlite", tmp_path / "saved.html"
    code = f"""
import docgen_nb as dg
dashboard = dg.JobsDashboard(dg.Ledger({str(history)!r}), now={str(NOW)!r})
dashboard.path.value = {str(saved)!r}
dashboard
"""
    notebook.open(write_notebook(lab, "dashboard.ipynb", code))
    notebook.run_all()
    assert notebook.errors() == []
    page = notebook.page
    report_page = page.frame_locator("iframe[title=Report]")
    headline = report_page.get_by_role("heading", level=1)
    expect(headline).to_contain_text("requested last week")
    page.screenshot(path=shots / "dashboard.png")

    page.get_by_label("Template").select_option("1000004")
    expect(report_page.get_by_text("Only jobs with template 1000004.")).to_be_visible()
    page.get_by_label("Period").fill("2025-W43")
    page.get_by_label("Period").press("Enter")
    expect(headline).to_contain_text("in week 2025-W43")
    page.get_by_role("button", name="Save report").click()
    expect(page.get_by_text(f"Saved as {saved}.")).to_be_visible()
    page.screenshot(path=shots / "dashboard-template.png")
    assert "Only jobs with template 1000004." in saved.read_text()
