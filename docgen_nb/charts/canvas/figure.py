"""Figures that a notebook shows, and the alternative texts of charts."""

from io import BytesIO
from typing import Any
from weakref import WeakKeyDictionary

from matplotlib.axes import Axes
from matplotlib.figure import Figure

_TEXTS: WeakKeyDictionary[Axes, str] = WeakKeyDictionary()


class ShownFigure(Figure):
    """A figure apart from pyplot that a notebook shows as a picture with an alternative text."""

    def _repr_mimebundle_(self, **_options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        picture, text = BytesIO(), alternative_text(self)
        self.savefig(picture, format="png", metadata={"Description": text})
        data = {"image/png": picture.getvalue(), "text/plain": text}
        return data, {"image/png": {"alt": text}}


class ShownAxes(Axes):
    """An Axes that a notebook shows as the picture of its figure."""

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        figure = self.get_figure(root=True)
        if isinstance(figure, ShownFigure):
            return figure._repr_mimebundle_(**options)
        return {}, {}


def describe(ax: Axes, text: str) -> None:
    """Keep the alternative text of the chart on an Axes."""
    _TEXTS[ax] = text


def alternative_text(chart: Axes | Figure) -> str:
    """Return what a chart shows, in words for those who cannot see it.

    Parameters
    ----------
    chart : Axes or Figure
        The Axes that a chart was drawn on, or a figure of charts.

    Returns
    -------
    str
        The kind of chart, its finding, and the values that carry it; of a figure, those of its
        charts in order. Empty if there is no chart.

    Examples
    --------
    >>> import pandas as pd
    >>> from docgen_nb import draw_outcomes, outcomes
    >>> ax = draw_outcomes(outcomes(pd.DataFrame({"status": ["completed"] * 3 + ["failed"]})))
    >>> alternative_text(ax)
    'Bars: outcomes of 4 jobs. 75\\xa0% of 4 jobs completed without errors. failed 1, completed 3.'
    """
    axes = chart.axes if isinstance(chart, Figure) else [chart]
    return " ".join(_TEXTS[ax] for ax in axes if ax in _TEXTS)
