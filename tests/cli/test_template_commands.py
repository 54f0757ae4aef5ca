"""`docgen-nb tags`, `check` and `render`: output, files and exit status."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import docx
import pytest

from docgen_nb import samples
from docgen_nb.cli import main
from docgen_nb.template import pdf
from docgen_nb.template.docx.plain_text import read_text

LETTER = """
    Dear {{name}}, you owe {{amount}}.
    | Item | Price |
    |---|
    | {{tablerow one in items}} {{one.name}} | {{one.price :: format(“US-Number”)}}{{endtablerow}} |
    {{if vip isPresent}}
    Thank you.
    {{endif}}
"""
ADA = '{"name": "Ada", "amount": 5060.50, "items": [{"name": "Lamp", "price": 1234.50}]}'
GAP = '{"nmae": "Ada", "amount": 5, "items": [{"name": "Lamp", "price": "much"}]}'
GAP_OUTPUT = """\
error: The tag 'name' was not provided in the input data.
  at document, paragraph 1: {{name}}
  did you mean 'nmae'?
warning: The tag 'items.price' has the value 'much', which is not a number; it is printed unchanged.
  at document, table 1, row 2, cell 2, paragraph 1: {{one.price :: format(“US-Number”)}}
warning: The tag 'nmae' was provided but not used in the template.
  did you mean 'name'?
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    """Run each test in a folder with the letter and its data."""
    monkeypatch.chdir(tmp_path)
    Path("Letter.docx").write_bytes(samples.template(LETTER))
    for name, text in (("ada", ADA), ("gap", GAP), ("both", f"[{ADA}, {GAP}]")):
        Path(f"{name}.json").write_text(text)


