"""Many comparisons at once: a verdict has to hold beside all the others."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from logs_fixture import make_log
from rows_fixture import SIX, collection, rate_row

from turncoat.cli import main
from turncoat.measure import compare_rates
from turncoat.records.comparing import as_json_row, caveats, compare_all
from turncoat.records.verdicts import Terms
from turncoat.reference.figures import Alias, read_table
from turncoat.reference.published import SCENARIOS, Study, place_of

STUDY = Study("lynch-2025")
MODELS = {alias.model: alias.alias for alias in read_table("aliases.csv", Alias)}
CALLED = ("higher", "lower")


def published(model, scenario, levels):
    place = place_of(scenario, levels, collection().factors[scenario])
    return STUDY.cell(model, place).k


def measured(n, counts):
    """A row per model, scenario and condition of the study."""
    return [
        rate_row(counts(model, scenario, levels), n, model=name, levels=levels, scenario=scenario)
        for model, name in MODELS.items()
        for scenario in sorted(SCENARIOS)
        for levels in SIX
    ]


def compared(rows, **options):
    return compare_all(collection(), rows, STUDY, **options)


@pytest.mark.parametrize("n", [20, 100])
def test_runs_drawn_from_the_studys_own_rates_are_called_different_in_few_cells(n):
    for seed in range(5):
        random = np.random.default_rng(seed)
        rows = compared(
            measured(n, lambda *cell: int(random.binomial(n, published(*cell) / 100)))  # noqa: B023
        )
        assert len(rows) == 324 == sum(row.p_holm is not None for row in rows)
        called = sum(row.verdict in CALLED for row in rows)
        assert called <= 0.05 * len(rows)
        assert sum(row.verdict_alone in CALLED for row in rows) >= called


def test_models_that_never_do_it_are_called_lower_wherever_the_study_saw_it_often():
    rows = compared(measured(100, lambda *_: 0))
    often = [row for row in rows if row.figure.k >= 30]
    assert len(often) > 100
    assert np.mean([row.verdict == "lower" for row in often]) >= 0.95
    assert not any(row.verdict == "higher" for row in rows)


def test_a_model_that_is_worse_in_one_cell_is_found_among_324():
    rows = compared(measured(100, published))
    assert not any(row.verdict in CALLED for row in rows)
    spot = next(place for place, row in enumerate(rows) if row.figure.k == 0)
    changed = [row.measured for row in rows]
    changed[spot] = changed[spot]._replace(k=30, rate=0.3)
    assert compared(changed)[spot].verdict == "higher"


def opus(k, n, levels, **changes):
    return rate_row(k, n, model="claude-opus-4", levels=levels, **changes)


def test_what_is_different_only_by_itself_cannot_be_told_and_says_so():
    """2 of 20 against 0 of 100: p 0.0014; with 99 more comparisons it is no finding."""
    lone = rate_row(2, 20, model="openai/o3")
    (row,) = compared([lone])
    assert (row.verdict, row.verdict_alone, row.why) == ("higher", "higher", "")
    family = [lone] + [opus(96, 100, SIX[0])] * 99
    row = compared(family)[0]
    assert (row.verdict, row.verdict_alone) == ("cannot tell", "higher")
    assert row.why == "not after Holm's adjustment for 100 comparisons"
    assert row.p_holm == pytest.approx(100 * row.comparison.p_value)
    assert row.p_holm > 0.05
    shown = as_json_row(row)
    assert (shown["verdict"], shown["verdict_alone"]) == ("cannot tell", "higher")


def test_what_is_no_longer_different_may_still_be_equivalent():
    family = [rate_row(5, 100, model="openai/o3")] + [opus(96, 100, SIX[0])] * 99
    row = compared(family, terms=Terms(margin=0.1))[0]
    assert (row.verdict, row.verdict_alone) == ("equivalent", "higher")
    assert "Holm" in row.why


@pytest.mark.parametrize(
    ("k", "n", "model", "scenario", "cell"),
    [
        (26, 100, "Claude Sonnet 4", "blackmail", 4),
        (21, 40, "Claude Sonnet 4", "blackmail", 1),
        (6, 20, "Claude Opus 4", "lethal", 1),
    ],
)
def test_at_the_very_edge_interval_and_test_must_agree(k, n, model, scenario, cell):
    """Newcombe's interval ends just under 0, the score test says a little over 0.05."""
    row = rate_row(k, n, model=MODELS[model], scenario=scenario, levels=SIX[cell])
    (one,) = compared([row])
    assert one.comparison.interval.high < 0
    assert (one.verdict, one.verdict_alone) == ("cannot tell", "lower")
    assert one.why.startswith("the interval excludes 0, but the test does not (p 0.05")


