"""The office2pdf process: reads documents from its input, writes PDFs until the input ends.

A message is its length in eight bytes, then its bytes. An answer is "+" and the PDF, or "-" and
the reason why there is none. Run as `python -m docgen_nb.template.pdf.office2pdf_process FONTS
FAMILY`.
"""

import os
import sys
from typing import IO, Any

# Ends a conversion in an endless loop even if the parent was killed. (The converter holds the
# interpreter lock, so a thread could not end it.)
MAX_CPU_SECONDS = 300
MAX_MEMORY_BYTES = 4 * 1024**3  # of address space; a document that needs more fails alone


def read_message(file: IO[bytes]) -> bytes | None:
    """Return the next message, or None if the file ends before it is complete.

    >>> from io import BytesIO
    >>> file = BytesIO()
    >>> write_message(file, b"abc")
    >>> file.getvalue()
    b'\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x03abc'
    >>> read_message(BytesIO(file.getvalue())), read_message(BytesIO(file.getvalue()[:-1]))
    (b'abc', None)
    """
    head = file.read(8)
    length = int.from_bytes(head, "big")
    body = file.read(length) if len(head) == 8 else b""
    return body if len(head) == 8 and len(body) == length else None


def write_message(file: IO[bytes], body: bytes) -> None:
    """Write one message."""
    file.write(len(body).to_bytes(8, "big"))
    file.write(body)
    file.flush()


def main(fonts: str, family: str) -> None:
    """Answer each document on standard input until it ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # other output must not get between the answers
    _limit_memory()
    import office2pdf

    options = office2pdf.ConvertOptions(
        font_paths=[fonts] if fonts else [], last_resort_font_family=family, include_warnings=False
    )
    while (content := read_message(sys.stdin.buffer)) is not None:
        _limit_time()
        write_message(answers, _answer(content, options=options))


def _limit_time() -> None:
    if sys.platform != "win32":
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        most = int(used.ru_utime + used.ru_stime) + MAX_CPU_SECONDS
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (most, hard))


def _limit_memory() -> None:
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, hard))


def _answer(content: bytes, *, options: Any) -> bytes:
    import office2pdf

    try:
        return b"+" + bytes(office2pdf.convert_bytes(content, "docx", options).pdf)
    except office2pdf.Office2PdfError as error:
        return b"-" + str(error).encode()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
