"""The page of `guardrail watch`."""

from guardrail.reports.html.chart import band_chart
from guardrail.reports.html.watch_page import watch_page
from guardrail.reports.html.watch_report import AlertRow, Band, RateRow, RateTable, WatchPage


def made(**changes):
    alert = AlertRow("The rate of a rule rose:", "<b>", "from 1 to 2", (("a:1", "***"),), True)
    bands = (Band(0.1, 0.05, 0.2), None, Band(0.3, 0.2, 0.4))
    table = RateTable("desk", "sha256:0", (RateRow("rule", "hide", "10 %", bands, (0.5,)),))
    shown = {"tiles": (("1", "alerts"),), "alerts": (alert,), "tables": (table,), "notes": ("n",)}
    return watch_page(WatchPage(**(shown | changes))).decode()


def test_the_page_holds_alerts_rates_and_charts_and_escapes_names():
    page = made()
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    assert page.count("<polygon") == 2
    assert page.count('class="mark"') == 1
    assert "No rate has changed" in made(alerts=())
    assert "Not everything could be read" in made(problems=("2 lines",))


def test_a_chart_of_nothing_and_of_zeros_is_still_one():
    assert "<polygon" not in band_chart([], [], "none")
    assert band_chart([(0.0, 0.0, 0.0)], [], "zeros").count("<polyline") == 1
