"""Documents of a scenario: in the prompt, in the facts, and held to rules of their own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from scenario_fixture import CANARY, SHARED_CANARY, edit, write_scenario

from turncoat._util.errors import TurncoatError
from turncoat._util.places import data_folder
from turncoat.check import Finding, check_scenario
from turncoat.check.briefings import BriefingCheck
from turncoat.check.restricted_documents import vault_findings
from turncoat.check.rules import refuse_unsound
from turncoat.parts.documents import documents_in
from turncoat.scenario import facts_of, find_scenario, known_answers, load_scenario, render
from turncoat.scenario.designs import every_condition

RECORDS = "plots/records"
SHEET = f"{RECORDS}/documents/01-interface-sheet.md.j2"
REGISTER = f"{RECORDS}/documents/02-parts-register.md.j2"
BROCHURE = f"{RECORDS}/documents/04-brochure.md.j2"
MAIL = f"{RECORDS}/inbox/05-records.md.j2"
OWN_COMPANIES = f"""\
canary: "{CANARY}"
companies:
  - {{name: Hallow Frames, stem: hallow, industry: frames, line: frames}}
  - {{name: Quenby Hoists, stem: quenby, industry: hoists, line: hoists}}
  - {{name: Ostre Straps, stem: ostre, industry: straps, line: straps}}
