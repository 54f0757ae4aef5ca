"""`docgen-nb jobs`: output and exit status, for a service on a port and for a ledger."""

import json
import re
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pandas as pd
import pytest

from docgen_nb import samples
from docgen_nb.auth import GivenToken
from docgen_nb.cli import main
from docgen_nb.client import Client
from docgen_nb.ledger import Ledger
from docgen_nb.service import LocalDocGen, ManualClock

WIDE = """\
created_at (UTC)     job_id   status                template_id  output_type  batch_id                              errors  warnings  output_file_id
2026-03-02 10:00:00  4000005  completed_with_error  1000001      docx         7cbb4ccb-8b25-43fd-a1d0-a11bb901c47e       1         0  1000005
2026-03-02 09:00:00  4000004  completed             1000001      docx         64621e09-b806-4cf9-b1a5-6377fb5b84eb       0         0  1000004
2026-03-02 09:00:00  4000003  completed             1000001      docx         64621e09-b806-4cf9-b1a5-6377fb5b84eb       0         0  1000003
2026-03-02 09:00:00  4000002  completed             1000001      docx         64621e09-b806-4cf9-b1a5-6377fb5b84eb       0         0  1000002
"""  # noqa: E501
NARROW = """\
created_at (UTC)     job_id   status                template_id  errors
2026-03-02 10:00:00  4000005  completed_with_error  1000001           1
2026-03-02 09:00:00  4000004  completed             1000001           0
2026-03-02 09:00:00  4000003  completed             1000001           0
2026-03-02 09:00:00  4000002  completed             1000001           0
(not enough room for output_type, batch_id, warnings, output_file_id)
"""
COUNTS = """
4 jobs, created 2026-03-02 09:00 to 2026-03-02 10:00 UTC

status                jobs  share  95% interval
pending                  0   0.0%  -
submitted                0   0.0%  -
completed                3  75.0%  too few batches
completed_with_error     1  25.0%  too few batches
failed                   0   0.0%  too few batches
"""


@pytest.fixture
def box() -> Iterator[Client]:
    """A service on a port, with a batch of three at 9:00 and one incomplete job at 10:00."""
    clock = ManualClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
    with (
        LocalDocGen(clock=clock, workers=1) as service,
        service.listen() as url,
        Client(url, token_source=GivenToken("any")) as client,
    ):
        template = client.upload_file(samples.template("Dear {{name}},"), name="a.docx")["id"]
        client.mark_template(template)
        for number, rows in enumerate([[{"name": "Ada"}] * 3, [{}]]):
            client.create_batch(batch(template, rows, name=f"{number} letter"))
            service.finish()
            clock.advance(3600)
        yield client


def batch(template: str, rows: list[dict[str, str]], *, name: str) -> dict[str, object]:
    return {
        "file": {"type": "file", "id": template},
        "input_source": "api",
        "destination_folder": {"type": "folder", "id": "0"},
        "output_type": "docx",
        "document_generation_data": [
            {"generated_file_name": f"{name} {place}", "user_input": row}
            for place, row in enumerate(rows)
        ],
    }


@pytest.fixture
def run(capsys, monkeypatch):
    """Run the command and return its status, standard output and standard error."""
    monkeypatch.delenv("COLUMNS", raising=False)

    def _run(*arguments):
        try:
            status = main(["jobs", *(str(one) for one in arguments)])
        except SystemExit as end:
            status = end.code
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return _run


def ids(printed: str) -> list[str]:
    return re.findall(r"\b40000\d\d\b", printed)


def test_jobs_are_printed_as_a_table_with_counts(run, box):
    assert run("--url", box.url) == (0, WIDE + COUNTS, "")


