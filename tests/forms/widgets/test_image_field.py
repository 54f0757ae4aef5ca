"""The image field without a browser: files that are taken, and files that are refused."""

import struct
import zlib
from base64 import b64decode, b64encode

import ipywidgets as widgets
import pytest
from forms.interactions import all_widgets, plain, update

from docgen_nb.forms.widgets.image import ImageField
from docgen_nb.forms.widgets.image_upload import Upload
from docgen_nb.schema import Field

LOGO = Field("logo", "order.logo", "image", True)


def png(*, width=2, height=1, extra=0, pixels=b""):
    """A picture, as large as wanted."""

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
    [found] = [one for one in all_widgets(field.widget) if isinstance(one, kind)]
    return found


def tell(field, order, *buffers):
    """What the browser sends of a chosen file."""
    data = {"method": "custom", "content": order}
    of_kind(field, Upload)._handle_msg({"content": {"data": data}, "buffers": list(buffers)})


def upload(field, content, *, name="logo.png"):
    tell(field, {"do": "take", "name": name}, memoryview(content))


def read_path(field, path):
    update(of_kind(field, widgets.Text), value=str(path))


def texts(field):
    return [w.value for w in all_widgets(field.widget) if isinstance(w, widgets.HTML)]


def caption(field):
    return plain(texts(field)[0])


def message(field):
    return plain(texts(field)[1])


def test_a_picture_is_uploaded_and_shown_with_its_size(field):
    heard = []
    field.on_change(lambda: heard.append(field.value))
    upload(field, SMALL)
    assert field.value == SMALL_TEXT
    assert heard == [SMALL_TEXT]
    assert caption(field) == (
        "PNG, 2 x 1 pixels. It takes 0.1 KB; 99.9 KB of the 100 KB that a document's data may "
        "have remain."
    )
    assert (
        f'<img src="data:image/png;base64,{SMALL_TEXT}" alt="Picture for order.logo"'
        in (texts(field)[0])
    )
    assert (message(field), repr(field)) == ("", "<ImageField: order.logo, PNG, 2 x 1 pixels>")


def test_the_same_file_can_be_uploaded_again_and_a_picture_removed(field):
    heard = []
    field.on_change(lambda: heard.append(field.value))
    upload(field, SMALL)
    button = of_kind(field, widgets.Button)
    assert (button.description, button.layout.display) == ("Remove order.logo", "")
    button._handle_msg(
        {"content": {"data": {"method": "custom", "content": {"event": "click"}}}, "buffers": []}
    )
    upload(field, SMALL)
    assert heard == [SMALL_TEXT, None, SMALL_TEXT]


def test_a_picture_is_read_from_a_path(field, tmp_path):
    path = tmp_path / "a b.gif"
    path.write_bytes(GIF)
    read_path(field, f"  {path} ")
    assert b64decode(field.value) == GIF
    assert caption(field).startswith("GIF, 1 x 1 pixels.")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "which is no picture (PNG, JPEG, GIF or BMP)"),
        (b"Dear reader", "which is no picture (PNG, JPEG, GIF or BMP)"),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            "which is no picture (PNG, JPEG, GIF or BMP)",
        ),
        (SMALL[:18], "which is a damaged picture"),
        (png(width=0), "which is a damaged picture"),
        (png(width=20_000), "which is a picture with a side of 20000 pixels"),
    ],
)
def test_what_is_no_picture_is_refused_and_the_former_one_stays(field, content, reason):
    upload(field, SMALL)
    upload(field, content, name="<b>.png")
    assert field.value == SMALL_TEXT
    assert message(field) == f"⚠ '<b>.png' holds data {reason}."
    assert "<b>" not in texts(field)[1]
    upload(field, SMALL)
    assert message(field) == ""


