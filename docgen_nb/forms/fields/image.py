"""ImageField: a picture for a document, uploaded or read from a path."""

import threading
from base64 import b64encode
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from docgen_nb import wire
from docgen_nb.forms.display import Displayed
from docgen_nb.forms.error_display import Callback, wrap_callback
from docgen_nb.forms.fields.image_upload import CANNOT_FIT, Upload, plain_upload
from docgen_nb.forms.widgets.layout import BESIDE_LABEL, LABEL_WIDTH
from docgen_nb.schema import Field
from docgen_nb.template.render.image_data import InvalidPicture, Picture, read_picture


class ImageField(Displayed):
    """An input for a picture: a file to upload, or the path of one.

    A file that is not a PNG, JPEG, GIF or BMP picture, or is too large, is rejected with a message
    below the field, and the previous picture stays.

    Parameters
    ----------
    field : Field
        Of kind ``image``.
    value : str, optional
        The first picture, as base64 or as a data URL.
    remaining_bytes : int
        How many bytes of the data the picture may take: the 100 KB of a ``user_input`` less the
        rest of the data. It can be set at any time; a picture that no longer fits stays, with a
        message.
    label : str
        What people see as the label; by default the path.
    plain : bool
        Upload by ipywidgets' own button, for pages that block JavaScript modules.

    Attributes
    ----------
    widget : widget
        The ipywidgets box, to be put into other boxes.

    Notes
    -----
    A file that is too large is not sent from the browser. The browser can reduce it: to a JPEG of
    at most 2000 pixels a side, with a white background.

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
        label: str = "",
        plain: bool = False,
    ) -> None:
        self._is_plain = plain
        self._label = label or field.path
        self._field = field
        self._value = value
        self._remaining = remaining_bytes
        self._rejection = self._message = ""
        self._callbacks: list[Callable[[], object]] = []
        self._lock = threading.RLock()
        self._build()
        self._draw()

    @property
    def value(self) -> str | None:
        """The picture as base64, or None. Setting it does not call the `on_change` callbacks."""
        return self._value

    @value.setter
    def value(self, value: str | None) -> None:
        with self._lock:
            self._value, self._rejection = value, ""
            self._path.value = ""
            self._draw()

    @property
    def remaining_bytes(self) -> int:
        """How many bytes of the data the picture may take."""
        return self._remaining

    @remaining_bytes.setter
    def remaining_bytes(self, count: int) -> None:
        with self._lock:
            self._remaining = count
            self._draw()

    @property
    def message(self) -> str:
        """The message below the field."""
        return self._rejection or self._problem() or self._message

    def on_change(self, callback: Callable[[], object]) -> None:
        """Call `callback`, without arguments, after each change that a person makes."""
        self._callbacks.append(callback)

    def show_message(self, message: str) -> None:
        """Show a message below the field, or none for ''; the field's own messages come first."""
        with self._lock:
            self._message = message
            self._draw()

    def close(self) -> None:
        """Close the widgets of the field."""
        self._callbacks.clear()
        super().close()

    def __repr__(self) -> str:
        text = self._description() if self._value else "no picture"
        return f"<ImageField: {self._field.path}, {text}>"

    def _repr_html_(self) -> str:
        path = escape(self._field.path)
        return f"<div>{path}{self._figure.value}{self._message_line.value}</div>"

    # Input

    def _build(self) -> None:
        label = self._label
        self._path = widgets.Text(
            description=label,
            tooltip=self._field.path,
            placeholder="Path of a PNG, JPEG, GIF or BMP file, or upload one",
            continuous_update=False,
            style={"description_width": LABEL_WIDTH},
            layout={"width": "auto"},
        )
        make_upload = plain_upload if self._is_plain else Upload
        self._upload = make_upload(label=label, on_file=self._wrap(self._on_upload))
        self._remove = widgets.Button(description=f"Remove {label}", layout={"width": "auto"})
        self._figure, self._message_line = widgets.HTML(), widgets.HTML()
        buttons = widgets.HBox([self._upload, self._remove])
        buttons.layout.align_items = "center"
        below = widgets.VBox([buttons, self._figure, self._message_line])
        below.layout.margin = BESIDE_LABEL
        self.widget = widgets.VBox([self._path, below])
        self._path.observe(self._wrap(self._on_path), "value")
        self._remove.on_click(self._wrap(lambda _: self._set(None)))

    def _wrap(self, callback: Callback) -> Callable[..., None]:
        return wrap_callback(callback, show=lambda text, _trace: self._reject(text))

    def _on_path(self, change: Mapping[str, Any]) -> None:
        if not (text := change["new"].strip()):
            return
        path = Path(text).expanduser()
        try:
            size = path.stat().st_size
            content = b"" if self._is_too_large(size) else path.read_bytes()
        except (OSError, ValueError) as error:  # ValueError: a name that no file can have
            reason = getattr(error, "strerror", None) or error
            self._reject(f"Can't read {str(path)!r}: {reason}.")
            return
        self._on_content(content, name=path.name, size=size)

    def _on_upload(self, name: str, size: int, content: bytes | None) -> None:
        if size == CANNOT_FIT:
            self._reject(f"Can't reduce {name!r}: it is not a picture, or there is no space left.")
        else:
            self._on_content(content or b"", name=name, size=size)

    def _on_content(self, content: bytes, *, name: str, size: int) -> None:
        if self._is_too_large(size):
            self._reject(
                f"{name!r} needs {_kilobytes(_base64_size(size))}, but only "
                f"{_kilobytes(max(0, self._remaining))} are left for it. Use a smaller picture."
            )
            return
        text = b64encode(content).decode()
        try:
            read_picture(text)
        except InvalidPicture as error:
            self._reject(f"{name!r} {error}.")
            return
        self._set(text)

    def _is_too_large(self, size: int) -> bool:
        return _base64_size(size) > self._remaining

    def _reject(self, message: str) -> None:
        with self._lock:
            self._rejection = message
            self._draw()

    def _set(self, value: str | None) -> None:
        with self._lock:
            self._value, self._rejection = value, ""
            if value is None:
                self._path.value = ""
            self._draw()
        for callback in list(self._callbacks):
            callback()

    # Display

    def _draw(self) -> None:
        if not self._is_plain:
            self._upload.room = max(0, self._remaining // 4 * 3)
        self._figure.value = self._figure_html() if self._value else ""
        self._remove.layout.display = "" if self._value else "none"
        self._message_line.value = (
            f'<span role="status">⚠ {escape(self.message)}</span>' if self.message else ""
        )

    def _problem(self) -> str:
        if self._value is None:
            return ""
        if isinstance(picture := self._picture(), str):
            return picture
        excess = len(self._value) - self._remaining
        return f"The data exceeds its limit by {_kilobytes(excess)}." if excess > 0 else ""

    def _description(self) -> str:
        picture = self._picture()
        if isinstance(picture, str):
            return "text that is not a picture"
        return f"{picture.extension.upper()}, {picture.width} x {picture.height} pixels"

    def _picture(self) -> Picture | str:
        """Return the picture, or a sentence that says why the value is not one."""
        try:
            return read_picture(self._value or "")
        except InvalidPicture as error:
            return f"The value {error}."

    def _figure_html(self) -> str:
        """Return the picture with its description and size."""
        picture, size = self._picture(), len(self._value or "")
        limit = wire.MAX_USER_INPUT_BYTES // 1024
        left = _kilobytes(max(0, self._remaining - size))
        caption = f"{self._description()}. Uses {_kilobytes(size)}; {left} of {limit} KB left."
        image = ""
        if not isinstance(picture, str):
            url = f"data:image/{picture.extension};base64,{b64encode(picture.content).decode()}"
            alt = escape(f"Picture for {self._label}")
            image = f'<img src="{url}" alt="{alt}" style="max-width: 100%; max-height: 160px">'
        return f'<figure style="margin: 4px 0">{image}<figcaption>{caption}</figcaption></figure>'


def _base64_size(size: int) -> int:
    return (size + 2) // 3 * 4


def _kilobytes(size: int) -> str:
    """Return a size with its unit.

    >>> _kilobytes(512), _kilobytes(102_400), _kilobytes(5_000_000)
    ('0.5 KB', '100.0 KB', '4.8 MB')
    """
    return f"{size / 1024:.1f} KB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MB"
