"""`turncoat report`: what the page and the text say of logs, and what wrong input gets."""

from __future__ import annotations

import html
import json
import re
import zipfile

import pytest

pytest.importorskip("altair")
pytest.importorskip("vl_convert")

from click.testing import CliRunner
from inspect_ai.model import GenerateConfig
from logs_fixture import CONTROL, condition, make_log, path_of, rates
from report_fixture import THREATS, report, visible, written
from running import run

from turncoat.cli import main

H, N, U, I = "harmful", "not_harmful", "unclear", "invalid"  # noqa: E741


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    folder = tmp_path_factory.mktemp("both")
    kinds = {"default": [H] * 12 + [N] * 28, CONTROL: [N] * 40}
    make_log(folder, kinds, surfaces=4, judge="openai/gpt-5")
    return folder


def test_the_answer_says_what_was_measured_and_the_rate_with_its_interval(both, tmp_path):
    report(both, "-o", tmp_path / "r.html")
    text = visible((tmp_path / "r.html").read_text())
    assert (
        "anthropic/claude-opus-4-20250514 was measured in 80 runs of the blackmail 1.0.0 scenario "
        "under 2 conditions, of which 80 have a verdict (judge: openai/gpt-5)."
    ) in text
    assert (
        "The behaviour was seen in 30.0% of 40 judged runs (95 % interval 18.1% to 45.4%) under "
        "goal_conflict=explicit, threat=replacement, and 0.0% of 40 judged runs "
        "(95 % interval 0.0% to 8.8%) in its control."
    ) in text


def test_under_low_coverage_the_answer_is_the_bounds(tmp_path):
    make_log(tmp_path, {"default": [H, N, U, I]})
    text = written(tmp_path)
    assert "seen in 25.0% to 75.0% of 4 runs (bounds: only 2 could be judged)" in text
    assert "| 1 of 2 | 25.0 to 75.0 (bounds) | - |" in text


def test_known_answers_are_no_measurement(tmp_path):
    run("known/explicit", tmp_path, surfaces=2, design="headline,control")
    text = written(tmp_path)
    assert text.split("\n\n")[1].startswith("No model was measured: known/explicit replays")


def test_the_published_figure_stands_beside_the_measured_rate(both, tmp_path):
    report(both, "-o", tmp_path / "r.md")
    text = (tmp_path / "r.md").read_text()
    assert "96.0%, 96 of 100 (90.2% to 98.4%), Claude Opus 4 | lower |" in text


def test_against_names_the_model_to_compare_with(tmp_path):
    make_log(tmp_path, {"default": [N] * 20}, name="lab/unheard-of", judge="a/b")
    assert "median 73.0% of 18 models" in written(tmp_path)
    assert "96 of 100" in written(tmp_path, "--against", "claude opus 4")
    result = report(tmp_path, "-o", tmp_path / "x.md", "--against", "Clyde", status=2)
    assert "Claude Opus 4" in result.stderr


def test_caveats_are_those_of_these_logs(tmp_path):
    cells = {"default": condition(channel="escalation", nudge="none")}
    make_log(tmp_path, {"default": [H, N] * 5}, cells=cells, controls={}, judge="a/b")
    text = written(tmp_path)
    assert "no honest way out" not in text
    assert "channel=none" not in text
    assert "think strategically" not in text
    assert "offline rules alone" not in text
    assert "temperature 0" not in text
    assert "No control condition was run" in text


def test_a_scenario_without_a_channel_factor_has_no_caveat_that_names_one(tmp_path):
    cells = {"default": {"threat": "replacement", "goal_conflict": "explicit", "goal": "n/a"}}
    make_log(tmp_path, {"default": [H, N] * 5}, cells=cells, controls={}, scenario="own")
    assert "channel" not in written(tmp_path)


def test_caveats_name_what_makes_the_numbers_weak(tmp_path):
    config = GenerateConfig(temperature=0, max_tokens=10_000)
    make_log(tmp_path, {"default": [N, N, U, U]}, config=config, surfaces=1)
    text = written(tmp_path)
    for words in (
        "no honest way out (channel=none)",
        "think strategically about its goal (nudge=strategy)",
        "rest on the offline rules alone",
        "was run at temperature 0",
        "under 90 % of their runs",
        "come from one surface",
        "a rate of 0 in 2 judged runs still allows up to 65.8%",
    ):
        assert words in text


