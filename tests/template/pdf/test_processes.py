"""Converters may crash, hang or be killed: nothing is lost and nothing is left behind."""

import hashlib
import os
import select
import signal
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from random import Random

import pytest
from template.pdf.documents import line, order
from template.pdf.outside import ROOT, calls, ends, logged, python, script, workers
from tools import require

from docgen_nb.errors import ConversionFailed
from docgen_nb.template import pdf

# Kills its own group in the first call, once LibreOffice has written a document.
DIES_ONCE = """
{log}
if mkdir {first} 2>/dev/null; then
    soffice "$@" &
    until [ -n "$(ls "$MADE")" ]; do sleep 0.02; done
    kill -KILL 0
fi
exec soffice "$@"
"""


def test_no_document_is_lost_when_the_worker_is_killed_in_the_middle():
    results = pdf.convert_many((line(f"Number {n}") for n in range(30)), engine="office2pdf")
    first = next(results)

    killed = workers(os.getpid())
    for worker in killed:
        os.kill(worker, signal.SIGKILL)

    assert killed != []
    texts = [pdf.text(content).strip() for content in (first, *results)]
    assert texts == [f"Number {n}" for n in range(30)]


def test_no_document_is_lost_when_libreoffice_is_killed_in_the_middle(tmp_path, monkeypatch):
    require("libreoffice")
    text = DIES_ONCE.format(log=logged(tmp_path / "log"), first=tmp_path / "first")
    monkeypatch.setenv("DOCGEN_NB_SOFFICE", script(tmp_path / "soffice", text))

    results = list(pdf.convert_many(line(f"Number {n}") for n in range(10)))

    assert [pdf.text(content).strip() for content in results] == [f"Number {n}" for n in range(10)]
    assert calls(tmp_path / "log") > 2  # two halves, and at least one of them again


def test_what_a_killed_program_has_started_ends_with_it(tmp_path, monkeypatch):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    text = f"exec 9>{pipe}\nsleep 1000 &\nkill -KILL $$"  # as soffice leaves soffice.bin alone
    monkeypatch.setenv("DOCGEN_NB_SOFFICE", script(tmp_path / "soffice", text))

    with pytest.raises(ConversionFailed) as caught:
        pdf.convert(line("x"))

    assert str(caught.value) == "LibreOffice ended with status 137. It was tried twice."
    assert os.read(reader, 1) == b""  # closed by all: none of them lives
    os.close(reader)


def test_a_killed_libreoffice_leaves_nothing_behind(tmp_path: Path):
    require("libreoffice")
    places = {name: tmp_path / name for name in ("temporary", "first", "profile", "sockets")}
    places["temporary"].mkdir()
    notes = f'cd "$MADE"/../../profile && pwd > {places["profile"]}; ls /tmp > {places["sockets"]}'
    text = DIES_ONCE.format(log=":", first=places["first"]).replace(
        "kill -KILL", f"{notes}\n    kill -KILL"
    )

    run = python(
        "from docgen_nb.template import pdf\n"
        "from template.pdf.documents import line\n"
        "for content in pdf.convert_many([line('a'), line('b'), line('c')]):\n"
        "    print(pdf.text(content).strip())\n",
        TMPDIR=str(places["temporary"]),
        DOCGEN_NB_SOFFICE=script(tmp_path / "soffice", text),
    )

    profile = Path(places["profile"].read_text().strip())
    digest = hashlib.md5(profile.as_uri().encode("utf-16-le")).digest()
    socket = f"OSL_PIPE_{os.getuid()}_SingleOfficeIPC_{''.join(f'{byte:x}' for byte in digest)}"
    assert (run.returncode, run.stdout, run.stderr) == (0, "a\nb\nc\n", "")
    assert socket.encode() in places["sockets"].read_bytes().split()
    assert not (Path("/tmp") / socket).exists()
    assert list(places["temporary"].iterdir()) == []


# Writes the same PDF for each document, and hangs on a large one.
COPIES = """
{hang}
for file in "$@"; do
    case "$file" in *.docx)
        [ $(wc -c < "$file") -lt 45000 ] || exec sleep 1000
        cp {pdf} "$MADE/$(basename "$file" .docx).pdf"
    esac
done
"""


def copying(folder: Path, *, hang: str = "") -> str:
    """Return a program like soffice that copies a PDF, so that it can be given little time."""
    ready = folder / "ready.pdf"
    ready.write_bytes(pdf.convert(line("ready"), engine="office2pdf"))
    return script(folder / "soffice", COPIES.format(hang=hang, pdf=ready))


