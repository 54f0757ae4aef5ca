"""ImageField: a picture for a document, uploaded or read from a path, as the base64 Box takes."""

import threading
from base64 import b64encode
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from docgen_nb import wire
from docgen_nb.forms.display import shown_as
from docgen_nb.forms.error_display import guarded
from docgen_nb.forms.widgets.image_upload import NO_FIT, Upload, plain_upload
from docgen_nb.forms.widgets.inputs import BESIDE_LABEL, LABEL_WIDTH, close_tree
from docgen_nb.schema import Field
from docgen_nb.template.render.image_data import NoPicture, Picture, read_picture


class ImageField:
    """A picture for one field: a file to upload, or the path of one.

    What is no PNG, JPEG, GIF or BMP, or does not fit into the data any more, is refused with a
    message at the field, and the picture that was there before stays.

    Parameters
    ----------
    field : Field
        Of kind ``image``; its ``path`` is the label.
    value : str, optional
        Where it begins: base64, or a data address.
    remaining_bytes : int
        How much of the data this picture may take: the 100 KB of a ``user_input`` without what
        else is in it. It can be set at any time; a picture that is there stays, with a message.

    plain : bool
        Upload by ipywidgets' own button, for where JavaScript modules are blocked.

    Attributes
    ----------
    widget : widget
        To be put into a box.

    Notes
    -----
    A file without room is not sent from the browser. It can be made to fit there: as a JPEG with
    fewer pixels, at most 2000 a side, and white where it was transparent.

    Examples
    --------
    >>> logo = ImageField(Field("logo", "order.logo", "image", True))
    >>> logo
    <ImageField: order.logo, no picture>
    >>> logo.value is None
    True
    """

    def __init__(
        self,
        field: Field,
        *,
        value: str | None = None,
        remaining_bytes: int = wire.MAX_USER_INPUT_BYTES,
        plain: bool = False,
    ) -> None:
        self._is_plain = plain
        self._field = field
        self._value = value
        self._remaining = remaining_bytes
        self._refused = self._said = ""
        self._hearers: list[Callable[[], object]] = []
        self._lock = threading.RLock()
        self._build()
        self._show()

    @property
    def value(self) -> str | None:
        """The picture as base64, or None. Setting it redraws the field and tells nobody."""
        return self._value

    @value.setter
    def value(self, value: str | None) -> None:
        with self._lock:
            self._value, self._refused = value, ""
            self._path.value = ""
            self._show()

    @property
    def remaining_bytes(self) -> int:
        """How many bytes of the data this picture may take."""
        return self._remaining

    @remaining_bytes.setter
    def remaining_bytes(self, count: int) -> None:
        with self._lock:
            self._remaining = count
            self._show()

    @property
    def message(self) -> str:
        """What is shown below the field."""
        return self._refused or self._own_message() or self._said

    def on_change(self, act: Callable[[], object]) -> None:
        """Call `act`, without arguments, after each change that a person makes."""
        self._hearers.append(act)

    def say(self, message: str) -> None:
        """Show a message below the field, unless the field itself has one; none for ''."""
        with self._lock:
            self._said = message
            self._show()

    def close(self) -> None:
        """Close the widgets of the field."""
        self._hearers.clear()
        close_tree(self.widget)

    def __repr__(self) -> str:
        words = self._described() if self._value else "no picture"
        return f"<ImageField: {self._field.path}, {words}>"

    def _repr_html_(self) -> str:
        return f"<div>{escape(self._field.path)}{self._picture.value}{self._message.value}</div>"

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return shown_as(self, **options)

    # What a person does

    def _build(self) -> None:
        path = self._field.path
        self._path = widgets.Text(
            description=path,
            tooltip=path,
            placeholder="path of a PNG, JPEG, GIF or BMP file, or upload one",
            continuous_update=False,
            style={"description_width": LABEL_WIDTH},
            layout={"width": "auto"},
        )
        hear = self._guard(self._on_upload)
        make = plain_upload if self._is_plain else Upload
        self._upload = make(label=path, hear=hear)
        self._remove = widgets.Button(description=f"Remove {path}", layout={"width": "auto"})
        self._picture, self._message = widgets.HTML(), widgets.HTML()
        buttons = widgets.HBox([self._upload, self._remove])
        buttons.layout.align_items = "center"
        below = widgets.VBox([buttons, self._picture, self._message])
        below.layout.margin = BESIDE_LABEL
        self.widget = widgets.VBox([self._path, below])
        self._path.observe(self._guard(self._on_path), "value")
        self._remove.on_click(self._guard(lambda _: self._take(None)))

    def _guard(self, act: Callable[..., object]) -> Callable[..., None]:
        return guarded(act, show=lambda text, _trace: self._refuse(text))

    def _on_path(self, change: Mapping[str, Any]) -> None:
        if text := change["new"].strip():
            self._on_file(Path(text).expanduser())

    def _on_file(self, path: Path) -> None:
        try:
            size = path.stat().st_size
            content = b"" if self._is_too_large(size) else path.read_bytes()
        except (OSError, ValueError) as error:  # ValueError: a name that no file can have
            reason = getattr(error, "strerror", None) or error
            self._refuse(f"{str(path)!r} cannot be read: {reason}.")
            return
        self._on_content(content, name=path.name, size=size)

    def _on_upload(self, name: str, size: int, content: bytes | None) -> None:
        if size == NO_FIT:
            self._refuse(f"{name!r} cannot be made to fit: it is no picture, or there is no room.")
        elif content is None:
            self._refuse(self._too_large(name, size))
        else:
            self._on_content(content, name=name, size=size)

    def _on_content(self, content: bytes, *, name: str, size: int) -> None:
        if self._is_too_large(size):
            self._refuse(self._too_large(name, size))
            return
        text = b64encode(content).decode()
        try:
            read_picture(text)
        except NoPicture as fault:
            self._refuse(f"{name!r} holds data {fault}.")
            return
        self._take(text)

    def _too_large(self, name: str, size: int) -> str:
        return (
            f"{name!r} would take {_kilobytes(_as_base64(size))} of the "
            f"{_kilobytes(max(0, self._remaining))} that are left for it. Make it smaller."
        )

    def _is_too_large(self, size: int) -> bool:
        return _as_base64(size) > self._remaining

    def _refuse(self, message: str) -> None:
        with self._lock:
            self._refused = message
            self._show()

    def _take(self, value: str | None) -> None:
        with self._lock:
            self._value, self._refused = value, ""
            if value is None:
                self._path.value = ""
            self._show()
        for act in list(self._hearers):
            act()

    # What is shown

    def _show(self) -> None:
        if not self._is_plain:
            self._upload.room = max(0, self._remaining // 4 * 3)
        self._picture.value = self._figure() if self._value else ""
        self._remove.layout.display = "" if self._value else "none"
        self._message.value = (
            f'<span role="status">⚠ {escape(self.message)}</span>' if self.message else ""
        )

    def _own_message(self) -> str:
        if self._value is None:
            return ""
        try:
            read_picture(self._value)
        except NoPicture as fault:
            return f"The value is a text {fault}."
        over = len(self._value) - self._remaining
        return f"The data are {_kilobytes(over)} over their limit." if over > 0 else ""

    def _described(self) -> str:
        picture = self._read()
        if picture is None:
            return "a text that is no picture"
        return f"{picture.ending.upper()}, {picture.width} x {picture.height} pixels"

    def _read(self) -> Picture | None:
        try:
            return read_picture(self._value or "")
        except NoPicture:
            return None  # the message below the field says why

    def _figure(self) -> str:
        """The picture with words for who does not see it, and how much of the data it takes."""
        picture, size = self._read(), len(self._value or "")
        left = max(0, self._remaining - size)
        limit = wire.MAX_USER_INPUT_BYTES // 1024
        words = f"{self._described()}. It takes {_kilobytes(size)}; "
        words += f"{_kilobytes(left)} of the {limit} KB that a document's data may have remain."
        shown = ""
        if picture is not None:
            data = b64encode(picture.content).decode()
            address = f"data:image/{picture.ending};base64,{data}"
            alt = escape(f"Picture for {self._field.path}")
            style = "max-width: 100%; max-height: 160px"
            shown = f'<img src="{address}" alt="{alt}" style="{style}">'
        return f'<figure style="margin: 4px 0">{shown}<figcaption>{words}</figcaption></figure>'


def _as_base64(size: int) -> int:
    return (size + 2) // 3 * 4


def _kilobytes(size: int) -> str:
    """Return a size in words.

    >>> _kilobytes(512), _kilobytes(102_400), _kilobytes(5_000_000)
    ('0.5 KB', '100.0 KB', '4.8 MB')
    """
    return f"{size / 1024:.1f} KB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MB"