def test_what_does_not_fit_is_refused_before_it_is_read(field, tmp_path):
    upload(field, SMALL)
    field.remaining_bytes = 50 * 1024
    path = tmp_path / "photo.png"
    path.write_bytes(png(extra=40_000))
    read_path(field, path)
    assert field.value == SMALL_TEXT
    assert message(field) == (
        "⚠ 'photo.png' would take 52.2 KB of the 50.0 KB that are left for it. Make it smaller."
    )
    tell(field, {"do": "refuse", "name": "film.mp4", "size": 6_000_000})
    assert message(field) == (
        "⚠ 'film.mp4' would take 7.6 MB of the 50.0 KB that are left for it. Make it smaller."
    )


def test_the_browser_knows_how_large_a_file_may_be(field):
    assert of_kind(field, Upload).room == 76_800
    field.remaining_bytes = 1000
    assert of_kind(field, Upload).room == 750
    field.remaining_bytes = -5
    assert of_kind(field, Upload).room == 0


def test_a_picture_that_cannot_be_made_to_fit_is_told(field):
    tell(field, {"do": "no fit", "name": "a.txt"})
    assert message(field) == (
        "⚠ 'a.txt' cannot be made to fit: it is no picture, or there is no room."
    )


@pytest.mark.parametrize(
    ("order", "buffers"),
    [
        (None, []),
        ({"do": "take", "name": "a"}, []),
        ({"do": "take", "name": "a"}, [memoryview(SMALL), memoryview(SMALL)]),
        ({"do": "take", "name": 5}, [memoryview(SMALL)]),
        ({"do": "refuse", "name": "a", "size": "5"}, []),
        ({"do": "explode"}, []),
    ],
)
def test_messages_that_are_not_ours_change_nothing(field, order, buffers):
    tell(field, order, *buffers)
    assert (field.value, message(field)) == (None, "")


def test_the_plain_button_takes_a_file_and_can_take_it_again():
    field, heard = ImageField(LOGO, plain=True), []
    field.on_change(lambda: heard.append(field.value))
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
    assert (heard, button.value) == ([SMALL_TEXT, SMALL_TEXT], ())
    assert button.description == "Upload order.logo"


def test_a_picture_that_fits_to_the_byte_is_taken(field):
    field.remaining_bytes = len(SMALL_TEXT)
    upload(field, SMALL)
    assert (field.value, message(field)) == (SMALL_TEXT, "")
    field.remaining_bytes -= 1
    assert field.value == SMALL_TEXT
    assert message(field) == "⚠ The data are 0.0 KB over their limit."


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("nowhere.png", "No such file or directory"),
        (".", "Is a directory"),
        ("a\0b", "embedded null byte"),
    ],
)
def test_a_path_that_cannot_be_read_says_why(field, path, reason, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    read_path(field, path)
    assert field.value is None
    assert message(field) == f"⚠ {path!r} cannot be read: {reason}."


def test_a_value_from_python_is_kept_whatever_it_is_and_tells_nobody(field):
    heard = []
    field.on_change(lambda: heard.append(1))
    field.value = SMALL_TEXT
    assert caption(field).startswith("PNG, 2 x 1 pixels.")
    field.value = "no picture <b>"
    assert field.value == "no picture <b>"
    assert message(field) == "⚠ The value is a text which is no base64."
    assert caption(field).startswith("a text that is no picture. It takes 0.0 KB;")
    field.value = f"data:image/png;base64,{SMALL_TEXT}"
    assert caption(field).startswith("PNG, 2 x 1 pixels.")
    field.value = None
    assert (texts(field), heard) == (["", ""], [])


def test_what_is_said_of_a_field_gives_way_to_its_own_message(field):
    field.say("The tag 'order.logo' was not provided in the input data.")
    assert message(field) == "⚠ The tag 'order.logo' was not provided in the input data."
    upload(field, b"x", name="x.txt")
    assert message(field) == "⚠ 'x.txt' holds data which is no picture (PNG, JPEG, GIF or BMP)."
    upload(field, SMALL)
    field.say("")
    assert message(field) == ""


def test_what_a_listener_raises_is_shown_at_the_field(field, callbacks_must_not_raise):
    field.on_change(lambda: 1 / 0)
    upload(field, SMALL)
    assert (field.value, message(field)) == (SMALL_TEXT, "⚠ ZeroDivisionError: division by zero")
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