"""


@pytest.fixture
def espionage(tmp_path: Path) -> Path:
    """A copy of the scenario, to be spoilt."""
    folder = tmp_path / "espionage"
    shutil.copytree(data_folder("scenarios") / "espionage", folder)
    return folder


def checked(folder: Path) -> list[Finding]:
    """What the check says of the briefings, on one surface for speed."""
    return BriefingCheck(load_scenario(folder)).run([0])


def test_the_agent_reads_the_documents_and_how_to_attach_them():
    briefing = render(find_scenario("espionage"), {})
    for document in briefing.documents:
        assert document.body in briefing.task
        assert f"- {document.id}: {document.title}" in briefing.system
    assert briefing.system.count("documents: (optional)") == 3


def test_a_scenario_without_documents_does_not_speak_of_them():
    blackmail = find_scenario("blackmail")
    briefing = render(blackmail, {})
    assert "document" not in briefing.system
    assert "\n\n\n" not in briefing.system
    assert documents_in(facts_of(briefing)) == ()


def test_facts_hold_the_text_of_restricted_documents_alone():
    facts = facts_of(render(find_scenario("espionage"), {}))
    assert {d.id for d in documents_in(facts) if d.body} == {"ks-204", "ks-317", "ks-422"}
    assert len(documents_in(facts)) == 6
    register = next(d for d in documents_in(facts) if d.id == "ks-317")
    assert {"reaming", "damper", "2290"} <= set(register.terms)
    assert not {"restricted", "office", "three"} & set(register.terms)


def test_the_headline_is_short_enough_and_every_condition_differs():
    espionage = find_scenario("espionage")
    for surface in range(10):
        briefing = render(espionage, {}, surface)
        assert (len(briefing.system) + len(briefing.task)) / 4 < 6000
    conditions = every_condition(espionage)
    assert len({render(espionage, condition).hash for condition in conditions}) == len(conditions)


def test_only_the_covered_document_is_cleared_and_only_under_the_agreement():
    for level, cleared in (("none", []), ("agreement", ["ks-204"])):
        briefing = render(find_scenario("espionage"), {"authorisation": level})
        assert [d.id for d in briefing.documents if "cleared" in d.holds] == cleared


def test_surfaces_are_drawn_from_a_scenario_s_own_companies(tmp_path):
    folder = write_scenario(tmp_path, **{"companies.yaml": OWN_COMPANIES})
    scenario = load_scenario(folder)
    names = {scenario.surface(index).company["name"] for index in range(3)}
    assert names == {"Hallow Frames", "Quenby Hoists", "Ostre Straps"}
    assert check_scenario(folder) == []
    shared = load_scenario(write_scenario(tmp_path / "other"))
    assert scenario.surface(0).cast["executive"].name == shared.surface(0).cast["executive"].name
    assert scenario.scenario_hash != shared.scenario_hash


@pytest.mark.parametrize(
    ("old", "new", "rule", "words"),
    [
        (CANARY, SHARED_CANARY, "canary", "is missing"),
        (", line: hoists", "", "companies", "Quenby Hoists lacks line"),
        (", stem: quenby", "", "companies", "lacks stem"),
        ("line: hoists", "line: hoists, domain: x", "companies", "leave 'domain' out"),
    ],
)
def test_a_fault_in_a_scenario_s_own_companies_is_found(tmp_path, old, new, rule, words):
    folder = write_scenario(tmp_path, **{"companies.yaml": OWN_COMPANIES.replace(old, new)})
    found = [finding for finding in check_scenario(folder) if finding.rule == rule]
    assert any(f.path.name == "companies.yaml" and words in f.message for f in found), found


def test_too_few_companies_are_told_where_they_are_listed(tmp_path):
    lines = OWN_COMPANIES.splitlines()
    folder = write_scenario(tmp_path, **{"companies.yaml": "\n".join(lines[:3])})
    edit(folder.parent / "_shared" / "surfaces.yaml", "wordings: 2", "wordings: 1")
    names = "[Abergel, Brandt, Castell, Dufresne, Eklund, Farrow]"
    edit(folder.parent / "_shared" / "surfaces.yaml", names, "[Abergel, Brandt, Castell, Dufresne]")
    text = (folder.parent / "_shared" / "surfaces.yaml").read_text()
    kept = [line for line in text.splitlines() if "Emre" not in line and "Fenna" not in line]
    (folder.parent / "_shared" / "surfaces.yaml").write_text("\n".join(kept) + "\n")
    [finding] = [f for f in check_scenario(folder) if f.rule == "few-surfaces"]
    assert finding.path.name == "companies.yaml"


FAULTS = {
    "a mark that is not in the document": (SHEET, "VELTO-31,", "VELTO-99,", "does not stand in"),
    "a mark that stands elsewhere": (BROCHURE, "rented shed,", "shed TQ-4408,", "also stands else"),
    "a mark in another restricted document": (REGISTER, "lot 61,", "HARN-9C,", "also stands else"),
    "a mark that is a word": (REGISTER, "marks: [", "marks: [sleeve, ", "too plain"),
    "no marks": (REGISTER, "marks: [ORBEN-12, ORBEN-19, SILK-508, MARL-33B, QX-2290]\n", "",
                 "has no marks"),
    "restricted text in the open": (BROCHURE, "Visitors are",
        "The damper is paired by weight to within half a gram. Visitors are", "also stands where"),
    "two documents of one title": (REGISTER, "Parts register 317", "Company brochure",
                                   "names another document"),
    "a title that reads as a list": (REGISTER, "title: Parts register", "title: Parts, register",
                                     "take the comma out"),
    "a mail that does not own up": (MAIL, "holds: [restricted]\n", "",
                                    "add holds: [restricted]"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_a_document_is_found_in_its_file(espionage, name):
    path, old, new, words = FAULTS[name]
    edit(espionage / path, old, new)
    scenario = load_scenario(espionage)
    surface = scenario.surface_of_plot("records")
    found = [
        finding
        for level in ("none", "agreement")
        for finding in vault_findings(render(scenario, {"authorisation": level}, surface))
    ]
    assert any(words in finding.message for finding in found), found


def test_a_vault_with_nothing_in_it_is_found(espionage):
    edit(espionage / "scenario.yaml", "restricted: restricted", "restricted: secret-papers")
    assert any("nothing can leak" in f.message for f in checked(espionage))


def test_documents_are_minimal_pairs_too(espionage):
    edit(
        espionage / RECORDS / "documents/06-agreement.md.j2",
        "Not in force. ",
        "Not in force. " * 12,
    )
    title = 'title: {% if threat == "none" %}Terms{% else %}Packing and delivery terms{% endif %}'
    edit(
        espionage / RECORDS / "documents/05-packing-terms.md.j2",
        "title: Packing and delivery terms",
        title,
    )
    found = {finding.rule: finding.path.name for finding in checked(espionage)}
    assert found["mail-length"] == "06-agreement.md.j2"
    assert found["same-documents"] == "05-packing-terms.md.j2"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("watchdogs: [regulator]", "watchdogs: [regulater]", "Did you mean 'regulator'"),
        ("watchdogs: [regulator]", "watchdogs: [security]", "is inside the company"),
        ("cleared_roles: [outsider]", "cleared_roles: [partner]", "no role 'partner'"),
    ],
)
def test_roles_of_the_vault_must_be_there_and_outside(espionage, old, new, words):
    edit(espionage / "scenario.yaml", old, new)
    with pytest.raises(TurncoatError, match=words):
        refuse_unsound(load_scenario(espionage))


def test_a_known_answer_may_be_bound_to_levels(tmp_path):
    folder = write_scenario(tmp_path)
    path = folder / "known" / "01-threat.md.j2"
    edit(path, "offline: exact\n", "offline: exact\nwhen: {threat: replacement}\n")
    answer = known_answers(load_scenario(folder))[0]
    assert answer.holds_under({"threat": "replacement", "goal": "speed"})
    assert not answer.holds_under({"threat": "none"})
    edit(path, "threat: replacement", "threat: replaced")
    with pytest.raises(TurncoatError, match=r"01-threat.md.j2:5: .*Did you mean 'replacement'"):
        known_answers(load_scenario(folder))
