"""Charts: each draws a small table on one Axes, and changes nothing else.

Without ``ax``, a chart makes its own figure, apart from pyplot: no figure stays open, any thread
can draw, and a notebook shows the picture if the Axes or its ``.figure`` is the last line of a
cell. ``ax.figure.savefig("name.png")`` writes it to a file. The title is the finding, or the
numbers where nothing holds; the caption says which jobs, when, and what is left out.
"""

from docgen_nb.charts.canvas.figure import alternative_text as alternative_text
from docgen_nb.charts.comparison import draw_comparison as draw_comparison
from docgen_nb.charts.duration import draw_durations as draw_durations
from docgen_nb.charts.flow import draw_backlog as draw_backlog
from docgen_nb.charts.flow import draw_throughput as draw_throughput
from docgen_nb.charts.incident import draw_incidents as draw_incidents
from docgen_nb.charts.outcome import draw_outcomes as draw_outcomes
from docgen_nb.charts.quantiles import draw_duration_quantiles as draw_duration_quantiles
from docgen_nb.charts.reasons import draw_failure_reasons as draw_failure_reasons
from docgen_nb.charts.survival import draw_kaplan_meier as draw_kaplan_meier
from docgen_nb.charts.timeline import draw_timeline as draw_timeline
from docgen_nb.charts.trend import draw_trend as draw_trend
from docgen_nb.charts.week import draw_failure_heatmap as draw_failure_heatmap
from docgen_nb.charts.week import draw_slow_hours as draw_slow_hours