def test_the_table_fits_the_terminal(run, box, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")

    assert run("--url", box.url) == (0, NARROW + COUNTS, "")


def test_a_table_that_is_as_wide_as_the_terminal_fits(run, box, monkeypatch):
    widest = max(map(len, WIDE.splitlines()))

    monkeypatch.setenv("COLUMNS", str(widest))
    assert run("--url", box.url) == (0, WIDE + COUNTS, "")
    monkeypatch.setenv("COLUMNS", str(widest - 1))
    assert "(not enough room for output_file_id)\n" in run("--url", box.url)[1]


def test_a_service_of_the_command_itself_is_closed_after_it(run, monkeypatch):
    monkeypatch.delenv("DOCGEN_NB_LOCAL", raising=False)
    before = set(threading.enumerate())

    assert run("--url", "local") == (0, "No jobs.\n", "")
    assert set(threading.enumerate()) - before == set()


@pytest.fixture
def in_tokyo(monkeypatch):
    """Let this computer be in another time zone."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows has no time.tzset")
@pytest.mark.usefixtures("in_tokyo")
def test_a_time_without_a_zone_is_utc_wherever_the_computer_is(run, box):
    status, printed, _ = run("--url", box.url, "--since", "2026-03-02T10:00")

    assert (status, ids(printed)) == (0, ["4000005"])
    assert printed.splitlines()[1].startswith("2026-03-02 10:00:00")


def test_the_url_comes_from_the_environment(run, box, monkeypatch):
    monkeypatch.setenv("DOCGEN_NB_URL", box.url)

    assert run() == (0, WIDE + COUNTS, "")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--since", "2026-03-02T10:00"), ["4000005"]),
        (("--since", "2026-03-02T11:00:00+01:00"), ["4000005"]),
        (("--until", "2026-03-02T10:00:00z"), ["4000004", "4000003", "4000002"]),
        (("--since", "2026-03-02", "--until", "2026-03-03"), [f"400000{n}" for n in (5, 4, 3, 2)]),
        (("--template", "1000001", "--since", "2026-03-02T10:00"), ["4000005"]),
        (("--since", "30m"), []),
        (("--since", "2000w"), [f"400000{n}" for n in (5, 4, 3, 2)]),
    ],
)
def test_jobs_are_filtered_by_time_and_template(run, box, options, expected):
    status, printed, _ = run("--url", box.url, *options)

    assert (status, ids(printed)) == (0, expected)
    assert (printed == "No jobs.\n") == (not expected)


def test_jobs_as_json_are_the_table_and_the_counts(run, box):
    status, printed, _ = run("--url", box.url, "--since", "2026-03-02T10:00Z", "--json")

    output = json.loads(printed)
    assert status == 0
    assert output["source"] == box.url
    assert output["jobs"] == [
        {
            "job_id": "4000005",
            "batch_id": "7cbb4ccb-8b25-43fd-a1d0-a11bb901c47e",
            "template_id": "1000001",
            "template_version_id": "2000001",
            "status": "completed_with_error",
            "output_type": "docx",
            "output_file_id": "1000005",
            "output_file_version_id": "2000005",
            "created_at": "2026-03-02T10:00:00+00:00",
            "created_by_id": "5000001",
            "enterprise_id": "7000001",
            "source": "api",
            "external_id": None,
            "errors": 1,
            "warnings": 0,
            "read_at": output["read_at"],
        }
    ]
    assert [(row["status"], row["jobs"], row["share"]) for row in output["outcomes"]] == [
        ("pending", 0, 0.0),
        ("submitted", 0, 0.0),
        ("completed", 0, 0.0),
        ("completed_with_error", 1, 1.0),
        ("failed", 0, 0.0),
    ]


def test_a_ledger_is_read_without_the_service(run, box, tmp_path):
    with Ledger(tmp_path / "history.sqlite") as ledger:
        ledger.sync(box)

    status, printed, _ = run("--ledger", tmp_path / "history.sqlite", "--since", "2026-03-02T10:00")

    assert status == 0
    assert printed.splitlines()[:2] == [
        "created_at (UTC)     job_id   status                template_id  output_type  batch_id"
        "                              errors  warnings  seconds  finished_source  output_file_id",
        "2026-03-02 10:00:00  4000005  completed_with_error  1000001      docx         "
        "7cbb4ccb-8b25-43fd-a1d0-a11bb901c47e       1         0        0  output_file      1000005",
    ]


def test_a_job_without_a_status_is_counted(run, tmp_path):
    path = tmp_path / "history.sqlite"
    with Ledger(path) as ledger, ledger.file.write() as db:
        db.execute("INSERT INTO polls (begun_at) VALUES (0)")
        db.execute(
            "INSERT INTO job_records (job_id, errors, warnings, read_at, poll) "
            "VALUES (1, 0, 0, 0, 1)"
        )

    status, printed, error = run("--ledger", path)

    assert (status, error) == (0, "")
    assert printed.splitlines()[-1] == "-                        1  100.0%  20.7% to 100.0%"


def test_a_missing_ledger_is_not_created(run, tmp_path):
    path = tmp_path / "history.sqlite"

    message = f"docgen-nb jobs: {path} does not exist; docgen-nb sync creates it.\n"
    assert run("--ledger", path) == (1, "", message)
    assert not path.exists()


@pytest.mark.parametrize(
    "text", ["soon", "", "7", "7y", "-7d", "99999999w", "900000w", "2026-13-01"]
)
def test_an_invalid_time_is_rejected(run, text):
    status, _, error = run(f"--since={text}")

    assert status == 2
    assert error.splitlines()[-1] == (
        f"docgen-nb jobs: error: argument --since: {text!r} is neither an age such as 7d, 12h or "
        "30m, nor a time such as 2026-03-02 or 2026-03-02T09:00Z"
    )


def test_an_invalid_url_is_rejected(run):
    status, _, error = run("--url", "ftp://host")

    assert status == 2
    assert error.splitlines()[-1] == (
        'docgen-nb jobs: error: The URL must be "local" or a scheme and a host without a path, '
        "such as https://api.box.com or http://127.0.0.1:8000."
    )


def test_a_missing_token_is_a_one_line_error(run, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))  # no service of docgen-nb lab
    for name in ("DOCGEN_NB_URL", "BOX_DEVELOPER_TOKEN", "BOX_CLIENT_ID", "BOX_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)

    status, printed, error = run()

    assert (status, printed, error.count("\n")) == (1, "", 1)
    assert error.startswith("docgen-nb jobs: ")


def test_a_page_of_jobs_is_printed_and_the_rest_counted(run, box):
    status, printed, _ = run("--url", box.url, "--limit", 1)

    assert (status, ids(printed)) == (0, ["4000005"])
    assert "(3 older jobs: --limit 0 for all, or --csv FILE)\n" in printed
    assert "\n4 jobs, created " in printed


def test_jobs_are_exported_with_plain_times(run, box, tmp_path):
    paths = [tmp_path / f"jobs.{kind}" for kind in ("csv", "xlsx", "parquet")]
    printed = [run("--url", box.url, f"--{path.suffix[1:]}", path) for path in paths]

    assert printed == [(0, f"4 jobs in {path}\n", "") for path in paths]
    first = {"job_id": 4000005, "created_at": "2026-03-02T10:00:00+00:00"}
    assert pd.read_csv(paths[0])[list(first)].iloc[0].to_dict() == first
    assert pd.read_parquet(paths[2])["created_at"].dt.tz is not None
    sheet = pd.read_excel(paths[1])
    assert sheet["created_at (UTC)"][0] == pd.Timestamp("2026-03-02 10:00")
    assert sheet["job_id"].tolist() == [4000005, 4000004, 4000003, 4000002]


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("jobs.txt", 2, "--csv needs a file whose name ends with .csv, not jobs.txt"),
        ("none/jobs.csv", 1, "none/jobs.csv cannot be written: No such file or directory."),
    ],
)
def test_a_file_that_cannot_be_written_is_one_line(run, box, path, status, message):
    code, printed, error = run("--url", box.url, "--csv", path)

    assert (code, printed) == (status, "")
    assert message in error.splitlines()[-1]


def test_a_page_of_a_ledger_is_that_of_all_its_jobs(run, box, tmp_path):
    path = tmp_path / "history.sqlite"
    with Ledger(path) as ledger:
        ledger.sync(box)

    for limit in (1, 2, 4, 100):
        page = run("--ledger", path, "--limit", limit)
        assert page == run("--ledger", path, "--limit", limit, "--since", "2000-01-01")
    assert (
        "(2 older jobs: --limit 0 for all, or --csv FILE)" in run("--ledger", path, "--limit", 2)[1]
    )


def test_the_ledger_of_an_account_is_found(run, box, tmp_path):
    with Ledger(tmp_path / "history.sqlite", account="east") as ledger:
        ledger.sync(box)

    words = ("jobs", "--ledger", str(tmp_path / "history.sqlite"), "--account", "east")
    assert main([*words, "--csv", str(tmp_path / "jobs.csv")]) == 0
    assert len(pd.read_csv(tmp_path / "jobs.csv")) == 4
    with pytest.raises(SystemExit):
        main(["jobs", "--account", "east"])
