"""Numbers and times that JSON can spell and Python or pandas cannot read."""

import json
import math

import pytest
from attack.hostile_server import http, raw_server
from ledger.fake_client import Box

import docgen_nb as dg
from docgen_nb import samples
from docgen_nb.cli import main
from docgen_nb.errors import UnreadableData, UnreadableReply
from docgen_nb.forms.job_texts import created, milliseconds
from docgen_nb.forms.widgets import json_view
from docgen_nb.frames import load_jobs
from docgen_nb.request import read_table

NUMBER = "1e999999999999999999999"  # a Decimal has an exponent of at most 18 digits
REASON = f"the exponent of the number {NUMBER} is too large."


@pytest.mark.parametrize("kind", ["json", "jsonl"])
def test_an_exponent_that_no_number_has_is_refused_in_a_table(kind):
    with pytest.raises(UnreadableData) as refused:
        read_table(f'{{"total": {NUMBER}}}', kind=kind)
    assert str(refused.value) == f"The text cannot be read as JSON: {REASON}"


def test_such_an_exponent_in_the_json_of_a_form_is_an_error_message():
    assert json_view.read(f'{{"total": {NUMBER}}}') == (None, f"Invalid JSON: {REASON}")


def test_such_an_exponent_in_the_data_of_a_command_is_a_message_of_one_line(tmp_path, capsys):
    data, template = tmp_path / "data.json", tmp_path / "template.docx"
    data.write_text(f'{{"total": {NUMBER}}}')
    template.write_bytes(samples.template("{{total}}"))
    assert main(["check", str(template), str(data)]) == 1
    assert capsys.readouterr().err == f"docgen-nb check: {data} is not valid JSON: {REASON}\n"


@pytest.mark.parametrize(
    "time",
    ["99999999999999", "9" * 400, "٣٤٥", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"],
)
def test_a_time_that_no_calendar_has_is_shown_as_it_came(time):
    assert created({"created_at": time}) == time
    assert math.isnan(milliseconds(time))


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_a_time_whose_offset_leads_out_of_the_calendar_is_refused_by_a_ledger(time, tmp_path):
    box = Box()
    box.add("1", "completed", time)
    with dg.Ledger(tmp_path / "history.sqlite") as ledger:
        with pytest.raises(UnreadableReply, match="created_at"):
            ledger.sync(box)
        assert dg.outcomes(ledger)["jobs"].sum() == 0


@pytest.mark.parametrize("time", ["١٢٣", "２０２６-03-02T09:00:00Z", "²"])
def test_a_time_in_digits_of_other_scripts_is_refused(time):
    page = {"entries": [{"id": "1", "status": "failed", "created_at": time}], "next_marker": None}
    reply = http(json.dumps(page).encode(), "Content-Type: application/json")
    with (
        raw_server(reply) as url,
        dg.connect(url, token="any") as box,
        pytest.raises(UnreadableReply) as refused,
    ):
        load_jobs(box)
    assert str(refused.value) == (
        f"created_at is {time!r}, which is neither RFC 3339 with an offset nor seconds since 1970."
    )
