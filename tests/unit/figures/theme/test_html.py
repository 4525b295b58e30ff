"""A picture as a page of its own."""

from __future__ import annotations

from moeviz.analysis.run_charts import run_charts_info
from moeviz.figures.run_charts import run_charts
from moeviz.figures.theme.html import to_html
from tests.made_up_histories import made_up_history


def test_the_exported_page_needs_no_server():
    page = to_html(run_charts(run_charts_info({"A": made_up_history(3)})), title="<run>")
    assert "<title>&lt;run&gt;</title>" in page
    assert "<script src=" not in page
    assert "plotly.js v" in page
