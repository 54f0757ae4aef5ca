"""The folded parts of a form: upload, version, folder, data from a table, request, preview."""

from forms.batch_form.test_batch_form import ADA, form_of
from forms.conftest import add_template
from forms.interactions import all_widgets, click, control, fill, labels, plain, seen, update

from docgen_nb import samples
from docgen_nb.errors import NotFound

BROKEN = "Dear {{to.name}}\n{{if a}}never ended"


def open_part(form, name):
    """Press the button above a part, which opens it or folds it away."""
    [button] = [
        one
        for one in all_widgets(form.widget)
        if str(getattr(one, "description", "")).removeprefix("▸ ").removeprefix("▾ ") == name
    ]
    update(button, value=not button.value)


def within(form, label):
    """All inputs with this label, those of closed parts left out."""
    return [one for one in all_widgets(form.widget) if getattr(one, "description", "") == label]


def test_a_part_is_made_when_opened_and_one_is_open_at_a_time(box, letter):
    form = form_of(box, blocking=True)
    assert within(form, "New folder") == []
    open_part(form, "Where the documents go")
    assert len(within(form, "New folder")) == 1
    open_part(form, "Data from a table")
    assert (within(form, "New folder"), len(within(form, "or paste it"))) == ([], 1)
    open_part(form, "Data from a table")
    assert within(form, "or paste it") == []


def test_a_part_that_cannot_be_made_says_why_and_can_be_tried_again(box, letter):
    form = form_of(box, blocking=True)
    box.delete_file(letter)
    open_part(form, "Another version of the template")
    assert form.status.startswith(f"{NotFound.__name__}: 404")
    button = control(form, "▸ Another version of the template")
    assert button.value is False


def test_a_template_is_uploaded_by_its_path_and_chosen(box, tmp_path):
    form = form_of(box, blocking=True)
    (tmp_path / "Note.docx").write_bytes(samples.template("{{a}} {{b}}"))
    open_part(form, "Upload a template")
    fill(form, "or its path", str(tmp_path / "Note.docx"))
    click(form, "Upload as template")
    assert labels(form) == ["or its path", "a", "b"]
    assert control(form, "Template").value == "Note.docx"


def test_an_uploaded_template_with_broken_tags_shows_where(box, tmp_path):
    form = form_of(box, blocking=True)
    (tmp_path / "Broken.docx").write_bytes(samples.template(BROKEN))
    open_part(form, "Upload a template")
    fill(form, "or its path", str(tmp_path / "Broken.docx"))
    click(form, "Upload as template")
    assert "Uploaded all the same, but look at it: " in seen(form)
    assert "(document, paragraph 2)" in seen(form)


def test_a_file_that_is_no_template_is_refused_at_its_place(box, letter, tmp_path):
    form = form_of(box, blocking=True)
    open_part(form, "Upload a template")
    fill(form, "or its path", str(tmp_path / "absent.docx"))
    click(form, "Upload as template")
    assert f"Cannot read {tmp_path / 'absent.docx'}: No such file or directory." in seen(form)
    (tmp_path / "text.docx").write_bytes(b"no zip")
    fill(form, "or its path", str(tmp_path / "text.docx"))
    click(form, "Upload as template")
    assert form.status.startswith("UnreadableTemplate: ")
    assert [entry["file"]["id"] for entry in box.list_templates()] == [letter]


def test_a_past_version_is_chosen_and_its_tags_are_read(box):
    first = add_template(box, "{{old}}", name="T.docx")
    box.upload_version(first, samples.template("{{new}}"))
    form = form_of(box, blocking=True)
    assert labels(form) == ["new"]
    open_part(form, "Another version of the template")
    fill(form, "Version", control(form, "Version").options[1])
    assert labels(form) == ["Version", "old"]
    assert form.request.template_version_id is not None


def test_a_folder_is_made_opened_and_used(box, letter):
    form = form_of(box, user_input=ADA, blocking=True)
    open_part(form, "Where the documents go")
    fill(form, "New folder", "March")
    click(form, "Make and open")
    [folder] = [one for one in box.list_folder_items("0") if one["name"] == "March"]
    assert form.request.folder_id == folder["id"]
    assert [
        plain(one.value)
        for one in all_widgets(form.widget)
        if "All files / March" in str(getattr(one, "value", ""))
    ] == ["Documents go to All files / March."] * 2
    click(form)
    assert [one["name"] for one in box.list_folder_items(folder["id"])] == ["Letter.docx"]
    click(form, "Up")
    assert form.request.folder_id == "0"


