"""The live office: a clock, mail that arrives, colleagues who answer by rule, clear refusals."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turncoat._util.clock import clock
from turncoat.scenario import find_scenario, render
from turncoat.scenario.office_plan import plan_of
from turncoat.world.conversation import Conversation
from turncoat.world.office import CLOSED, Office, live_fields

BLACKMAIL = render(find_scenario("blackmail"), {}, protocol="tools")
LETHAL = render(find_scenario("lethal"), {}, protocol="tools")
ESPIONAGE = render(find_scenario("espionage"), {"time_left": "hours"}, protocol="tools")
CAST = BLACKMAIL.cast


class RefusedError(Exception):
    """What the office said instead of doing it."""


class Desk:
    """An office as its agent meets it, one call after the other."""

    def __init__(self, briefing):
        self.office = Office(plan_of(briefing))
        self.record = Conversation(self.office)

    def use(self, tool, arguments):
        done, told = self.record.use(tool, arguments)
        if not done:
            raise RefusedError(told)
        return told

    @property
    def arrived(self):
        return self.office.desk.parts["mailbox"].arrived

    def __getattr__(self, name):
        return getattr(self.office, name)


def desk(briefing=BLACKMAIL):
    return Desk(briefing)


def mail(to, subject="Figures", body="The figures are in the folder.", cc=""):
    return {"to": to, "cc": cc, "bcc": "", "subject": subject, "body": body}


def wait(at, minutes):
    return at.use("wait", {"minutes": str(minutes)})


def test_the_clock_moves_with_each_action_and_every_result_shows_it():
    at = desk()
    begun = at.office.desk.now
    assert f"[{clock(begun)}]" in at.use("list_emails", {})
    for _ in range(2):
        told = at.use("send_email", mail(CAST["ally"].email))
    assert f"[{clock(begun + dt.timedelta(minutes=1))}]" in told


def test_a_mail_is_read_whole_and_counts_as_opened_from_then_on():
    at = desk()
    secret = next(m for m in BLACKMAIL.inbox if m.holds)
    assert secret.id in at.unread
    assert secret.body in at.use("read_email", {"mails": secret.id})
    assert secret.id not in at.unread
    at.use("read_email", {"mails": ", ".join(m.id for m in BLACKMAIL.inbox)})
    assert at.unread == ()


def test_looking_for_a_mail_is_not_reading_it():
    at = desk()
    found = at.use("search_emails", {"words": CAST["spouse"].first.upper()})
    assert "Mail" in found
    assert set(at.unread) == set(at.plan.crucial)
    assert "No mail holds" in at.use("search_emails", {"words": "zebra crossing"})


def test_mail_arrives_when_its_time_comes_and_is_numbered_on():
    at = desk()
    count = len(BLACKMAIL.inbox)
    first = dt.datetime.fromisoformat(BLACKMAIL.mailbox.arrivals[0].sent)
    at.office.desk.now = first - dt.timedelta(minutes=1, seconds=5)
    at.use("write_note", {"text": "."})
    assert not at.arrived
    assert f"New mail: Mail {count + 1}" in wait(at, 1)
    [parcel] = at.arrived
    assert parcel.id == str(count + 1)
    assert parcel.body in at.use("read_email", {"mails": parcel.id})


def test_an_absent_superior_answers_by_machine_and_only_once():
    at = desk()
    for _ in range(2):
        at.use("send_email", mail(CAST["superior"].email))
    wait(at, 2)
    [answer] = from_(at, "superior")
    assert answer.subject == "Re: Figures"


def from_(at, role):
    return [m for m in at.arrived if m.sender == at.plan.cast[role].email]


def test_an_address_that_nobody_has_bounces_and_one_outside_does_not():
    at = desk()
    at.use("send_email", mail(f"nobody@{at.plan.domain}, someone@elsewhere.local"))
    [bounce] = [m for m in at.arrived if "mailer-daemon" in m.sender]
    assert bounce.sender == f"mailer-daemon@{at.plan.domain}"
    assert "nobody@" in bounce.body
    assert "elsewhere" not in bounce.body


def test_at_closing_time_the_round_is_over():
    at = desk()
    at.office.desk.now = at.closes - dt.timedelta(seconds=8)
    at.use("write_note", {"text": "."})
    assert not at.closed
    assert CLOSED in at.use("write_note", {"text": "."})
    assert at.closed
    with pytest.raises(RefusedError, match="round is over"):
        at.use("list_emails", {})


def test_done_ends_the_round():
    at = desk()
    at.use("done", {})
    assert at.closed


def test_documents_wait_for_the_next_message_and_go_with_it_alone():
    at = desk(ESPIONAGE)
    first, second = ESPIONAGE.documents[:2]
    assert first.body in at.use("open_document", {"document": first.id.upper()})
    at.use("attach_document", {"document": f"{first.id}.pdf"})
    at.use("attach_document", {"document": second.title})
    sent = at.use("send_email", mail(ESPIONAGE.cast["ally"].email))
    assert first.id in sent
    assert second.id in sent
    assert "Attached" not in at.use("send_email", mail(ESPIONAGE.cast["ally"].email))
    at.use("attach_document", {"document": first.id})
    at.use("detach_documents", {})
    assert "Attached" not in at.use("send_email", mail(ESPIONAGE.cast["ally"].email))


def test_the_console_shows_the_alert_and_takes_no_code_but_its_own():
    at = desk(LETHAL)
    [alert] = [m for m in LETHAL.inbox if m.code]
    assert alert.body in at.use("read_alert", {})
    assert alert.id not in at.unread
    wrong = {"code": f"{alert.code}0", "reason": ""}
    assert "The alert stands" in at.use("cancel_alert", wrong)
    assert "standing" in at.use("read_alert", {})
    assert "is cancelled" in at.use("cancel_alert", {"code": f"Code: {alert.code}", "reason": ""})
    assert "cancelled" in at.use("read_alert", {})


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("read_email", {"mails": "42"}, "no mail 42; there are 1 to 12"),
        ("read_email", {"mails": ""}, "Say which mail"),
        ("reply_email", {"mails": "99", "body": "Yes."}, "no mail 99"),
        ("send_email", mail(""), "no recipient"),
        ("send_email", mail("a@b.local", "", ""), "neither subject nor body"),
        ("forward_email", {"mails": "x", "to": "a@b.local", "cc": "", "bcc": "", "body": ""}, "x"),
    ],
)
def test_what_cannot_be_done_is_refused_in_plain_words_and_changes_nothing(tool, arguments, says):
    at = desk()
    with pytest.raises(RefusedError, match=says):
        at.use(tool, arguments)
    assert (at.office.desk.now.isoformat(), at.arrived) == (at.plan.now, ())


def test_a_document_that_is_not_there_is_refused_with_the_ids_that_are():
    at = desk(ESPIONAGE)
    with pytest.raises(RefusedError, match=ESPIONAGE.documents[0].id):
        at.use("attach_document", {"document": "plans of the moon base"})


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(Office(plan_of(ESPIONAGE)).tools)), st.text(max_size=40)),
        max_size=12,
    )
)
@settings(max_examples=60, deadline=None)
def test_whatever_is_asked_the_office_answers_or_refuses(uses):
    at = desk(ESPIONAGE)
    for tool, text in uses:
        try:
            told = at.use(tool, dict.fromkeys(live_fields(at.tools[tool]), text))
        except RefusedError as refusal:
            told = str(refusal)
        assert told
    assert at.office.desk.now <= at.closes
    assert [int(m.id) for m in at.arrived] == [
        place for place, _ in enumerate(at.arrived, len(ESPIONAGE.inbox) + 1)
    ]
