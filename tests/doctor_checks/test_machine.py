"""Tests of the checks of this computer, and of how a checkup is shown."""

import sys

import pytest

from docgen_nb.doctor_checks import Checkup, Finding, machine

LAB = {"ipywidgets": "8.1", "jupyterlab_widgets": "3.0", "anywidget": "0.9", "jupyterlab": "4.4"}


def test_the_converter_is_the_one_that_is_there(tmp_path, monkeypatch):
    program = tmp_path / "soffice"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("DOCGEN_NB_SOFFICE", str(program))
    assert machine.converter() == Finding("PDF", "ok", f"LibreOffice: {program}")
    monkeypatch.setenv("DOCGEN_NB_SOFFICE", str(tmp_path / "absent"))
    wrong = machine.converter()
    assert (wrong.state, wrong.fix) == ("wrong", "Correct or unset DOCGEN_NB_SOFFICE.")
    monkeypatch.delenv("DOCGEN_NB_SOFFICE")
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert machine.converter().detail.startswith("no LibreOffice; the converter of the extra pdf")
    monkeypatch.setitem(sys.modules, "office2pdf", None)
    lacking = machine.converter()
    assert lacking.state == "warning"
    assert lacking.fix.startswith('Run: pip install "docgen-nb[pdf]", or install LibreOffice')


def test_fonts_are_found_by_their_files(tmp_path):
    for name in ("Carlito-Regular.ttf", "truetype/LiberationSans-Bold.ttf", "times.ttf"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    lacking = machine.fonts([str(tmp_path), str(tmp_path / "absent")])
    assert lacking.state == "warning"
    assert lacking.detail.startswith("nothing like Cambria: lines of local PDFs")
    (tmp_path / "Cambria.ttc").touch()
    assert machine.fonts([str(tmp_path)]).state == "ok"


@pytest.mark.parametrize(
    ("without", "state"),
    [("anywidget", "wrong"), ("jupyterlab_widgets", "wrong"), ("jupyterlab", "warning")],
)
def test_forms_need_widgets_and_a_front_end(without, state):
    assert machine.widgets(LAB).state == "ok"
    lacking = machine.widgets({name: text for name, text in LAB.items() if name != without})
    assert lacking.state == state
    assert lacking.fix.startswith('Run: pip install "docgen-nb[lab]"')
    assert machine.widgets(LAB | {"ipywidgets": "7.7"}).state == "wrong"


@pytest.mark.parametrize(
    ("free", "state"), [(2_000_000_000, "ok"), (500_000_000, "warning"), (10_000_000, "wrong")]
)
def test_a_disk_that_is_nearly_full_is_noticed(free, state):
    found = machine.disk("/data", free=free)
    assert (found.state, bool(found.fix)) == (state, state != "ok")


def test_a_checkup_is_shown_with_what_to_do():
    checkup = Checkup(
        [
            Finding("address", "ok", "https://api.box.com answers"),
            Finding("token", "warning", "a <b> " * 20, "Make a new one."),
        ]
    )
    assert repr(checkup) == (
        "ok       address      https://api.box.com answers\n"
        f"warning  token        {'a <b> ' * 12}a <b>\n"
        f"                      {'a <b> ' * 6}a <b>\n"
        "                      Fix: Make a new one."
    )
    assert "a &lt;b&gt;" in checkup._repr_html_()
    assert checkup.is_ok
    assert not Checkup([*checkup, Finding("disk", "wrong", "full")]).is_ok
    table = checkup.frame()
    assert list(table) == ["check", "state", "detail", "fix"]
    assert set(map(str, table.dtypes)) == {"str"}
    assert list(Checkup([]).frame()) == ["check", "state", "detail", "fix"]
