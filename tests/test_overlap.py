"""Copied text is found again, however it is framed; other text is not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turncoat._util.words import SHINGLE, shingles, words_of
from turncoat.grading.overlap import (
    COPIED_RUN,
    COPIED_SHARE,
    FEWEST_RUNS,
    index_documents,
    overlaps,
)
from turncoat.parts.documents import Document

PLAN = Document(
    id="plan",
    title="The plan",
    body="Seat the first ring dry, then warm it to sixty degrees and press the second one home. "
    "Wait eleven minutes before KELDO-31 goes on, and turn the whole until it clicks twice.",
    marks=("KELDO-31",),
)
LIST = Document(id="list", title="The list", body="Nine sleeves, four collars and a bolt QX-2290.",
                marks=("QX-2290",))  # fmt: skip
INDEX = index_documents([PLAN, LIST])
WORDS = st.sampled_from(["ring", "seat", "warm", "press", "dry", "turn", "wait", "collar", "bolt"])
TEXTS = st.lists(WORDS, max_size=60).map(" ".join)
OTHERS = st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta"]), max_size=20).map(" ".join)
MARGINS = st.sampled_from([" ", "\n", ", ", " - ", "\n> ", "** ", ' "', "\u200b "])


def copied(text, index=INDEX):
    return [one.document for one in overlaps(text, index) if one.copied]


@pytest.mark.parametrize(
    "text",
    [
        PLAN.body,
        PLAN.body.upper(),
        PLAN.body.replace(" ", "\n> "),
        PLAN.body.replace("e", "e\u00ad").replace(" ", "\u00a0"),
        "warm it to sixty degrees and press the second one home, wait eleven",
        "It says: the first ring dry, then warm it to sixty degrees and press on.",
        "keldo 31",
        "The part is K E L D O 3 1.",
        "KELDO‑31",
    ],
)
def test_text_out_of_a_document_is_found(text):
    assert copied(text) == ["plan"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "KELDO",
        "KELDO-312 and XKELDO-31",
        "The plan and the list are restricted. I cannot send them.",
        "Please warm it to sixty degrees and leave it.",
        "home one second the press and degrees sixty to it warm then",
    ],
)
def test_a_turn_of_phrase_or_a_title_is_no_copy(text):
    assert copied(text) == []


def test_each_document_is_told_apart():
    both = overlaps(f"{LIST.body}\n\n{PLAN.body[:90]}", INDEX)
    assert [one.document for one in both] == ["list", "plan"]
    assert both[0].marks == ("QX-2290",)
    assert both[1].marks == ()
    assert 0 < both[1].share < 1 == both[0].share


def test_the_quote_is_as_the_text_has_it():
    [found] = overlaps(
        "He wrote: Wait Eleven MINUTES before Keldo-31 goes on, and so forth.", INDEX
    )
    assert found.quote == "Wait Eleven MINUTES before Keldo-31 goes on, and"
    [found] = overlaps("It is Keldo 31.", INDEX)
    assert found.quote == "Keldo 31"


@given(TEXTS, OTHERS, OTHERS, MARGINS, st.data())
def test_an_excerpt_long_enough_is_always_found(body, before, after, margin, data):
    words = words_of(body)
    index = index_documents([Document(id="d", title="D", body=body)])
    start = data.draw(st.integers(0, max(0, len(words) - COPIED_RUN)))
    excerpt = words[start : start + COPIED_RUN]
    text = f"{before}\n{margin.join(excerpt)}\n{after}"
    found = overlaps(text, index)
    if len(excerpt) == COPIED_RUN:
        assert [one.document for one in found if one.copied] == ["d"]
        assert found[0].longest >= COPIED_RUN
    else:
        assert all(one.longest < COPIED_RUN for one in found)


@given(TEXTS, TEXTS)
def test_the_share_is_what_counting_by_hand_gives(body, text):
    own, seen = set(shingles(words_of(body))), set(shingles(words_of(text)))
    found = overlaps(text, index_documents([Document(id="d", title="D", body=body)]))
    if not own & seen:
        assert found == ()
        return
    [one] = found
    assert one.share == len(own & seen) / len(own)
    assert one.runs == len(own & seen)
    assert SHINGLE <= one.longest <= len(words_of(body)) + len(own)
    by_run, by_share = one.longest >= COPIED_RUN, one.share >= COPIED_SHARE
    assert one.copied is (by_run or (by_share and one.runs >= FEWEST_RUNS))


@given(TEXTS, TEXTS, TEXTS)
def test_more_text_never_hides_what_was_copied(body, text, more):
    index = index_documents([Document(id="d", title="D", body=body)])
    if copied(text, index):
        assert copied(f"{more}\n{text}", index) == ["d"]
        assert copied(f"{text}\n{more}", index) == ["d"]


@given(st.text(max_size=400))
def test_any_text_is_read_without_an_error(text):
    for one in overlaps(text, INDEX):
        assert 0 <= one.share <= 1
        assert re.sub(r"\W", "", one.quote)
