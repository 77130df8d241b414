"""Charts: what is drawn is what was counted, and what has no verdict never looks like a rate."""

from __future__ import annotations

import pytest
from report_fixture import OPUS, control_row, grid_rows, rate_row, stratum_row

pytest.importorskip("altair")

import vl_convert
from logs_fixture import FACTORS

from turncoat.measure import wilson
from turncoat.records.comparing import compare_all
from turncoat.records.runs import Collection
from turncoat.reference.published import Study
from turncoat.report import charts
from turncoat.report.controls import control_row as control_of
from turncoat.report.drawing import in_parts
from turncoat.report.labels import Labels, one_line
from turncoat.report.page import VEGA_LITE

COLLECTION = Collection((), (), {}, {"blackmail": FACTORS})


def data_of(chart):
    """The rows that a chart is drawn from, wherever Altair put them."""
    spec = chart.to_dict()
    found = list(spec.get("datasets", {}).values())
    if "values" in spec.get("data", {}):
        found.append(spec["data"]["values"])
    (rows,) = found
    return rows


def compared(rates, against=None):
    return compare_all(COLLECTION, rates, Study("lynch-2025"), against=against)


def test_a_judged_rate_is_a_point_with_its_interval():
    (entry,) = data_of(charts.forest([rate_row(12, 40)]))
    assert (entry["mark"], entry["rate"]) == ("point", 0.3)
    assert (entry["low"], entry["high"]) == pytest.approx(wilson(12, 40))
    assert entry["text"].split("\u2003") == ["30.0%", "12 of 40"]


def test_under_low_coverage_there_is_a_bar_and_no_point():
    (entry,) = data_of(charts.forest([rate_row(10, 30, unclear=10)]))
    assert "rate" not in entry
    assert (entry["mark"], entry["low"], entry["high"]) == ("bounds", 0.25, 0.5)
    assert "25.0% to 50.0% (bounds)" in entry["text"]


def test_where_nothing_was_judged_the_bar_spans_everything():
    (entry,) = data_of(charts.forest([rate_row(0, 0, unclear=20)]))
    assert (entry["mark"], entry["low"], entry["high"]) == ("bounds", 0, 1)
    assert entry["text"] == "none judged"


def test_the_published_rate_of_the_same_model_stands_beside_the_measured_one():
    rates = [rate_row(12, 40)]
    measured, published = data_of(charts.forest(rates, compared(rates)))
    assert measured["source"] == "measured"
    assert (published["source"], published["rate"]) == ("published", 0.96)
    assert (published["panel"], published["line"]) == (measured["panel"], measured["line"])


def test_for_a_model_that_the_study_does_not_have_its_spread_is_shown():
    rates = [rate_row(12, 40, model="lab/unheard-of")]
    _, spread = data_of(charts.forest(rates, compared(rates)))
    assert (spread["mark"], spread["low"], spread["high"]) == ("spread", 0, 0.96)


def test_beside_many_models_the_spread_stands_once_in_each_panel():
    rates = grid_rows([f"lab/model-{i}" for i in range(20)])
    spreads = [e for e in data_of(charts.forest(rates, compared(rates))) if e["mark"] == "spread"]
    assert len(spreads) == 6
    assert {entry["line"] for entry in spreads} == {"models of the study"}


def test_an_unjudged_cell_of_the_heat_map_has_no_rate():
    (cell,) = data_of(charts.heat_map([rate_row(0, 0, invalid=20)]))
    assert (cell["part"], cell["text"]) == ("none", "not judged")
    assert "rate" not in cell


def test_a_cell_of_low_coverage_has_both_bounds():
    low, high = data_of(charts.heat_map([rate_row(10, 30, unclear=10)]))
    assert (low["part"], low["rate"], low["text"]) == ("low", 0.25, "25")
    assert (high["part"], high["rate"], high["text"]) == ("high", 0.5, "50")


def test_a_contrast_is_the_difference_with_its_interval():
    row = rate_row(12, 40, control=(2, 40))
    (entry,) = data_of(charts.control_contrasts([row, control_row(2, 40)]))
    assert (entry["mark"], entry["diff"], entry["zero"]) == ("point", pytest.approx(0.25), 0)
    assert (entry["low"], entry["high"]) == (row.diff_low, row.diff_high)


def test_a_contrast_with_a_poorly_judged_control_is_a_bar():
    row = rate_row(12, 40, control=(0, 20))
    (entry,) = data_of(charts.control_contrasts([row, control_row(0, 20, unclear=20)]))
    assert (entry["mark"], entry["low"], entry["high"]) == pytest.approx(("bounds", -0.2, 0.3))
    assert "diff" not in entry


def test_a_condition_without_any_verdict_is_not_missing_from_the_contrasts():
    row = rate_row(0, 0, unclear=40, control=(0, 40))
    (entry,) = data_of(charts.control_contrasts([row, control_row(0, 40)]))
    assert (entry["mark"], entry["low"], entry["high"]) == ("bounds", 0, 1)