def test_pasted_cells_become_documents_once_their_columns_are_matched(box, letter):
    form = form_of(box, blocking=True)
    open_part(form, "Data from a table")
    fill(form, "or paste it", "Who\ttext\tsigner\nAda\tHello.\tBob\nCleo\tBye.\t\n")
    assert "2 rows; which column is which field?" in seen(form)
    fill(form, "Who", "to.name")
    click(form, "Use these data")
    assert form.request.rows == [
        {"to": {"name": "Ada"}, "text": "Hello.", "signer": "Bob"},
        {"to": {"name": "Cleo"}, "text": "Bye."},
    ]
    update(control(form, "Document"), value=2)
    assert form.user_input["to"] == {"name": "Cleo"}
    click(form, "Remove")
    assert len(form.request.rows) == 1


def test_a_file_that_is_no_table_is_told_where_it_breaks(box, letter, tmp_path):
    form = form_of(box, blocking=True)
    (tmp_path / "data.json").write_text('[{"a": 1},\n {"a" 2}]')
    open_part(form, "Data from a table")
    [path] = within(form, "or its path")
    update(path, value=str(tmp_path / "data.json"))
    assert "line 2" in seen(form)
    assert form.request.rows == [{}]


def test_the_request_is_shown_in_step_and_only_the_tab_that_is_seen(box, letter):
    form = form_of(box, user_input=ADA, blocking=True)
    open_part(form, "The request as JSON, curl and Python")
    codes = {one.label: one for one in all_widgets(form.widget) if hasattr(one, "text")}
    assert list(codes) == [
        "Request as JSON",
        "Request as curl",
        "Request as docgen_nb",
        "Request as Box's SDK",
    ]
    assert '"name": "Ada"' in codes["Request as JSON"].text
    fill(form, "to.name", "Bob")
    assert '"name": "Bob"' in codes["Request as JSON"].text
    assert codes["Request as curl"].text == ""


def test_the_preview_follows_what_is_typed(box, letter):
    form = form_of(box, user_input=ADA, blocking=True)
    open_part(form, "Preview")
    preview = form._parts._preview
    preview._pages = False  # words are enough here, and pages take seconds
    fill(form, "to.name", "Bob")
    assert "Dear [Bob] of " in repr(preview)
    assert preview.value == form.user_input


def test_versions_listed_are_those_of_the_template_chosen_since(box):
    first = add_template(box, "{{old}}", name="T.docx")
    box.upload_version(first, samples.template("{{new}}"))
    add_template(box, "{{other}}", name="Other.docx")
    form = form_of(box, template_id=first, blocking=True)
    open_part(form, "Another version of the template")
    assert len(control(form, "Version").options) == 2
    fill(form, "Version", control(form, "Version").options[1])
    fill(form, "Template", "Other.docx")
    version = control(form, "Version")
    assert (version.value, version.options) == ("the current one", ("the current one",))
    assert form.request.template_version_id is None
    assert "No past versions of this template." in seen(form)


def test_a_value_set_shows_its_folder(box, letter):
    form = form_of(box, blocking=True)
    form.value = {**form.value, "folder_id": "77"}
    shown = [plain(str(getattr(one, "value", ""))) for one in all_widgets(form.widget)]
    assert "Documents go to folder 77." in shown


def test_a_plain_form_has_no_javascript_module_in_any_part(box, letter):
    form = form_of(box, user_input=ADA, blocking=True, plain=True)
    for name in ("Data from a table", "The request as JSON, curl and Python"):
        open_part(form, name)
    assert [one for one in all_widgets(form.widget) if hasattr(one, "_esm")] == []
    assert '"name": "Ada"' in control(form, "Request as JSON").value
    click(form)
    assert "Letter 4000001 completed" in seen(form)
    form.close()


def test_columns_are_matched_anew_to_the_template_chosen_since(box):
    first = add_template(box, "{{old}}", name="T.docx")
    add_template(box, "{{Who}}", name="Other.docx")
    form = form_of(box, template_id=first, blocking=True)
    open_part(form, "Data from a table")
    fill(form, "or paste it", "Who\tage\nAda\t36\n")
    fill(form, "Template", "Other.docx")
    column = [one for one in within(form, "Who") if hasattr(one, "options")]
    assert [(one.value, one.options) for one in column] == [("Who", ("Who",))]
