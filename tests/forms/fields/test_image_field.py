"""ImageField without a browser: accepted and rejected files."""

import struct
import zlib
from base64 import b64decode, b64encode

import ipywidgets as widgets
import pytest
from forms.interactions import all_widgets, plain, update

from docgen_nb.forms.fields.image import ImageField
from docgen_nb.forms.fields.image_upload import Upload
from docgen_nb.schema import Field

LOGO = Field("logo", "order.logo", "image", True)


def png(*, width=2, height=1, extra=0, pixels=b""):
    """A PNG picture of any size."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = pixels or b"\x20\x60\xa0" * width * height
    size = 3 * width
    rows = zlib.compress(b"".join(b"\0" + pixels[size * n : size * (n + 1)] for n in range(height)))
    parts = [chunk(b"IHDR", head), chunk(b"IDAT", rows), chunk(b"tEXt", b"a\0" + b"x" * extra)]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


SMALL = png()
SMALL_TEXT = b64encode(SMALL).decode()
GIF = b64decode("R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=")


@pytest.fixture
def field():
    return ImageField(LOGO)


def of_kind(field, kind):
    [match] = [one for one in all_widgets(field.widget) if isinstance(one, kind)]
    return match


def send(field, message, *buffers):
    """Send a message of the upload button, as the browser does."""
    data = {"method": "custom", "content": message}
    of_kind(field, Upload)._handle_msg({"content": {"data": data}, "buffers": list(buffers)})


def upload(field, content, *, name="logo.png"):
    send(field, {"action": "upload", "name": name}, memoryview(content))


def read_path(field, path):
    update(of_kind(field, widgets.Text), value=str(path))


def texts(field):
    return [w.value for w in all_widgets(field.widget) if isinstance(w, widgets.HTML)]


def caption(field):
    return plain(texts(field)[0])


def shown_message(field):
    return plain(texts(field)[1])


def test_a_picture_is_uploaded_and_shown_with_its_size(field):
    changes = []
    field.on_change(lambda: changes.append(field.value))
    upload(field, SMALL)
    assert field.value == SMALL_TEXT
    assert changes == [SMALL_TEXT]
    assert caption(field) == ("PNG, 2 x 1 pixels. Uses 0.1 KB; 99.9 KB of 100 KB left.")
    assert (
        f'<img src="data:image/png;base64,{SMALL_TEXT}" alt="Picture for order.logo"'
        in (texts(field)[0])
    )
    assert (shown_message(field), repr(field)) == (
        "",
        "<ImageField: order.logo, PNG, 2 x 1 pixels>",
    )


def test_the_same_file_can_be_uploaded_again_and_a_picture_removed(field):
    changes = []
    field.on_change(lambda: changes.append(field.value))
    upload(field, SMALL)
    button = of_kind(field, widgets.Button)
    assert (button.description, button.layout.display) == ("Remove order.logo", "")
    button._handle_msg(
        {"content": {"data": {"method": "custom", "content": {"event": "click"}}}, "buffers": []}
    )
    upload(field, SMALL)
    assert changes == [SMALL_TEXT, None, SMALL_TEXT]


def test_a_picture_is_read_from_a_path(field, tmp_path):
    path = tmp_path / "a b.gif"
    path.write_bytes(GIF)
    read_path(field, f"  {path} ")
    assert b64decode(field.value) == GIF
    assert caption(field).startswith("GIF, 1 x 1 pixels.")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is not a PNG, JPEG, GIF or BMP picture"),
        (b"Dear reader", "is not a PNG, JPEG, GIF or BMP picture"),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            "is not a PNG, JPEG, GIF or BMP picture",
        ),
        (SMALL[:18], "is a damaged picture"),
        (png(width=0), "is a damaged picture"),
        (png(width=20_000), "is a picture 20,000 pixels wide or high; the limit is 10,000"),
    ],
)
def test_a_file_that_is_not_a_picture_is_rejected_and_the_picture_stays(field, content, reason):
    upload(field, SMALL)
    upload(field, content, name="<b>.png")
    assert field.value == SMALL_TEXT
    assert shown_message(field) == f"⚠ '<b>.png' {reason}."
    assert "<b>" not in texts(field)[1]
    upload(field, SMALL)
    assert shown_message(field) == ""


def test_a_file_that_is_too_large_is_rejected_before_it_is_read(field, tmp_path):
    upload(field, SMALL)
    field.remaining_bytes = 50 * 1024
    path = tmp_path / "photo.png"
    path.write_bytes(png(extra=40_000))
    read_path(field, path)
    assert field.value == SMALL_TEXT
    assert shown_message(field) == (
        "⚠ 'photo.png' needs 52.2 KB, but only 50.0 KB are left for it. Use a smaller picture."
    )
    send(field, {"action": "reject", "name": "film.mp4", "size": 6_000_000})
    assert shown_message(field) == (
        "⚠ 'film.mp4' needs 7.6 MB, but only 50.0 KB are left for it. Use a smaller picture."
    )


def test_the_browser_knows_how_large_a_file_may_be(field):
    assert of_kind(field, Upload).room == 76_800
    field.remaining_bytes = 1000
    assert of_kind(field, Upload).room == 750
    field.remaining_bytes = -5
    assert of_kind(field, Upload).room == 0


def test_a_picture_that_cannot_be_reduced_is_reported(field):
    send(field, {"action": "cannot fit", "name": "a.txt"})
    assert shown_message(field) == (
        "⚠ Can't reduce 'a.txt': it is not a picture, or there is no space left."
    )


@pytest.mark.parametrize(
    ("message", "buffers"),
    [
        (None, []),
        ({"action": "upload", "name": "a"}, []),
        ({"action": "upload", "name": "a"}, [memoryview(SMALL), memoryview(SMALL)]),
        ({"action": "upload", "name": 5}, [memoryview(SMALL)]),
        ({"action": "reject", "name": "a", "size": "5"}, []),
        ({"action": "explode"}, []),
    ],
)
def test_invalid_messages_from_the_page_change_nothing(field, message, buffers):
    send(field, message, *buffers)
    assert (field.value, shown_message(field)) == (None, "")


def test_the_plain_button_uploads_the_same_file_twice():
    field, changes = ImageField(LOGO, plain=True), []
    field.on_change(lambda: changes.append(field.value))
    button = of_kind(field, widgets.FileUpload)
    file = {
        "name": "logo.png",
        "type": "image/png",
        "size": len(SMALL),
        "last_modified": 1_700_000_000_000,
        "content": memoryview(SMALL),
    }
    for _ in range(2):
        update(button, value=[file])
    assert (changes, button.value) == ([SMALL_TEXT, SMALL_TEXT], ())
    assert button.description == "Upload order.logo"


def test_a_picture_of_exactly_the_remaining_size_is_accepted(field):
    field.remaining_bytes = len(SMALL_TEXT)
    upload(field, SMALL)
    assert (field.value, shown_message(field)) == (SMALL_TEXT, "")
    field.remaining_bytes -= 1
    assert field.value == SMALL_TEXT
    assert shown_message(field) == "⚠ The data exceeds its limit by 0.0 KB."


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("nowhere.png", "No such file or directory"),
        (".", "Is a directory"),
        ("a\0b", "embedded null byte"),
    ],
)
def test_an_unreadable_path_is_reported_with_the_reason(field, path, reason, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    read_path(field, path)
    assert field.value is None
    assert shown_message(field) == f"⚠ Can't read {path!r}: {reason}."


def test_any_value_set_in_python_is_kept_and_calls_no_callback(field):
    changes = []
    field.on_change(lambda: changes.append(1))
    field.value = SMALL_TEXT
    assert caption(field).startswith("PNG, 2 x 1 pixels.")
    field.value = "not a picture <b>"
    assert field.value == "not a picture <b>"
    assert shown_message(field) == "⚠ The value is not valid base64."
    assert caption(field).startswith("text that is not a picture. Uses 0.0 KB;")
    field.value = f"data:image/png;base64,{SMALL_TEXT}"
    assert caption(field).startswith("PNG, 2 x 1 pixels.")
    field.value = None
    assert (texts(field), changes) == (["", ""], [])


def test_the_messages_of_the_field_itself_come_first(field):
    field.show_message("The tag 'order.logo' was not provided in the input data.")
    assert shown_message(field) == "⚠ The tag 'order.logo' was not provided in the input data."
    upload(field, b"x", name="x.txt")
    assert shown_message(field) == "⚠ 'x.txt' is not a PNG, JPEG, GIF or BMP picture."
    upload(field, SMALL)
    field.show_message("")
    assert shown_message(field) == ""


def test_an_error_in_a_callback_is_shown_at_the_field(field, callbacks_must_not_raise):
    field.on_change(lambda: 1 / 0)
    upload(field, SMALL)
    assert (field.value, shown_message(field)) == (
        SMALL_TEXT,
        "⚠ ZeroDivisionError: division by zero",
    )
    callbacks_must_not_raise.clear()


def test_every_control_has_a_name_and_closing_leaves_others_open(field):
    other = widgets.Text()
    controls = [
        w
        for w in all_widgets(field.widget)
        if hasattr(w, "description") and not isinstance(w, widgets.HTML)
    ]
    assert [w.description for w in controls] == ["order.logo", "Remove order.logo"]
    assert of_kind(field, Upload).label == "order.logo"
    field.close()
    assert (field.widget.comm, other.comm is not None) == (None, True)
