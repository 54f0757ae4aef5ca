"""A line of text that screen readers announce when it changes."""

from html import escape

import ipywidgets as widgets


class StatusLine:
    """One line of text; empty at first."""

    def __init__(self) -> None:
        self.text = ""
        self.widget = widgets.HTML()

    def show(self, text: str) -> None:
        """Show a sentence, or nothing for ''."""
        self.text = text
        self.widget.value = f'<span role="status">{escape(text)}</span>' if text else ""