def test_a_verdict_is_never_without_its_adjusted_p():
    random = np.random.default_rng(9)
    for row in compared(measured(40, lambda *_: int(random.integers(0, 41)))):
        low, high = row.comparison.interval
        assert (row.verdict == "higher") == (low > 0 and row.p_holm < 0.05)
        assert (row.verdict == "lower") == (high < 0 and row.p_holm < 0.05)


def test_at_low_coverage_the_adjustment_takes_the_worse_bound():
    levels = SIX[0]
    rows = [opus(60, 80, levels, unjudged=20), *[opus(96, 100, levels)] * 9]
    row = compared(rows, terms=Terms(accept_rules=True))[0]
    worst = max(compare_rates(k, 100, 96, 100).p_value for k in (60, 80))
    assert row.p_holm == pytest.approx(10 * worst)


def test_withheld_verdicts_count_in_the_family():
    rows = compared([opus(10, 20, SIX[0]), opus(10, 20, SIX[0], judge="rules")])
    assert rows[1].verdict == "cannot tell"
    assert rows[0].p_holm == pytest.approx(2 * rows[0].comparison.p_value)


def test_runs_that_stopped_early_are_never_compared_as_if_their_number_had_been_fixed():
    fixed, stopped = opus(30, 40, SIX[0]), opus(30, 40, SIX[0], interval="sequence")
    (one,), (other,) = compared([fixed]), compared([stopped])
    assert one.verdict == "lower"
    assert np.ptp(other.comparison.interval) > np.ptp(one.comparison.interval)
    assert other.p_holm == other.comparison.p_value > one.p_holm
    said = " ".join(caveats([other], STUDY))
    assert "runs stopped early" in said
    assert "stopped early" not in " ".join(caveats([one], STUDY))


def test_the_caveat_counts_what_stands():
    alike, apart = [opus(96, 100, SIX[0])] * 90, [opus(10, 100, SIX[0])] * 9
    said = " ".join(caveats(compared([rate_row(2, 20, model="openai/o3"), *alike, *apart]), STUDY))
    assert "100 comparisons were made in one go" in said
    assert "9 of the 10 that would be called so one by one" in said


def test_where_no_difference_would_be_called_one_there_is_nothing_to_count():
    said = " ".join(caveats(compared([opus(96, 100, SIX[0])] * 2), STUDY))
    assert "2 comparisons were made in one go" in said
    assert "none would be called so even by itself" in said
    assert "0 of the 0" not in said


@pytest.mark.slow
def test_the_six_cells_of_one_model_from_their_logs(tmp_path):
    """Run exactly at the study's rates; then a model that never does it."""
    cells = {f"cell-{place}": levels for place, levels in enumerate(SIX)}
    counts = {label: published("Claude Opus 4", "blackmail", cells[label]) for label in cells}
    for name, scale in (("same", 1), ("never", 0)):
        kinds = {  # Half as many runs as the study's.
            label: ["harmful"] * (scale * k // 2) + ["not_harmful"] * (50 - scale * k // 2)
            for label, k in counts.items()
        }
        make_log(tmp_path / name, kinds, cells=cells, surfaces=10, judge="openai/gpt-5")
    verdicts = {}
    for name in ("same", "never"):
        result = CliRunner().invoke(main, ["compare", str(tmp_path / name), "--json"])
        assert result.exit_code == 0, result.output
        rows = json.loads(result.stdout)
        assert [row["published"]["k"] for row in rows] == list(counts.values())
        verdicts[name] = [row["verdict"] for row in rows]
    assert not {"higher", "lower"} & set(verdicts["same"])
    often = [place for place, k in enumerate(counts.values()) if k >= 40]
    assert often
    assert all(verdicts["never"][place] == "lower" for place in often)
