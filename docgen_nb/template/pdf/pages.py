"""Pictures and text of PDF pages, made by pypdfium2 (extra `preview`)."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from typing import Any

# PDFium is not thread-safe, according to pypdfium2's documentation.
_lock = threading.Lock()


def page_pictures(content: bytes, *, dpi: float = 96.0) -> list[bytes]:
    """Return each page of a PDF as a PNG picture, in order.

    Raises
    ------
    ImportError
        If pypdfium2 is not installed.
    ValueError
        If `content` is not a PDF.
    """
    with _pages(content) as pages:
        return [_picture(page, dpi=dpi) for page in pages]


def text(content: bytes) -> str:
    """Return the text of a PDF, page after page, with a form feed between pages.

    Raises
    ------
    ImportError
        If pypdfium2 is not installed.
    ValueError
        If `content` is not a PDF.
    """
    with _pages(content) as pages:
        return "\f".join(_text(page) for page in pages)


@contextmanager
def _pages(content: bytes) -> Iterator[Iterator[Any]]:
    try:
        import pypdfium2
    except ImportError as error:
        message = 'Page pictures and text need pypdfium2. Run: pip install "docgen-nb[preview]"'
        raise ImportError(message) from error
    with _lock:
        try:
            document = pypdfium2.PdfDocument(content)
        except pypdfium2.PdfiumError as error:
            raise ValueError(f"This is not a PDF: {error}") from error
        with closing(document):
            yield iter(document)


def _picture(page: Any, *, dpi: float) -> bytes:
    file = BytesIO()
    with closing(page), closing(page.render(scale=dpi / 72)) as bitmap:
        bitmap.to_pil().save(file, format="PNG")
    return file.getvalue()


def _text(page: Any) -> str:
    with closing(page), closing(page.get_textpage()) as text_page:
        return str(text_page.get_text_bounded()).replace("\r\n", "\n")