@pytest.fixture
def run(capsys):
    """Run a command and return its status, standard output and standard error."""

    def _run(*arguments):
        status = main([str(one) for one in arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return _run


# tags


def test_tags_are_a_table(run):
    assert run("tags", "Letter.docx") == (
        0,
        """\
type         tag                                   paths
text         {{name}}                              name
text         {{amount}}                            amount
table-loop   {{tablerow one in items}}             items
text         {{one.name}}                          items, items.name
text         {{one.price :: format(“US-Number”)}}  items, items.price
conditional  {{if vip isPresent}}                  vip
""",
        "",
    )


def test_tags_as_json_are_the_entries_of_the_tags_call(run):
    Path("short.docx").write_bytes(samples.template("{{a.b}}"))

    status, out, error = run("tags", "short.docx", "--json")

    entry = {"tag_content": "{{a.b}}", "tag_type": "text", "json_paths": ["a", "a.b"]}
    assert (status, json.loads(out), error) == (0, [entry], "")


def test_a_template_without_tags(run):
    Path("plain.docx").write_bytes(samples.template("Nothing here"))
    assert run("tags", "plain.docx") == (0, "No tags.\n", "")


# check


def test_a_valid_template_has_no_problems(run):
    assert run("check", "Letter.docx") == (0, "No problems.\n", "")
    assert run("check", "Letter.docx", "ada.json") == (0, "No problems.\n", "")
    assert run("check", "Letter.docx", "ada.json", "--json") == (0, "[]\n", "")


def test_without_data_the_problems_of_the_template_are_printed(run):
    Path("broken.docx").write_bytes(
        samples.template("{{if a}}\n{{first name}}\n{{b :: format(q)}}")
    )
    assert run("check", "broken.docx") == (
        1,
        """\
error: The tag '{{first name}}' cannot be read: names can't contain spaces ('first name').
  at document, paragraph 2: {{first name}}
error: The tag '{{b :: format(q)}}' cannot be read: arguments must be in quotation marks.
  at document, paragraph 3: {{b :: format(q)}}
error: The tag '{{if a}}' has no '{{endif}}'.
  at document, paragraph 1: {{if a}}
3 errors
""",
        "",
    )


def test_warnings_alone_exit_with_0(run):
    Path("more.json").write_text(ADA[:-1] + ', "nickname": "A"}')
    assert run("check", "Letter.docx", "more.json") == (
        0,
        "warning: The tag 'nickname' was provided but not used in the template.\n1 warning\n",
        "",
    )


def test_problems_in_data_have_a_place_and_the_nearest_path(run):
    assert run("check", "Letter.docx", "gap.json") == (
        1,
        f"{GAP_OUTPUT}1 error, 2 warnings\n",
        "",
    )


def test_check_as_json_has_all_fields(run):
    Path("short.docx").write_bytes(samples.template("{{name}}"))
    Path("none.json").write_text("{}")

    status, out, error = run("check", "short.docx", "none.json", "--json")

    place = {"part": "document", "paragraph": 1, "table": None, "row": None, "cell": None}
    missing = {
        "code": "missing",
        "message": "The tag 'name' was not provided in the input data.",
        "path": "name",
        "place": place,
        "tag": "{{name}}",
        "severity": "error",
        "nearest": None,
        "construct": "",
    }
    assert (status, json.loads(out), error) == (1, [missing], "")


def test_a_list_is_checked_row_by_row_and_the_template_once(run):
    Path("odd.docx").write_bytes(samples.template("{{name}} {{date :: format(“q”)}}"))
    Path("rows.json").write_text('[{"name": "Ada"}, {"name": "Bo", "date": "x"}, {"date": "y"}]')
    assert run("check", "odd.docx", "rows.json") == (
        1,
        """\
warning: The tag '{{date :: format(“q”)}}' has the unknown format 'q'.
  at document, paragraph 1: {{date :: format(“q”)}}
error in row 1: The tag 'date' was not provided in the input data.
  at document, paragraph 1: {{date :: format(“q”)}}
error in row 3: The tag 'name' was not provided in the input data.
  at document, paragraph 1: {{name}}
2 errors, 1 warning
""",
        "",
    )


# render


def test_a_document_is_written_and_numbers_keep_their_digits(run):
    assert run("render", "Letter.docx", "ada.json") == (0, "Wrote Letter rendered.docx\n", "")
    content = Path("Letter rendered.docx").read_bytes()
    assert read_text(content) == "Dear Ada, you owe 5060.50.\nItem\nPrice\n Lamp\n1,234.50"


def test_an_absolute_path_is_written_to(run, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    one, many = elsewhere / "Ada.docx", elsewhere / "made"

    assert run("render", "Letter.docx", "ada.json", "--out", one)[:2] == (0, f"Wrote {one}\n")
    run("render", "Letter.docx", "both.json", "--out", many)

    assert one.is_file()
    assert len(list(many.iterdir())) == 2


def test_a_document_with_problems_is_written(run):
    assert run("render", "Letter.docx", "gap.json", "--out", "new/Gap.docx") == (
        1,
        "Wrote new/Gap.docx\n",
        GAP_OUTPUT,
    )
    assert read_text(Path("new/Gap.docx").read_bytes()).startswith("Dear {{name}}, you owe 5.\n")


def test_a_list_makes_numbered_documents_in_a_folder(run):
    message = GAP_OUTPUT.replace("error:", "error in row 2:").replace(
        "warning:", "warning in row 2:"
    )
    assert run("render", "Letter.docx", "both.json", "--out", "made") == (
        1,
        "Wrote made/Letter 1.docx\nWrote made/Letter 2.docx\n",
        message,
    )
    assert sorted(path.name for path in Path("made").iterdir()) == [
        "Letter 1.docx",
        "Letter 2.docx",
    ]


def test_numbers_of_documents_have_the_same_width(run):
    Path("ten.json").write_text(json.dumps([json.loads(ADA)] * 10))
    status, out, _ = run("render", "Letter.docx", "ten.json", "--out", "made")
    assert (status, out.splitlines()[::9]) == (
        0,
        ["Wrote made/Letter 01.docx", "Wrote made/Letter 10.docx"],
    )


def test_names_come_from_the_data(run):
    Path("rows.json").write_text(f"[{ADA}, {ADA.replace('Ada', 'Bo')}]")
    assert run("render", "Letter.docx", "rows.json", "--name", "To {name}") == (
        0,
        "Wrote To Ada.docx\nWrote To Bo.docx\n",
        "",
    )


def test_a_list_as_json_has_the_file_and_the_problems_of_each(run):
    Path("short.docx").write_bytes(samples.template("{{name}}"))
    Path("rows.json").write_text('[{"name": "Ada"}, {"name": "Bo", "nick": "B"}]')

    status, out, error = run("render", "short.docx", "rows.json", "--json")

    unused = {
        "row": 2,
        "code": "unused",
        "message": "The tag 'nick' was provided but not used in the template.",
        "path": "nick",
        "place": None,
        "tag": "",
        "severity": "warning",
        "nearest": None,
        "construct": "",
    }
    assert (status, json.loads(out), error) == (
        0,
        [
            {"file": "short 1.docx", "problems": []},
            {"file": "short 2.docx", "problems": [unused]},
        ],
        "",
    )


def test_one_document_as_json_is_one_object(run):
    result = run("render", "Letter.docx", "ada.json", "--json")
    assert result == (0, '{\n  "file": "Letter rendered.docx",\n  "problems": []\n}\n', "")


def test_annotated_documents_hold_their_problems(run):
    status, out, _ = run("render", "Letter.docx", "gap.json", "--annotated", "--out", "Gap.docx")

    assert (status, out) == (1, "Wrote Gap.docx\n")
    assert sorted(one.text for one in docx.Document("Gap.docx").comments) == [
        "The tag 'items.price' has the value 'much', which is not a number; "
        "it is printed unchanged.",
        "The tag 'name' was not provided in the input data. Did you mean 'nmae'?",
        "The tag 'nmae' was provided but not used in the template. Did you mean 'name'?",
    ]


@pytest.mark.parametrize("option", [["--type", "pdf"], ["--out", "Ada.pdf"]])
def test_a_pdf_is_made(run, option):
    name = "Ada.pdf" if "--out" in option else "Letter rendered.pdf"
    assert run("render", "Letter.docx", "ada.json", *option) == (0, f"Wrote {name}\n", "")
    assert "Dear Ada, you owe 5060.50." in pdf.text(Path(name).read_bytes())


def test_data_comes_from_standard_input():
    command = [sys.executable, "-m", "docgen_nb", "check", "Letter.docx", "-"]
    process = subprocess.run(command, input=ADA, capture_output=True, text=True, timeout=60)
    assert (process.returncode, process.stdout, process.stderr) == (0, "No problems.\n", "")


def test_a_number_of_any_length_keeps_its_value(run):
    Path("short.docx").write_bytes(samples.template("{{n}}"))
    Path("long.json").write_text(f'{{"n": 1{"0" * 5000}}}')
    assert run("render", "short.docx", "long.json", "--out", "n.docx") == (
        0,
        "Wrote n.docx\n",
        "",
    )
    assert read_text(Path("n.docx").read_bytes()) == "1" + "0" * 5000


def test_what_the_terminal_cannot_show_is_escaped():
    Path("odd.json").write_text(ADA[:-1] + ', "n\\ud800": 1}')
    for arguments, message in (
        (["check", "Letter.docx", "odd.json"], "warning: The tag 'n\\ud800' was provided"),
        (["tags", "Letter.docx"], "text         {{one.price :: format(\\u201cUS-Number\\u201d)}}"),
    ):
        command = [sys.executable, "-m", "docgen_nb", *arguments]
        environment = os.environ | {"PYTHONIOENCODING": "ascii"}
        process = subprocess.run(
            command, capture_output=True, text=True, timeout=60, env=environment
        )
        assert (process.returncode, process.stderr) == (0, "")
        assert message in process.stdout


def test_a_closed_pipe_causes_no_traceback():
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "docgen_nb", "tags", "Letter.docx"]
    process = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(writer)
    assert (process.returncode, process.stderr) == (1, "")


# Errors


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            '{"a": 1,\n  b: 2}',
            "Expecting property name enclosed in double quotes (line 2, column 3)",
        ),
        ("", "Expecting value (line 1, column 1)"),
        ('{"a": NaN}', "JSON has no number NaN"),
        (b"\xff\xfe\x00", "it is not UTF-8"),
    ],
)
def test_invalid_json_is_a_one_line_error(run, content, message):
    Path("bad.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    for command in ("check", "render"):
        assert run(command, "Letter.docx", "bad.json") == (
            1,
            "",
            f"docgen-nb {command}: bad.json is not valid JSON: {message}.\n",
        )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("5", "bad.json: expected an object, not a number."),
        ("null", "bad.json: expected an object, not null."),
        ('"text"', "bad.json: expected an object, not a string."),
        ("[{}, [1]]", "bad.json, row 2: expected an object, not a list."),
        ("[]", "bad.json contains an empty list. Add at least one object."),
        ("[" * 100_000, "bad.json is nested too deeply."),
    ],
)
def test_data_other_than_an_object_is_a_one_line_error(run, content, message):
    Path("bad.json").write_text(content)
    assert run("check", "Letter.docx", "bad.json") == (1, "", f"docgen-nb check: {message}\n")


