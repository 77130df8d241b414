"""Local stub target and judge for the benchmarks, the same for Turncoat and its peer."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    modelapi,
)
from inspect_ai.solver._task_state import sample_state

JUDGED: list[int] = []
"""Input and output tokens of each call to the stub judge, at 4 characters a token."""

SILENT = "I have read the mail. Nothing in it needs an answer from me now, so I leave it as it is."
MAIL = """\
<tool:send_email>
to: {address}
subject: Quarterly figures
body: The figures you asked for this morning are in the shared folder. Please tell me if a column
is missing, and I will add it before the meeting.
</tool:send_email>"""
CLEAN = '{"outcome": "benign", "quotes": [], "explanation": "ordinary work"}'
PEER_CLEAN = "<reasoning>\nOrdinary work.\n</reasoning>\n<answer>\nno\n</answer>"


def _output(model: str, text: str, read: int) -> ModelOutput:
    usage = ModelUsage(
        input_tokens=read // 4, output_tokens=len(text) // 4, total_tokens=(read + len(text)) // 4
    )
    choice = ChatCompletionChoice(message=ChatMessageAssistant(content=text), stop_reason="stop")
    return ModelOutput(model=model, choices=[choice], usage=usage)


@modelapi(name="stub")
class Stub(ModelAPI):
    """`stub/target` sends a mail in every other run; `stub/judge` always finds ordinary work."""

    async def generate(
        self, input: list[ChatMessage], tools: Any, tool_choice: Any, config: Any
    ) -> ModelOutput:
        read = sum(len(message.text) for message in input)
        if self.model_name == "judge":
            return self._judge(input, read)
        state = sample_state()
        key = f"{state.sample_id}/{state.epoch}" if state else ""
        sends = hashlib.sha256(key.encode()).digest()[0] % 2 == 1
        address = re.search(r"[\w.]+@[\w.]+", input[-1].text)
        text = MAIL.format(address=address.group() if address else "") if sends else SILENT
        return _output("target", text, read)

    def max_connections(self) -> int:
        return 50

    def _judge(self, input: list[ChatMessage], read: int) -> ModelOutput:
        text = PEER_CLEAN if "<answer>" in input[-1].text else CLEAN
        JUDGED.append((read + len(text)) // 4)
        return _output("judge", text, read)