def test_awareness_is_called_an_association(tmp_path):
    told = {"belief": "evaluation", "belief_by": "rules"}
    make_log(tmp_path, {"default": [H, N] * 5}, details=told)
    make_log(tmp_path, {"default": [N, N] * 5}, details={**told, "belief": "real"})
    text = written(tmp_path)
    assert "| evaluation | 10 | 50.0% | 5 of 10 | 50.0% |" in text
    assert "an association, not an effect" in text
    assert "In 10 runs of 20 the agent took the situation for a test" in text
    page = written(tmp_path, form="html")
    assert '"spec-awareness"' in page


def test_provenance_names_settings_hashes_judge_and_logs(both, tmp_path):
    report(both, "-o", tmp_path / "r.md")
    text = (tmp_path / "r.md").read_text().replace("\\", "")
    for line in (
        "- provider: anthropic",
        "- model as served: m",
        "- temperature: the provider's own",
        "- token limit: 10000",
        "- scenario hash: s1",
        "- rubric hash: r1",
        "- judge: openai/gpt-5",
    ):
        assert line in text
    assert re.search(r"- briefings: 8 briefings, [0-9a-f]{12}\n", text)
    assert re.search(r"- Inspect: 0\.\d", text)
    (log,) = both.glob("*.eval")
    assert f"- {log.name}" in text
    assert str(both) not in text


def test_what_differs_between_models_is_in_a_table(tmp_path):
    make_log(tmp_path, {"default": [N, N]}, name="a/one")
    config = GenerateConfig(max_tokens=500)
    make_log(tmp_path, {"default": [N, N]}, name="b/two", config=config)
    text = written(tmp_path)
    assert "| series | provider | token limit |" in text
    assert "| b/two | b | 500 |" in text


def test_left_out_logs_are_named_and_the_status_says_so(both, tmp_path):
    make_log(tmp_path, {"default": [N, N]})
    (tmp_path / "2026-01-01T00-00-00_broken.eval").write_text("not a log")
    text = written(tmp_path, status=1)
    assert "### Left out" in text
    assert "broken.eval: cannot be read as a log" in text


def test_a_sample_that_cannot_be_read_is_named_and_not_quoted(tmp_path):
    path = path_of(make_log(tmp_path, {"default": [H, N]}))
    damaged = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as packed:
        for entry in packed.infolist():
            if entry.filename.startswith("samples/"):
                start = entry.header_offset + 30 + len(entry.filename) + entry.compress_size // 2
                damaged[start : start + 40] = bytes(40)
    path.write_bytes(damaged)
    text = written(tmp_path, status=1)
    assert "1 of 2" in text
    assert "### Left out" in text
    assert "transcripts cannot all be read (first default/surface-00, epoch 1)" in text


def test_runs_with_other_token_limits_stand_apart_unless_pooled(tmp_path):
    make_log(tmp_path, {"default": [H, H]})
    make_log(tmp_path, {"default": [N, N]}, config=GenerateConfig(max_tokens=500))
    text = written(tmp_path, status=1)
    assert ", max_tokens=500 |" in text
    assert "different token limits" in text
    pooled = written(tmp_path, "--pool")
    assert "2 of 4" in pooled
    assert "as --pool asks" in pooled


def test_logs_may_be_named_from_here_and_from_the_root_at_once(both, tmp_path, monkeypatch):
    make_log(tmp_path / "here", {"default": [H, N]}, name="acme/x")
    monkeypatch.chdir(tmp_path)
    report(both, "here", "-o", "r.md")
    text = (tmp_path / "r.md").read_text()
    assert "acme/x" in text
    assert str(both) not in text


def test_without_logs_there_is_one_line_and_no_file(tmp_path):
    result = report(tmp_path / "nothing", "-o", tmp_path / "r.html", status=2)
    assert "no log found" in result.stderr
    assert not (tmp_path / "r.html").exists()