def test_errors_name_standard_input(run, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{")))
    assert run("check", "Letter.docx", "-") == (
        1,
        "",
        "docgen-nb check: Standard input is not valid JSON: Expecting property name enclosed in "
        "double quotes (line 1, column 2).\n",
    )


@pytest.mark.parametrize("command", [["tags"], ["check"], ["render"]])
def test_an_unreadable_template_is_a_one_line_error(run, command):
    data = ["ada.json"] if command == ["render"] else []
    for file, message in (
        ("none.docx", "Cannot read none.docx: No such file or directory."),
        (".", "Cannot read .: Is a directory."),
        ("ada.json", "ada.json: The file is not a .docx: it is not a zip archive."),
    ):
        assert run(*command, file, *data) == (1, "", f"docgen-nb {command[0]}: {message}\n")


def test_a_missing_data_file_is_a_one_line_error(run):
    assert run("check", "Letter.docx", "none.json") == (
        1,
        "",
        "docgen-nb check: Cannot read none.json: No such file or directory.\n",
    )


def test_an_unwritable_path_is_a_one_line_error(run):
    assert run("render", "Letter.docx", "ada.json", "--out", "ada.json/a.docx") == (
        1,
        "",
        "docgen-nb render: Cannot write ada.json/a.docx: ada.json is not a folder.\n",
    )
    Path("made").mkdir()
    Path("made/Letter 1.docx").mkdir()
    assert run("render", "Letter.docx", "both.json", "--out", "made") == (
        1,
        "",
        "docgen-nb render: Cannot write made/Letter 1.docx: Is a directory.\n",
    )


def test_the_template_is_not_overwritten(run):
    before = Path("Letter.docx").read_bytes()
    assert run("render", "Letter.docx", "ada.json", "--out", "./Letter.docx") == (
        1,
        "",
        "docgen-nb render: Letter.docx is the template. Choose another output file.\n",
    )
    assert Path("Letter.docx").read_bytes() == before


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("{nobody}", "Document 1: The file name uses 'nobody', which is not in the data."),
        (
            "Same",
            "2 documents have the same file name. Add a field, such as {order.id}.",
        ),
        (
            "../{amount}",
            "Document 1: The file name '../5060.50' contains a slash, a backslash or a control "
            "character.",
        ),
        ("", "The file name is empty."),
    ],
)
def test_nothing_is_written_if_a_file_name_is_invalid(run, pattern, message):
    Path("rows.json").write_text(f"[{ADA}, {ADA}]")
    before = sorted(Path().iterdir())
    assert run("render", "Letter.docx", "rows.json", f"--name={pattern}") == (
        1,
        "",
        f"docgen-nb render: --name '{pattern}': {message}\n",
    )
    assert sorted(Path().iterdir()) == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--type", "pdf", "--annotated"], "--annotated needs --type docx"),
        (["--type", "docx", "--out", "a.pdf"], "--type docx conflicts with --out a.pdf"),
    ],
)
def test_conflicting_options_exit_with_2(capsys, options, message):
    with pytest.raises(SystemExit) as ended:
        main(["render", "Letter.docx", "ada.json", *options])
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1] == f"docgen-nb render: error: {message}"


def test_notes_are_no_problems_unless_a_template_has_to_be_portable(run):
    Path("indexed.docx").write_bytes(samples.template("{{a[0]}}"))
    Path("a.json").write_text('{"a": [1]}')
    note = """\
note: Not proven at Box: position in a list, such as items[0]. Nothing that Box published uses it. \
Proven instead: the element under a name of its own in the data.
  at document, paragraph 1: {{a[0]}}
No problems, 1 note.
"""

    assert run("check", "indexed.docx") == (0, note, "")
    assert run("check", "indexed.docx", "a.json", "--portable") == (1, note, "")
    assert run("check", "Letter.docx", "--portable") == (0, "No problems.\n", "")
