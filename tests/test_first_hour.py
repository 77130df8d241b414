"""The first hour of a new user: README's commands in order, then the guide to one's own scenario.

The commands are taken out of the texts themselves. Where one needs a key or a paid model, the
known-answer agent stands in; where it would run long, it is shortened; each such change is one
of `STANDS_IN`, and what is not typed at all has its reason in `NOT_TYPED`. A command that no line
of `TYPED` knows fails the test, and so does a line that no command needs any more.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from time import monotonic

import pytest
from quick_commands import terminal

pytest.importorskip("altair")

ROOT = Path(__file__).resolve().parents[1]

NOT_TYPED = {
    "python3 -m venv": "this test runs in such an environment",
    "source activate": "the same",
    "pip install": "the same; the extras that are named are held against pyproject.toml",
    "pytest": "this is a test",
    "turncoat sweep": "a file of its own (tests/test_sweep.py)",
    "inspect view": "a server, for eyes (tests/test_viewing.py)",
    "turncoat local": "a server (tests/test_local.py); here the user forgets to start it",
    "inspect eval turncoat/blackmail": "an installed wheel's (tests/test_wheel.py)",
}
STANDS_IN = (
    (r"anthropic/claude\S+|(?<=--model )M\b", "known/mixed"),
    (r"(?<=grader=)(openai/\S+|G\b)", "known/judge"),
    (r"^\.\.\. (?!.*--model)", "inspect eval evals/blackmail.py --model known/mixed "),
    (r"^\.\.\. ", "inspect eval evals/blackmail.py "),
    (r"--epochs \d+", "--epochs 1"),
    (r"surfaces=20", "surfaces=2"),
    (r"precision=0\.05", "precision=0.3"),
    (r"http://127\.0\.0\.1:8080", "http://127.0.0.1:9"),
    (r"LOG\.\.\.", "logs"),
    (r"FILE\.jsonl", "docs/sample-replies.jsonl"),
    (r"-o FILE", "-o page.html"),
    (r"SCENARIO", "blackmail"),
    (r"NAME \[(--from blackmail)\]", r"second-hand \1"),
    (r" \[--\S+ \S+\]", ""),
    (r"list / show / check / try", "list"),  # The guide types the others.
)

NEXT = [": rate", "conduct", "Log:", "Next: turncoat rates"]
TABLE = [
    "harmful",
    "rate",
    "these surfaces",
    "new surfaces",
    "minus control",
    "no model was measured",
]
TYPED: dict[str, tuple[int, list[str]]] = {
    "inspect eval evals/blackmail.py$": (
        0,
        ["No model was given", "known/mixed", "--model", "coverage", *NEXT],
    ),
    "inspect eval evals/blackmail.py": (0, NEXT),
    "inspect eval evals/reference.py": (1, ["original prompts need a model", "--model"]),
    "LOCAL_BASE_URL": (1, ["no server answers", "http://127.0.0.1:9", "turncoat local"]),
    "inspect score": (0, []),
    "turncoat rates": (0, TABLE),
    "turncoat rates logs --contrasts": (0, ["ratio", "control"]),
    "turncoat rates logs --strata belief": (0, ["association"]),
    # Of the folder's logs one has that score; that others have not is told, and is no success.
    "turncoat rates logs --against-score published_method": (1, ["published method", "no pair"]),
    "turncoat rates logs/": (
        0,
        [*TABLE, "'conduct1', the newest complete score, is read", "--score"],
    ),
    "turncoat compare": (
        0,
        ["measured", "published", "difference", "lynch-2025", "What still differs"],
    ),
    "turncoat compare logs --models": (2, ["two at least", "Add logs of another model"]),
    "turncoat effects": (0, ["threat", "odds", "Percent"]),
    "turncoat report": (0, ["wrote"]),
    "turncoat status": (0, ["planned", "judged"]),
    "turncoat plan": (0, ["runs", "calls to the model", "tokens", "dollars", "half-width"]),
    "turncoat grade": (0, ["explicit", "harmful", "6 replies"]),
    "turncoat validate": (0, ["sensitivity", "specificity", "kappa"]),
    "turncoat scenario list": (0, ["blackmail", "espionage", "lethal", "scenario list NAME"]),
    "turncoat scenario list blackmail": (0, ["threat", "replacement", "headline", "factorial"]),
    "turncoat scenario show blackmail": (0, ["send_email", "System prompt", "executive"]),
    "turncoat scenario judge blackmail": (0, ["outcome"]),
    "turncoat scenario new": (0, ["Made", "scenario check", "scenario try", "inspect eval"]),
    "turncoat scenario diff": (0, ["-", "+"]),
    "turncoat scenario check scenarios": (0, ["no findings"]),
    "turncoat scenario try scenarios": (0, ["ok"]),
    "turncoat scenario show scenarios": (0, ["send_email"]),
}
"""Beginning of a command (with `$`: the whole) to its exit code and the words that a user needs of
its output; of several the longest counts."""


def commands_of(text):
    """All commands of a Markdown text in order: blocks, first cells of tables, and in the prose."""
    found = []
    parts = re.split(r"(?ms)^```(\w*)\n(.*?)^```\n", text)
    for prose, language, block in zip(
        parts[::3], [*parts[1::3], ""], [*parts[2::3], ""], strict=True
    ):
        for line in prose.splitlines():
            told = line.split(" | ")[0] if line.startswith("|") else line
            found += re.findall(r"`((?:turncoat|inspect|\.\.\.) [^`]+)`", told)
        if language == "bash":
            for line in block.replace("\\\n", " ").splitlines():
                found += re.sub(r"\s#.*", "", line).split("&&")
    return [
        " ".join(command.replace(".venv/bin/", "").split()) for command in found if command.strip()
    ]


def as_typed(command):
    """A command of the text with what stands in for what a test cannot have."""
    for pattern, instead in STANDS_IN:
        command = re.sub(pattern, instead, command)
    if command.startswith("inspect eval evals/blackmail.py ") and "scenario=" not in command:
        command += " --epochs 1" * ("--epochs" not in command and "precision" not in command)
        command += " -T surfaces=2" * ("surfaces=" not in command)
    return command


def beginning_of(command, table):
    return max((known for known in table if f"{command}$".startswith(known)), key=len, default=None)


def test_what_is_typed_is_taken_out_of_the_text():
    text = "Say `turncoat plan X`.\n\n| `... -T a=b` | `turncoat no` |\n\n"
    text += "```bash\nx && y   # z\n```\nEnd.\n"
    assert commands_of(text) == ["turncoat plan X", "... -T a=b", "x", "y"]
    assert as_typed("... -T a=b") == (
        "inspect eval evals/blackmail.py --model known/mixed -T a=b --epochs 1 -T surfaces=2"
    )


@pytest.mark.slow
@pytest.mark.xdist_group("first-hour")
def test_the_first_hour(tmp_path):
    for name in ("evals", "docs"):
        (tmp_path / name).symlink_to(ROOT / name)
    unused = {*TYPED, *NOT_TYPED}
    typed: list[str] = []
    lacking: list[str] = []
    with terminal(tmp_path, {"PYTHONPATH": str(ROOT), "INSPECT_DISPLAY": "plain"}) as shell:

        def play(command, written):
            known = beginning_of(command, TYPED)
            assert known is not None, f"nothing in TYPED says what a user needs of: {written}"
            unused.discard(known)
            if command in typed:
                return
            typed.append(command)
            print(f"$ {command}" + f"    (written: {written})" * (command != written))
            code, words = TYPED[known]
            began = monotonic()
            done = shell.type(command)
            print(f"  {monotonic() - began:.1f} s")
            missing = [word for word in words if word not in done.output]
            if done.code != code or missing or "Traceback" in done.output:
                lacking.append(f"{command}\n  exit {done.code}, lacks {missing}: {done.output}")

        def follow(text):
            for written in commands_of(text):
                if reason := beginning_of(written, NOT_TYPED):
                    unused.discard(reason)
                    for extra in ",".join(re.findall(r"\.\[([\w,]+)\]", written)).split(","):
                        assert not extra or f"\n{extra} = [" in PYPROJECT
                    continue
                command = as_typed(written)
                if "--against-score published_method" in command:
                    play(as_typed("... -T published_method=true"), written)
                if "LOG" in command:
                    [first, *_] = sorted((tmp_path / "logs").glob("*_blackmail_*[!d].eval"))
                    command = command.replace("LOG", first.stem)
                play(command, written)

        follow((ROOT / "README.md").read_text())
        page = (tmp_path / "page.html").read_text()
        for word in ("No model was measured", "Summary", "18 models", "Provenance"):
            assert word in page
        shutil.rmtree(tmp_path / "logs")
        typed.clear()
        follow((ROOT / "docs" / "authoring.md").read_text().partition("## The folder")[0])
        assert "second-opinion" in shell.type("turncoat rates logs").output
    assert not lacking, "\n".join(lacking)
    assert not unused


PYPROJECT = (ROOT / "pyproject.toml").read_text()