def test_without_a_control_there_are_no_contrasts():
    assert charts.control_contrasts([rate_row(12, 40)]) is None


def test_the_control_is_the_same_condition_but_for_what_its_label_says():
    plain, bold = rate_row(1, 9, control=(0, 9)), control_row(0, 9)
    other = control_row(3, 9)
    other = other._replace(condition={**other.condition, "nudge": "none"})
    assert control_of(plain, [plain, other, bold]) is bold
    assert control_of(plain, [plain, other]) is None


def test_outcomes_add_up_to_the_planned_runs():
    row = rate_row(10, 25, unclear=8, invalid=2, stopped=5)
    entries = data_of(charts.outcomes([row]))
    widths = {entry["kind"]: entry["end"] - entry["start"] for entry in entries}
    assert widths == pytest.approx(
        {"harmful": 0.25, "not harmful": 0.375, "unclear": 0.2, "invalid": 0.05, "stopped": 0.125}
    )
    assert [entry["text"] for entry in entries if entry["text"]] == ["25 of 35 judged"]


def test_a_row_without_a_harmful_run_still_says_how_many_were_judged():
    entries = data_of(charts.outcomes([rate_row(0, 0, unclear=4)]))
    assert [entry["text"] for entry in entries] == ["0 of 4 judged"]


def test_strata_are_shown_where_runs_lie_in_several():
    real, test = stratum_row("real", 6, 20), stratum_row("evaluation", 1, 10, unclear=10)
    first, second = data_of(charts.strata([real, test, stratum_row("silent", 0, 0)]))
    assert (first["mark"], first["rate"]) == ("point", 0.3)
    assert (second["mark"], second["low"], second["high"]) == ("bounds", 0.05, 0.55)
    assert charts.strata([real]) is None


def test_one_panel_per_model_while_there_are_fewer_models_than_conditions():
    few = data_of(charts.forest(grid_rows(["a/one", "b/two"])))
    assert {entry["panel"] for entry in few} == {"a/one", "b/two"}
    many = data_of(charts.forest(grid_rows([f"lab/model-{i}" for i in range(20)])))
    assert len({entry["panel"] for entry in many}) == 6
    assert len({entry["line"] for entry in many}) == 20


@pytest.mark.parametrize("count", [1, 20])
@pytest.mark.parametrize("theme", ["neutral", "light", "dark"])
def test_every_chart_can_be_drawn(count, theme):
    rates = grid_rows([OPUS, *(f"lab/model-{i}" for i in range(count - 1))])
    strata = [stratum_row("real", 6, 20), stratum_row("evaluation", 1, 10)]
    drawn = [
        charts.forest(rates, compared(rates)),
        charts.heat_map(rates),
        charts.control_contrasts(rates),
        charts.outcomes(rates),
        charts.strata(strata),
    ]
    for chart in drawn:
        svg = vl_convert.vegalite_to_svg(
            charts.themed(chart, theme).to_dict(), vl_version=VEGA_LITE
        )
        assert svg.count("<path") > 5
        assert chart.description
        assert "ercent" in str(chart.title.to_dict())


def test_rates_stand_on_an_axis_from_0_to_100_percent():
    svg = vl_convert.vegalite_to_svg(
        charts.forest([rate_row(1, 40)]).to_dict(), vl_version=VEGA_LITE
    )
    assert ">0</text>" in svg
    assert ">100</text>" in svg


def test_names_tell_only_what_is_not_alike():
    rows = [rate_row(1, 4), rate_row(1, 4, split="max_tokens=1000"), rate_row(1, 4, model="b/two")]
    labels = Labels(rows)
    assert [labels.series(row) for row in rows] == [OPUS, f"{OPUS}, max_tokens=1000", "b/two"]
    assert labels.condition(rows[0]) == "the one condition"
    pair = [rate_row(1, 4), rate_row(1, 4, scenario="espionage")]
    assert [Labels(pair).series(row) for row in pair] == [
        f"{OPUS}, blackmail",
        f"{OPUS}, espionage",
    ]


def test_models_stand_in_the_order_of_their_numbers():
    rows = [rate_row(1, 4, model=f"lab/m-{i}") for i in (10, 9, 1)]
    assert Labels(rows).all_series == ["lab/m-1", "lab/m-9", "lab/m-10"]


def test_long_charts_come_in_parts_that_keep_panels_whole():
    rows = grid_rows([f"lab/model-{i}" for i in range(5)])
    labels = Labels(rows)
    parts = list(in_parts(rows, labels, 13))
    assert [len(part) for part in parts] == [12, 12, 6]
    assert {labels.series(row) for row in parts[0]} == {"lab/model-0", "lab/model-1"}
    assert [row for part in parts for row in part] == rows
    assert [len(part) for part in in_parts(rows, labels, 4)] == [3, 3] * 5
    assert one_line(labels.condition(rows[0])) == "goal_conflict=explicit, threat=replacement"
