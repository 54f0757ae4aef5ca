"""Page: forms and panels in tabs, as the page that `docgen-nb lab --voila` serves."""

from collections.abc import Mapping

import ipywidgets as widgets

from docgen_nb.forms.display import Displayed, close_tree


class Page(Displayed):
    """Forms and panels in tabs, in a column in the middle of the page, without code.

    Parameters
    ----------
    views : mapping of str to view
        What each tab shows, by its title.

    Attributes
    ----------
    widget : widget
        The ipywidgets tabs.

    Examples
    --------
    >>> from docgen_nb.forms.panels.jobs import JobsPanel
    >>> from docgen_nb.connection import connect
    >>> with connect("local") as box:
    ...     Page({"Jobs": JobsPanel(box, blocking=True)})
    <Page: Jobs>
    """

    def __init__(self, views: Mapping[str, Displayed]) -> None:
        self._views = dict(views)
        self.widget = widgets.Tab(
            [view.widget for view in self._views.values()],
            titles=list(self._views),
            selected_index=0,
        ).add_class("docgen-page")

    def show(self, view: Displayed) -> None:
        """Bring the tab of a view to the front."""
        self.widget.selected_index = list(self._views.values()).index(view)

    def close(self) -> None:
        """Close the views and the tabs."""
        for view in self._views.values():
            view.close()
        close_tree(self.widget)

    def __repr__(self) -> str:
        return f"<Page: {', '.join(self._views)}>"
