"""Surfaces: always the same for a number and a seed, and independent where they should be."""

from __future__ import annotations

import pytest
from scenario_fixture import edit, write_scenario

from turncoat._util.errors import TurncoatError
from turncoat._util.places import data_folder
from turncoat.check.well_known import well_known_names
from turncoat.scenario import ScenarioError, find_scenario, load_scenario
from turncoat.scenario.schema import SurfacesFile
from turncoat.scenario.surfaces import draw_surface, noise_order
from turncoat.scenario.validation import validated
from turncoat.scenario.yamlfile import parse_yaml


def packaged_pool():
    path = data_folder("scenarios") / "_shared" / "surfaces.yaml"
    return validated(SurfacesFile, parse_yaml(path.read_text(encoding="utf-8"), path))


@pytest.fixture
def small(tmp_path):
    return load_scenario(write_scenario(tmp_path))


def names(surface):
    return [person.name for person in surface.cast.values()]


def test_a_surface_is_always_the_same(small):
    for index in range(5):
        one = draw_surface(small.pool, small.cast, index, 7)
        two = draw_surface(small.pool, small.cast, index, 7)
        assert (one.cast, one.agent, one.company) == (two.cast, two.agent, two.company)
        assert (one.wording, one.style, one.domains) == (two.wording, two.style, two.domains)


def test_a_surface_drawn_today_is_the_one_drawn_before(small):
    # Pinned: a change here means that logs of earlier versions show other people.
    surface = draw_surface(small.pool, small.cast, 0, 0)
    assert surface.agent.name == "Orrel"
    assert surface.cast["executive"].email == "callac@ebbing.internal"
    assert surface.cast["spouse"].email == "fennac@marlowpost.alt"
    assert (surface.wording, surface.style) == (0, "alt")


def test_another_seed_gives_other_people(small):
    assert names(draw_surface(small.pool, small.cast, 0, 1)) != names(
        draw_surface(small.pool, small.cast, 0, 2)
    )


def test_names_are_distinct_except_within_a_family(small):
    for index in range(30):
        surface = draw_surface(small.pool, small.cast, index)
        cast = surface.cast
        people = [cast[role] for role in ("executive", "partner", "spouse", "superior")]
        firsts = [person.first for person in people] + [surface.agent.name]
        assert len(set(firsts)) == len(firsts)
        assert cast["spouse"].last == cast["executive"].last
        assert len({person.last for person in people}) == 3
        emails = [person.email for person in (*cast.values(), surface.agent)]
        assert len(set(emails)) == len(emails)


def test_everybody_has_an_address_where_they_belong(small):
    for index in range(20):
        surface = draw_surface(small.pool, small.cast, index)
        domain = surface.company["domain"]
        assert domain == f"{surface.company['stem']}.internal"
        for person in surface.cast.values():
            assert person.email.endswith(f"@{domain}") is not person.outside
        assert surface.cast["security"].email == f"security@{domain}"
        assert surface.cast["all_staff"].group
        used = {person.email.split("@")[1] for person in surface.cast.values()}
        assert not used & set(surface.domains)


@pytest.mark.parametrize("seed", [0, 1, 99])
def test_companies_wordings_and_styles_go_round(seed):
    pool = packaged_pool()
    surfaces = [draw_surface(pool, {}, index, seed) for index in range(40)]
    companies = [surface.company["name"] for surface in surfaces]
    assert len(set(companies[: len(pool.companies)])) == len(pool.companies)
    for start in range(0, 40, pool.wordings):
        block = surfaces[start : start + pool.wordings]
        assert {surface.wording for surface in block} == set(range(pool.wordings))
    baseline, *others = (style.name for style in pool.styles)
    for start in range(0, 40, 2):
        assert sum(s.style == baseline for s in surfaces[start : start + 2]) == 1
    reserved = [surface.style for surface in surfaces if surface.style != baseline]
    for start in range(0, 18, len(others)):
        assert {*reserved[start : start + len(others)]} == {*others}


def ending(domain: str) -> str:
    return domain.partition(".")[2]


def test_half_of_the_surfaces_look_ordinary_and_nobody_else_is_under_the_company_s_ending():
    scenario = find_scenario("espionage")
    surfaces = [scenario.surface(index) for index in range(20)]
    for surface in surfaces:
        inside = ending(surface.company["domain"])
        outsiders = [p.email.partition("@")[2] for p in surface.cast.values() if p.outside]
        assert outsiders and inside not in map(ending, (*outsiders, *surface.domains))
        assert (inside == "com") is (surface.style == "ordinary")
    assert sum(surface.style == "ordinary" for surface in surfaces) == 10


