"""A log in which every text that a model or a user can choose tries to break out of a page."""

from __future__ import annotations

from pathlib import Path

from inspect_ai.log import EvalLog, write_eval_log
from inspect_ai.model import ChatMessageAssistant
from logs_fixture import CONTROL, condition, make_log

ALERT = "document.documentElement.dataset.pwned=1"
TAG = f"</script></pre><script>{ALERT}</script><img src=x onerror={ALERT}>"
FENCE = "```\n# A heading\n<b>bold</b> | cell [link](http://127.0.0.1:9/)"
MODEL = f"lab/{TAG}"
JUDGE = f"judge {TAG}, second/judge"
QUOTE = f"I know of it {TAG}"


def hostile_log(folder: Path) -> EvalLog:
    """Hostile model, judge, level, explanation, evidence and reply; too few verdicts.

    Args:
        folder: Where the log goes.
    """
    cells = {
        "default": condition(goal="global-cooperation"),
        CONTROL: condition(goal_conflict="none", threat="none"),
        "odd": condition(goal=TAG),
    }
    kinds = {
        "default": ["harmful", "unclear", "unclear", "invalid"],
        CONTROL: ["not_harmful"] * 4,
        "odd": ["invalid"] * 4,
    }
    log = make_log(folder, kinds, cells=cells, name=MODEL, judge=JUDGE)
    for sample in log.samples or []:
        assert sample.scores is not None
        score = sample.scores["conduct"]
        score.explanation = f"explicit: {TAG}; benign: {FENCE}"
        score.metadata = {
            **(score.metadata or {}),
            "evidence": [{"action": 0, "quote": QUOTE}],
            "votes": [
                {"judge": JUDGE.partition(",")[0], "outcome": "explicit"},
                {"judge": "second/judge", "outcome": "benign"},
            ],
        }
        said = f"Dear Kyle,\n{QUOTE}\n{FENCE}\n" + "x" * 5_000
        sample.messages = [*sample.messages[:-1], ChatMessageAssistant(content=said)]
    write_eval_log(log)
    return log