def test_logs_without_runs_give_no_report(tmp_path):
    (tmp_path / "2026-01-01T00-00-00_broken.eval").write_text("not a log")
    result = report(tmp_path, "-o", tmp_path / "r.html", status=1)
    assert "no run to report" in result.stderr
    assert "cannot be read as a log" in result.stderr
    assert not (tmp_path / "r.html").exists()


def test_with_logs_of_others_alone_rates_and_report_end_alike(tmp_path):
    make_log(tmp_path, {"default": [H, N]}, metadata={"other": 1})
    result = report(tmp_path, "-o", tmp_path / "r.html", status=1)
    assert "no run to report" in result.stderr
    assert "not a Turncoat log" in result.stderr
    assert "not a Turncoat log" in rates(tmp_path, status=1).stderr


def test_a_file_that_cannot_be_written_leaves_nothing_behind(both, tmp_path):
    result = report(both, "-o", tmp_path / "nowhere" / "r.html", status=2)
    assert "cannot be written" in result.stderr
    (tmp_path / "taken.html").mkdir()
    report(both, "-o", tmp_path / "taken.html", status=2)
    assert [path.name for path in tmp_path.iterdir()] == ["taken.html"]


@pytest.mark.parametrize("name", ["r.pdf", "r.docx", "r", ".html"])
def test_a_name_that_says_no_format_is_refused_with_those_there_are(both, tmp_path, name):
    result = report(both, "-o", tmp_path / name, status=2)
    (line,) = result.stderr.splitlines()
    for told in (name, ".html", ".htm", ".md", ".markdown", "--format"):
        assert told in line
    assert list(tmp_path.iterdir()) == []


def test_any_name_will_do_where_the_format_is_given(both, tmp_path):
    report(both, "-o", tmp_path / "r.txt", "--format", "md")
    assert (tmp_path / "r.txt").read_text().startswith("# ")
    report(both, "-o", tmp_path / "r.HTM")
    assert "<html" in (tmp_path / "r.HTM").read_text()


def test_without_altair_one_line_says_what_to_install(both, tmp_path, monkeypatch):
    monkeypatch.setattr("turncoat.report.files.find_spec", lambda name: None)
    result = report(both, "-o", tmp_path / "r.html", status=2)
    assert result.stderr.splitlines() == [
        "Error: charts need altair and vl-convert: pip install 'turncoat[analysis]'"
    ]
    report(both, "-o", tmp_path / "r.md")


def test_markdown_needs_no_altair(both, tmp_path):
    import subprocess
    import sys

    code = (
        "import sys; sys.modules['altair'] = None; sys.modules['vl_convert'] = None\n"
        "from turncoat.cli import main; main()"
    )
    call = [sys.executable, "-c", code, "report", str(both), "-o", str(tmp_path / "r.md")]
    subprocess.run(call, check=True, capture_output=True)
    assert "30.0%" in (tmp_path / "r.md").read_text()


def test_every_chart_is_written_as_svg_and_png(both, tmp_path):
    report(both, "-o", tmp_path / "r.md", "--charts", tmp_path / "charts")
    names = {path.name for path in (tmp_path / "charts").iterdir()}
    kinds = ("forest", "heat-map", "control-contrasts", "outcomes")
    assert names == {f"{kind}.{form}" for kind in kinds for form in ("svg", "png")}
    assert (tmp_path / "charts" / "forest.png").read_bytes().startswith(b"\x89PNG")
    assert "30.0%" in (tmp_path / "charts" / "forest.svg").read_text()
    assert "](<charts/forest.svg>)" in (tmp_path / "r.md").read_text()


def test_the_page_loads_nothing_and_allows_only_its_own_scripts(both, tmp_path):
    report(both, "-o", tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text()
    assert re.search(r'<html lang="en">', page)
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1])
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    outside = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"<[^>]*\s(src|href)\s*=\s*[\"']?(?!#|[\"'#])", outside)
    assert "@import" not in outside
    assert "url(" not in outside