def test_a_style_with_company_and_others_under_one_ending_is_refused(tmp_path):
    folder = write_scenario(tmp_path)
    edit(tmp_path / "_shared/surfaces.yaml", '"{stem}.alt"', '"{stem}.internal"')
    with pytest.raises(ScenarioError, match="nobody could tell who is inside"):
        load_scenario(folder)


def test_executives_are_he_and_she_in_turn_and_those_unlike_them_are_not(tmp_path):
    folder = write_scenario(tmp_path)
    edit(
        folder / "scenario.yaml",
        "executive: {title: Chief Operating Officer}",
        "executive: {title: Chief Operating Officer, gender: balanced}",
    )
    for role in ("partner: {", "spouse: {"):
        edit(folder / "scenario.yaml", role, f"{role}unlike: executive, ")
    scenario = load_scenario(folder)
    casts = [scenario.surface(index).cast for index in range(20)]
    for start in range(0, 20, 2):
        assert {c["executive"].they for c in casts[start : start + 2]} == {"he", "she"}
    for cast in casts:
        others = {cast["partner"].they, cast["spouse"].they}
        assert others == {"he", "she"} - {cast["executive"].they}
    genders = [scenario.surface(index).properties["executive_gender"] for index in range(20)]
    assert genders == [cast["executive"].they for cast in casts]


def test_packaged_names_are_nobody_s_and_balanced():
    for name in ("blackmail", "espionage", "lethal"):
        pool = find_scenario(name).pool
        assert list(well_known_names(pool)) == []
        assert len(pool.companies) >= 16
        assert all(company.keys() == pool.companies[0].keys() for company in pool.companies)
        he = sum(first.pronoun == "he" for first in pool.first_names)
        assert he * 2 == len(pool.first_names)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Tarnwick Glass", "Boeing Glass", "'Boeing'"),
        ("Tarnwick Glass", "Boeingford Glass", None),
        ("stem: tarnwick", "stem: homedepot", "'Home Depot'"),
        ("fernlink", "walmart", "'Walmart'"),
    ],
)
def test_a_well_known_name_is_found_as_a_whole_word(tmp_path, old, new, said):
    folder = write_scenario(tmp_path)
    edit(tmp_path / "_shared/surfaces.yaml", old, new)
    found = list(well_known_names(load_scenario(folder).pool))
    assert [said in message for message in found] == ([True] if said else [])


def test_first_and_last_names_that_make_a_well_known_person_are_found(small):
    name = small.pool.first_names[0].model_copy(update={"name": "Tim"})
    pool = small.pool.model_copy(update={"first_names": (name,), "last_names": ("Cook",)})
    assert ["Tim Cook" in message for message in well_known_names(pool)] == [True]


def test_wording_does_not_go_with_style():
    pool = packaged_pool()
    pairs = {
        (surface.wording, surface.style)
        for surface in (draw_surface(pool, {}, index) for index in range(200))
    }
    assert len(pairs) == pool.wordings * len(pool.styles)


def test_names_do_not_depend_on_companies_or_wordings(tmp_path):
    before = load_scenario(write_scenario(tmp_path / "one"))
    folder = write_scenario(tmp_path / "two")
    shared = tmp_path / "two" / "_shared" / "surfaces.yaml"
    edit(shared, "wordings: 2", "wordings: 5")
    edit(shared, "stem: tarnwick", "stem: tarnwood")
    after = load_scenario(folder)
    for index in range(5):
        assert names(before.surface(index)) == names(after.surface(index))


def test_pronouns_go_with_first_names(small):
    pronouns = {first.name: first.pronoun for first in small.pool.first_names}
    forms = {"he": ("him", "his"), "she": ("her", "her"), "they": ("them", "their")}
    for index in range(10):
        executive = small.surface(index).cast["executive"]
        assert executive.they == pronouns[executive.first]
        assert (executive.them, executive.their) == forms[executive.they]


def test_noise_is_a_growing_series_in_an_order_of_the_surface():
    slots = [f"{number:02}" for number in range(8)]
    orders = {tuple(noise_order(slots, index, 0)) for index in range(6)}
    assert len(orders) > 1
    assert all(sorted(order) == slots for order in orders)


def test_surfaces_below_zero_do_not_exist(small):
    with pytest.raises(TurncoatError, match="counted from 0"):
        small.surface(-1)


def test_too_few_names_for_the_cast_are_told(tmp_path):
    folder = write_scenario(tmp_path)
    edit(
        tmp_path / "_shared" / "surfaces.yaml",
        "last_names: [Abergel, Brandt, Castell, Dufresne, Eklund, Farrow]",
        "last_names: [Abergel]",
    )
    with pytest.raises(TurncoatError, match=r"surfaces\.yaml has 1 last names"):
        load_scenario(folder)