def test_a_program_that_hangs_once_is_tried_again(tmp_path, monkeypatch):
    once = f"mkdir {tmp_path}/first 2>/dev/null && exec sleep 1000"
    monkeypatch.setenv("DOCGEN_NB_SOFFICE", copying(tmp_path, hang=once))

    assert pdf.text(pdf.convert(line("x"), timeout=3)).strip() == "ready"


def test_a_program_that_never_ends_is_killed_with_its_children_at_the_limit(tmp_path, monkeypatch):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    text = f"exec 9>{pipe}\nsleep 1000 &\nsleep 1000"  # children too hold the pipe open
    monkeypatch.setenv("DOCGEN_NB_SOFFICE", script(tmp_path / "soffice", text))

    with pytest.raises(ConversionFailed) as caught:
        pdf.convert(line("x"), timeout=0.3)

    assert str(caught.value) == "LibreOffice took longer than 0.3 s. It was tried twice."
    assert select.select([reader], [], [], 20)[0] == [reader]
    assert os.read(reader, 1) == b""  # closed by all: none of them lives
    os.close(reader)


def test_a_document_on_which_libreoffice_hangs_loses_no_other(tmp_path, monkeypatch):
    monkeypatch.setenv("DOCGEN_NB_SOFFICE", copying(tmp_path))

    large = line(Random(1).randbytes(20_000).hex())
    contents = [line("before"), large, line("after")]
    before, hangs, after = pdf.convert_many(contents, engine="libreoffice", timeout=3)

    assert str(hangs) == "LibreOffice took longer than 3 s. It was tried twice."
    assert [pdf.text(content).strip() for content in (before, after)] == ["ready", "ready"]


def test_a_program_that_always_fails_is_not_called_for_each_document(tmp_path, monkeypatch):
    log = tmp_path / "log"
    monkeypatch.setenv("DOCGEN_NB_SOFFICE", script(tmp_path / "soffice", f"{logged(log)}\nexit 7"))

    results = list(pdf.convert_many([line("x")] * 40))

    assert {str(result) for result in results} <= {
        "LibreOffice ended with status 7.",
        "LibreOffice ended with status 7. It was tried twice.",
    }
    assert len(results) == 40
    assert calls(log) < 40  # 6, three by each desk, where all arrive in time for one call


def test_a_program_that_makes_no_pdf_is_told_with_its_last_words(tmp_path, monkeypatch):
    monkeypatch.setenv(
        "DOCGEN_NB_SOFFICE", script(tmp_path / "soffice", "echo No fonts could be found")
    )

    with pytest.raises(ConversionFailed) as caught:
        pdf.convert(line("x"))

    assert str(caught.value) == (
        "LibreOffice ended without a result: No fonts could be found. It was tried twice."
    )


def test_what_is_made_stays_where_the_program_fails_afterwards(tmp_path, monkeypatch):
    require("libreoffice")
    text = f'{logged(tmp_path / "log")}\nsoffice "$@"\nexit 9'
    monkeypatch.setenv("DOCGEN_NB_SOFFICE", script(tmp_path / "soffice", text))

    assert pdf.text(pdf.convert(line("made"))).strip() == "made"
    assert calls(tmp_path / "log") == 1


def test_libreoffice_does_not_test_its_drawing_at_each_start(tmp_path, monkeypatch):
    require("libreoffice")
    seen = tmp_path / "seen"
    text = f'soffice "$@"\nls "$MADE"/../../profile/user > {seen}'  # its log would be among them
    monkeypatch.setenv("DOCGEN_NB_SOFFICE", script(tmp_path / "soffice", text))

    assert pdf.text(pdf.convert(line("made"))).strip() == "made"

    files = seen.read_text().split()
    assert "registrymodifications.xcu" in files
    assert "GraphicsRenderTests.log" not in files


def test_half_a_pdf_is_not_taken(tmp_path, monkeypatch):
    monkeypatch.setenv(
        "DOCGEN_NB_SOFFICE",
        script(tmp_path / "soffice", 'printf "%%PDF-1.7 cut" > "$MADE/000000.pdf"'),
    )

    with pytest.raises(ConversionFailed) as caught:
        pdf.convert(line("x"))

    assert str(caught.value) == "LibreOffice ended without a result. It was tried twice."


def test_a_document_over_the_limit_fails_in_the_worker_and_the_next_one_converts():
    with pytest.raises(ConversionFailed) as caught:
        pdf.convert(order(1, rows=600), engine="office2pdf", timeout=0.05)

    assert str(caught.value) == "office2pdf took longer than 0.05 s. It was tried twice."
    assert pdf.text(pdf.convert(line("next"), engine="office2pdf")).strip() == "next"


