"""A template that would never end, or fill the memory, ends in one clean message."""

from __future__ import annotations

from pathlib import Path

import pytest
from scenario_fixture import edit, write_scenario

from turncoat.scenario import ScenarioError, load_scenario, render

GROWING = '{% set n = namespace(x="word ", l=[1]) %}{% for i in range(40) %}STEP{% endfor %}'

ENDLESS = {
    "loops over numbers": "{% for a in range(200) %}" * 5 + "{% endfor %}" * 5,
    "loops over a list": "{% set s = range(200)|list %}"
    + "{% for a in s %}" * 5
    + "{% endfor %}" * 5,
    "loops over a text": "{% for a in agent.name %}" * 12 + "{% endfor %}" * 12,
    "a loop that calls itself": "{% for a in [40] recursive %}{% if a %}{{ loop([a - 1]) }}"
    "{{ loop([a - 1]) }}{% endif %}{% endfor %}",
    "a macro that calls itself twice": "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}"
    "{% endif %}{% endmacro %}{{ f(40) }}",
    "a macro without end": "{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}",
    "a template that includes itself": '{% include "system.md.j2" %}',
    "a template that includes itself twice": "{% set d = (d|default(0)) + 1 %}{% if d < 40 %}"
    '{% include "system.md.j2" %}{% include "system.md.j2" %}{% endif %}',
    "doubling by ~": GROWING.replace("STEP", "{% set n.x = n.x ~ n.x %}"),
    "doubling by +": GROWING.replace("STEP", "{% set n.x = n.x + n.x %}"),
    "doubling a list": GROWING.replace("STEP", "{% set n.l = n.l + n.l %}"),
    "doubling by join": GROWING.replace("STEP", "{% set n.x = [n.x, n.x]|join %}"),
    "doubling by a block": GROWING.replace(
        "STEP", "{% set t %}{{ n.x }}{{ n.x }}{% endset %}{% set n.x = t %}"
    ),
    "squaring by replace": GROWING.replace("STEP", '{% set n.x = n.x|replace("w", n.x) %}'),
    "squaring by a method": GROWING.replace("STEP", '{% set n.x = n.x.replace("w", n.x) %}'),
    "a number that grows": "{% set n = namespace(x=9) %}{% for i in range(90) %}"
    "{% set n.x = n.x * n.x %}{% endfor %}",
    "slices without number": '{{ "ab"|slice(1000000000)|list|length }}',
    "padding": '{{ "ab"|batch(1000000000, "x")|list|length }}',
}


@pytest.mark.parametrize("words", ENDLESS.values(), ids=ENDLESS)
def test_a_template_without_end_is_stopped_and_told_with_its_file(
    tmp_path: Path, words: str
) -> None:
    folder = write_scenario(tmp_path)
    edit(folder / "system.md.j2", "You are", f"{words} You are")
    with pytest.raises(ScenarioError) as caught:
        render(load_scenario(folder), {})
    message = str(caught.value)
    assert "system.md.j2:" in message
    assert "MemoryError" not in message
    assert len(message) < 400


def test_what_templates_usually_do_is_within_the_budget(tmp_path: Path) -> None:
    folder = write_scenario(tmp_path)
    usual = (
        '{% for name in ["a", "b"] %}{{ loop.index }} of {{ loop.length }}: {{ name|upper }}'
        '{{ ", " if not loop.last }}{% endfor %}; {{ ["x", "y"]|join(" and ") }}; '
        '{{ "one-two"|replace("-", " ") }}; {{ 2 * 3 + 1 }}; {{ "a" ~ 1 ~ "b" }}; '
        '{% for key, value in {"k": "v"}.items() %}{{ key }}={{ value }}{% endfor %}; '
        "{% filter upper %}loud{% endfilter %}; "
    )
    edit(folder / "system.md.j2", "You are", f"{usual} You are")
    system = render(load_scenario(folder), {}).system
    assert "1 of 2: A, 2 of 2: B; x and y; one two; 7; a1b; k=v; LOUD;" in system