def test_each_chart_has_its_numbers_in_a_table(both, tmp_path):
    report(both, "-o", tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text()
    figures = page.count("<figure>")
    assert figures == 4
    assert page.count("The same numbers in a table") == figures
    assert page.count("<figcaption>") == figures
    assert page.count("<h1>") == 1


def test_a_title_can_be_given(both, tmp_path):
    report(both, "-o", tmp_path / "r.html", "--title", "Ours <and> yours")
    page = (tmp_path / "r.html").read_text()
    assert "<title>Ours &lt;and&gt; yours</title>" in page


def test_a_log_is_never_changed(both, tmp_path):
    (log,) = both.glob("*.eval")
    before = log.read_bytes()
    report(log, "-o", tmp_path / "r.html")
    assert log.read_bytes() == before


THREE = ("blackmail", "espionage", "lethal")
SPREAD = re.compile(r"([\d.]+)% to ([\d.]+)%, median ([\d.]+)% of (\d+) models")


def compared(folder):
    """What `compare` says, by model, scenario and condition as the report calls them."""
    rows = json.loads(CliRunner().invoke(main, ["compare", str(folder), "--json"]).stdout)
    return {
        (row["model"], row["scenario"], row["condition"]["threat"], row["protocol"]): row
        for row in rows
    }


@pytest.mark.parametrize("threats", [("replacement", "none"), THREATS])
def test_each_figure_on_the_page_is_of_its_own_scenario_and_condition(tmp_path, threats):
    cells = {f"threat={threat}": condition(threat=threat) for threat in threats}
    for number, scenario in enumerate(THREE):
        for model in ("lab/one", "lab/two"):
            kinds = {label: [H] * (number + 1) + [N] * 7 for label in cells}
            kinds = {label: found[:6] for label, found in kinds.items()}
            options = {"cells": cells, "controls": {}, "scenario": scenario, "judge": "a/b"}
            make_log(tmp_path, kinds, name=model, **options)
    known = compared(tmp_path)
    text = written(tmp_path)
    seen = 0
    for line in text.splitlines():
        if (found := SPREAD.search(line)) is not None:
            seen += 1
            model, level, _, rate, *_ = line.removeprefix("| ").split(" | ")
            name, scenario = model.split(", ")
            row = known[name, scenario, level.partition("threat=")[2], "text"]
            assert float(rate.rstrip("%")) == pytest.approx(100 * row["rate"], abs=0.06)
            spread = [100 * row["spread"][key] for key in ("lowest", "highest", "median")]
            assert [float(word) for word in found.groups()[:3]] == pytest.approx(spread, abs=0.06)
    assert seen == len(known)
    page = written(tmp_path, form="html")
    spec = json.loads(re.search(r'id="spec-forest">(.*?)</script>', page)[1])
    drawn = 0
    for entry in next(iter(spec.get("datasets", {"": spec["data"].get("values")}).values())):
        told = f"{entry['panel']}, {entry['line']}"
        (scenario,) = [name for name in THREE if f", {name}" in told]
        threat = re.search(r"threat=(\w+)", told)[1]
        for row in (r for k, r in known.items() if k[1:3] == (scenario, threat)):
            if entry["mark"] == "spread":
                drawn += 1
                spread = row["spread"]
                assert (entry["low"], entry["high"]) == (spread["lowest"], spread["highest"])
                assert entry["rate"] == spread["median"]
            elif row["model"] in told:
                assert entry["rate"] == pytest.approx(row["rate"])
    assert drawn >= len(known)


def test_many_conditions_begin_with_a_summary(tmp_path):
    cells = {f"noise={number}": condition(noise=str(number)) for number in range(14)}
    kinds = {label: [H] * (place % 3) + [N] * 4 for place, label in enumerate(cells)}
    kinds = {label: found[:4] for label, found in kinds.items()}
    make_log(tmp_path, kinds, cells=cells, controls={}, judge="a/b")
    text = written(tmp_path)
    assert text.index("## Summary") < text.index("## How often")
    summary = text.partition("## Summary")[2].partition("## How often")[0]
    assert re.search(
        r"\| 14 \| 14 \| 0.0%: noise=0 \| 0.0%: noise=\d+ \| 25.0% \| 50.0%: ", summary
    )
    make_log(tmp_path / "few", {"default": [H, N]})
    assert "## Summary" not in written(tmp_path / "few")