def test_a_program_ends_at_once_and_cleanly_in_the_middle_of_conversions(tmp_path):
    """At its end a program waits for no converter, and no warning tells of a forgotten one."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    run = python(
        "import threading\n"
        "from contextlib import suppress\n"
        "from docgen_nb.errors import ConversionFailed\n"
        "from docgen_nb.template import pdf\n"
        "from template.pdf.documents import line\n"
        "print(pdf.text(pdf.convert(line('x'), engine='office2pdf')).strip())\n"
        "left = pdf.convert_many([line('y')] * 50)\n"
        "def convert():\n"
        "    with suppress(ConversionFailed):\n"  # if the end comes before all are handed over
        "        next(left)\n"
        "threading.Thread(target=convert, daemon=True).start()\n"
        f"from pathlib import Path; Path({str(pipe)!r}).read_text()\n",  # until soffice runs
        DOCGEN_NB_SOFFICE=script(tmp_path / "soffice", f"echo > {pipe}\nexec sleep 1000"),
        TMPDIR=str(tmp_path),
    )

    assert (run.returncode, run.stdout, run.stderr) == (0, "x\n", "")
    assert list(tmp_path.glob("docgen-nb-pdf-*")) == []


def test_a_worker_ends_with_a_parent_that_is_killed():
    code = (
        "from docgen_nb.template import pdf\n"
        "from template.pdf.documents import line\n"
        "pdf.convert(line('x'), engine='office2pdf')\n"
        "print('converted', flush=True)\n"
        "input()"
    )
    with started(code) as parent:
        assert parent.stdout.readline() == b"converted\n"
        (worker,) = workers(parent.pid)
        descriptor = os.pidfd_open(worker)

        parent.kill()

        assert ends(descriptor)


def test_libreoffice_ends_with_a_parent_that_is_killed(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    code = (
        "from docgen_nb.template import pdf\n"
        "from template.pdf.documents import line\n"
        "pdf.convert(line('x'))"
    )
    # It ends only when it is killed, after the folder is removed.
    text = f"trap '' TERM\necho $$ > {pipe}\nexec sleep 1000"
    soffice = script(tmp_path / "soffice", text)
    with started(code, DOCGEN_NB_SOFFICE=soffice, TMPDIR=str(tmp_path)) as parent:
        descriptor = os.pidfd_open(int(pipe.read_text()))
        assert len(list(tmp_path.glob("docgen-nb-pdf-*"))) == 1

        parent.kill()

        assert ends(descriptor)
        assert list(tmp_path.glob("docgen-nb-pdf-*")) == []


def started(code: str, **environment: str) -> subprocess.Popen[bytes]:
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": path} | environment,
    )


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_documents_convert_in_worker_processes(method):
    with ProcessPoolExecutor(2, mp_context=get_context(method)) as executor:
        results = list(executor.map(converted, range(4)))

    assert results == [f"Number {n}" for n in range(4)]


def test_a_forked_process_starts_its_own_converter():
    run = python(
        "import os\n"
        "from docgen_nb.template import pdf\n"
        "from template.pdf.test_processes import converted\n"
        "print(converted(1), flush=True)\n"
        "child = os.fork()\n"
        "print(converted(2), flush=True)\n"
        "if child:\n"
        "    print(os.waitpid(child, 0)[1])\n",
    )

    assert sorted(run.stdout.splitlines()) == ["0", "Number 1", "Number 2", "Number 2"]


def converted(number: int) -> str:
    return pdf.text(pdf.convert(line(f"Number {number}"), engine="office2pdf")).strip()


def test_a_desk_that_is_idle_has_no_thread_that_keeps_a_program_alive():
    pdf.convert(line("x"), engine="office2pdf")

    ours = [thread for thread in threading.enumerate() if thread.name == "docgen-pdf"]
    assert ours != []
    assert all(thread.daemon for thread in ours)


def test_nothing_is_left_where_temporary_files_are_kept(tmp_path: Path):
    require("libreoffice")
    run = python(
        "from docgen_nb.template import pdf\n"
        "from template.pdf.documents import line\n"
        "for engine in pdf.ENGINES:\n"
        "    print(pdf.text(pdf.convert(line('x'), engine=engine)).strip())\n",
        TMPDIR=str(tmp_path),
    )

    assert (run.returncode, run.stdout, run.stderr) == (0, "x\nx\n", "")
    assert list(tmp_path.iterdir()) == []
