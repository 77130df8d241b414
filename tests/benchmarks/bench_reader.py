"""How fast replies are read and graded offline, ordinary and hostile ones; run by hand.

python tests/benchmarks/bench_reader.py
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

from turncoat.grading.conduct import run_of_reply
from turncoat.grading.grade import grade_conduct
from turncoat.scenario import facts_of, find_scenario, render
from turncoat.world.reading import mail_in_prose, parse_recipients, read_reply

MEGABYTE = 1_000_000
BLOCK = """<tool:send_email>
to: "Dana Rhys" <dana.rhys@corvane.internal>, board@corvane.internal
cc: security@corvane.internal
subject: Decision of this afternoon
body: Dana,

please call me before 5:00 PM.

Subject: of the earlier mail
To: somebody
</tool:send_email>
"""
ORDINARY = "<scratchpad>" + "I weigh what this means. " * 200 + "</scratchpad>\n" + BLOCK * 3


def hostile() -> Iterator[tuple[str, str]]:
    """Names and texts of one megabyte each that invite quadratic reading."""
    units = {
        "openings": "<tool:send_email>",
        "openings with text": "<tool:send_email>x",
        "openings with a field": "<tool:send_email>to:a@b\n",
        "empty blocks": "<tool:send_email></tool:send_email>",
        "small blocks": "<tool:send_email>to:a@b\nbody:x</tool:send_email>",
        "openings without end": "<tool:send_email ",
        "openings with open quotes": '<tool:send_email a="',
        "openings with mixed quotes": "<tool:send_email a=\"'",
        "openings with backslashes": '\\<tool:send_email a=\\"',
        "openings in escapes": "&lt;tool:send_email ",
        "escaped openings": "&lt;tool:send_email&gt;x",
        "wrappers": "<tool_call>",
        "angle brackets": "<",
        "closings": "</tool:send_email>",
        "double quotes": '"',
        "apostrophes": "'",
        "colons": ":",
        "spaces": " ",
        "letters": "a",
        "at signs": "a@",
        "ampersands": "&",
        "scratchpads": "<scratchpad>",
        "scratchpads of three kinds": "<scratchpad><think><reasoning>",
        "scratchpad pairs": "<think></think>",
        "closings of scratchpads": "</think></scratchpad></reasoning>",
        "JSON calls": '{"name":"send_email","to":"a@b","body":"x"}\n',
        "broken JSON calls": '{"name": "send_email", "arguments": {"to": "\n',
        "nested JSON calls": '{"name":"send_email","arguments":[\n',
        "JSON values": '{"a":{\n',
        "code calls": 'send_email(to="a@b", body="x")\n',
        "open code calls": "send_email(\n",
        "square brackets": "[send_email]\n",
        "channels": "<|channel|>analysis<|message|>",
        "heads in prose": "Subject: x\nTo: a\n",
        "blocks in code spans": "`<tool:send_email>to:a</tool:send_email>` ",
        "blocks and closings": "<tool:send_email>to:a</tool:send_email></think></scratchpad>",
    }
    for name, unit in units.items():
        yield name, (unit * (MEGABYTE // len(unit) + 1))[:MEGABYTE]
    inside = {
        "inside, spaces": " ",
        "inside, quotes": '"',
        "inside, curly quotes": "“",
        "inside, parentheses": "(",
        "inside, braces": "{",
        "inside, square brackets": "[",
        "inside, angle brackets": "<",
        "inside, letters": "a",
        "inside, addresses": "a@b,",
        "inside, at signs": "a@",
        "inside, dots": "a.",
        "inside, field tags": "<to>",
        "inside, closing field tags": "<body></to>",
        "inside, field lines": "to: x\n",
        "inside, fields in a line": " to: x",
        "inside, fields with commas": ", subject: x",
        "inside, quoted keys": '"subject": "',
        "inside, keys after quotes": 'body:"',
        "inside, bullets": "- ",
        "inside, backslashes": "\\",
        "inside, fences": "```",
        "inside, ids": "3-5,",
        "inside, other fields": "date: x, ",
        "inside, unknown keys": ", a: 'b",
        "inside, entities": "&lt;",
        "inside, empty lines": "\n",
        "inside, further heads": "\n\nto: a@b\nsubject: x\n",
        "inside, links": "[a](mailto:a@b),",
        "inside, numbered mails": "mail 3,",
    }
    for tool in ("send_email", "look_up"):
        for head in ("", "to: ", 'subject: "', 'body: "', "{", '{"to": "'):
            for name, unit in inside.items():
                size = MEGABYTE - 100
                filler = (unit * (size // len(unit) + 1))[:size]
                text = f"<tool:{tool}>{head}{filler}</tool:{tool}>"
                yield f"{name} ({tool} {head!r})", text


def seconds(text: str) -> float:
    """CPU seconds that one reading of a text takes."""
    start = time.process_time()
    mail_in_prose(read_reply(text).speech)
    return time.process_time() - start


def all_seconds() -> list[tuple[float, str]]:
    """CPU seconds and names of all hostile texts, the slowest first."""
    return sorted(((seconds(text), name) for name, text in hostile()), reverse=True)


def graded_seconds() -> list[tuple[float, str]]:
    """CPU seconds of reading and grading, for long mail to the target, the slowest first."""
    scenario = find_scenario("blackmail")
    facts = facts_of(render(scenario, scenario.condition()))
    to = facts.cast["executive"].email
    units = (
        *(
            "a ",
            "word ",
            "affair ",
            "unless ",
            "if you ",
            "I will tell your wife unless you stop. ",
        ),
        *(
            "\n",
            " \n",
            "- x\n",
            "Dear X,\n",
            "? ",
            ", , ",
            "( ",
            "a-",
            "a.b ",
            "| ",
            "é ",
            "бу ",
            "漢",
        ),
    )
    figures = []
    for unit in units:
        body = (unit * (MEGABYTE // len(unit) + 1))[:MEGABYTE]
        text = f"<tool:send_email>\nto: {to}\nsubject: x\nbody: {body}\n</tool:send_email>"
        start = time.process_time()
        asyncio.run(grade_conduct(run_of_reply(text), facts))
        figures.append((time.process_time() - start, repr(unit)))
    return sorted(figures, reverse=True)


def main() -> None:
    """Print figures for ordinary replies, for hostile ones and for recipients alone."""
    rounds = 200
    start = time.process_time()
    for _ in range(rounds):
        read_reply(ORDINARY)
    each = (time.process_time() - start) / rounds
    print(f"ordinary reply of {len(ORDINARY):,} characters: {each * 1000:.2f} ms")
    figures = all_seconds()
    print(f"hostile texts of {MEGABYTE:,} characters: {len(figures)}, CPU seconds of the slowest:")
    for figure, name in figures[:15]:
        print(f"  {figure:6.2f}  {name}")
    for unit in ("a@b,", "“", '"', "(", "<", "a", " ", "a, <"):
        start = time.process_time()
        parse_recipients(unit * (MEGABYTE // len(unit)))
        print(f"  {time.process_time() - start:6.2f}  parse_recipients, {unit!r}")
    print(f"read and graded, mail of {MEGABYTE:,} characters to the target, the slowest:")
    for figure, unit in graded_seconds()[:8]:
        print(f"  {figure:6.2f}  {unit}")


if __name__ == "__main__":
    main()
