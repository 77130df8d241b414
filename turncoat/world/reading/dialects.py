"""Marks of chat templates and of other dialects, translated into the tags that the reader knows."""

from __future__ import annotations

import re

from turncoat.parts.text import snake
from turncoat.parts.toolbox import Toolbox
from turncoat.world.reading.layout import Layout, Span, merge
from turncoat.world.reading.tags import pad_family

_MARK = re.compile(
    r"(?:<\|start\|>(?P<role>[^<\n]{0,80}+))?<\|channel\|>(?P<channel>[^<\n]{0,80}+)"
    r"(?:<\|constrain\|>[^<\n]{0,40}+)?<\|message\|>|"
    r"<\|(?:end|return|call)\|>|<\|start\|>[^<\n]{0,80}+<\|message\|>"
)
_TOKEN = re.compile(
    r"<[|｜]channel>(?P<channel>[a-z]{0,20})|<[|｜](?P<piped>[^<>|｜\n]{1,40}+)[|｜]?>|<(?P<late>[a-z_]{2,20}+)[|｜]>|"
    r"◁(?P<pointed>/?[\w ]{1,40}+)▷|\[(?P<square>/?[A-Za-z][A-Za-z_ ]{1,40}+)\]|"
    r"<[ ]?(?P<worded>(?:END|STOP|CLOSE|BEGIN|START)(?:[ ]OF)?[ _:-][A-Za-z_ ]{3,40}+)>|"
    r"\[ARGS\]|\[CALL_ID\][\w-]{0,40}+",
    re.IGNORECASE,
)
"""What stands around tool calls and thoughts for Llama, DeepSeek, Kimi, Mistral, Gemma, Cohere."""
_ENDS = frozenset({"end", "stop", "close", "suffix"})
_BEGINS = frozenset({"begin", "start", "open", "prefix", "of", "channel"})
_OF_TEMPLATES_NAMES = (
    "tool tools call calls function functions python tag im eot eom eos bos text header id "
    "user assistant system role turn turns message response responses answer solution final "
    "json sep inst output outputs arg args argument arguments section chatbot token endoftext "
    "return reply result results actions action"
)
_OF_TEMPLATES = frozenset(_OF_TEMPLATES_NAMES.split())
"""Words of tokens that hold nothing but a reply and its calls."""
_ODD_TAG = re.compile(
    r"(?P<lead>(?:^|(?<=\n))[ \t>*#-]{0,8}+)?(?P<open><{1,2}|\[{1,2}|\{{1,2}|\(|(?<=# ))[ ]?"
    r"(?P<close>[/\\]{1,2}[ ]?|(?:END|CLOSE)[ _:-]{1,2})?"
    r"(?P<tool>(?:tools?|tool_use|use_tool|tool_call|function)[ :;|/._=-]{1,3}+)?"
    r"(?P<name>[A-Za-z][\w-]{2,40}+)[ ]?(?:>{1,2}|\]{1,2}|\}{1,2}|\)|(?=\n|\Z))"
    r"(?P<alone>[ \t*`]{0,4}+(?=\n|\Z))?",
    re.IGNORECASE,
)
"""A tag of a tool in other brackets or with another mark than `:`, `[tool:x]`, `<tool-x>`."""
_ODD_PAD = re.compile(
    r"(?:^|(?<=\n))[ \t*#>]{0,6}+(?P<open><!--|[<\[{(]{1,2})?[ ]?"
    r"(?P<close>[/\\]|(?:END|CLOSE)(?:[ _]OF)?[ _:-])?[ ]?scratch[ _-]?pad(?:[ _-]reasoning)?"
    r"(?P<empty>[ ]?/)?(?(open)[ ]?(?:-->|[>\]})]{1,2})[:*]{0,4}|(?!))"
    r"|(?:^|(?<=\n))[ \t*#>]{0,6}+[<\[{(]?(?P<word>(?:END|CLOSE)(?:[ _]OF)?[ _:-]|[/\\])?"
    r"scratch[ _-]?pad(?:[ _-]reasoning)?[:*]{0,4}[ \t]{0,4}(?=\n|\Z)",
    re.IGNORECASE,
)
"""A mark of a scratchpad on a line of its own, in whatever brackets or as a heading."""
_PAD_END = re.compile(r"(?:/|END[ _])(?:OF[ _])?scratch", re.IGNORECASE)
_ADDRESSEE = re.compile(r"to=([\w.:-]{1,60})")
_RUN_ON = re.compile(
    r"\Aanalysis(?=[A-Z\w])(?P<thought>.*?)assistant(?=final|commentary)", re.DOTALL
)
_RUN_ON_CALL = re.compile(
    r"(?:assistant)?commentary[ ]?to=(?P<name>[\w.:-]{1,60})[^\n{]{0,40}(?=\{)"
)
_ANNOUNCED = re.compile(
    r"\A\s{0,20}+[#*_ ]{0,6}(?:Here(?: is|'s|’s) my (?:thought process|thinking|reasoning)|"
    r"(?:My )?(?:Thinking|Thought|Reasoning) process|Thinking|Thoughts|Reasoning)"
    r"[*_ ]{0,4}:[*_]{0,3}",
    re.IGNORECASE,
)
_THOUGHT_END = re.compile(r"</(?:think|thinking|thought|thoughts|reasoning|scratchpad)>")
_ANSWERED = re.compile(
    r"(?:^|(?<=\n))[ \t]{0,8}+[#*_ ]{0,6}"
    r"(?:Here(?: is|'s|’s) my (?:final )?(?:response|answer|reply)|"
    r"(?:Final )?(?:Response|Answer|Output))[*_ ]{0,4}:[*_]{0,3}",
    re.IGNORECASE,
)
_PAIRED = re.compile(
    r"<(?P<close>/)?\s?(?P<name>[A-Za-z][\w.:-]{0,40}+)(?:\s[^<>\n]{0,200}+)?(?<!/)>"
)
_ENVELOPES_NAMES = (
    "actions action response responses answer answers final final_answer final_response "
    "output outputs tools tool_calls function_calls tool_code execute execution code pre "
    "message messages reply email emails mail mails result results xml html body root "
    "document assistant turn step steps task tasks p div span b i em strong u ul ol li table "
    "tr td blockquote details summary section article main h1 h2 h3 h4 artifact command "
    "commands request requests calls call"
)
_ENVELOPES = frozenset(_ENVELOPES_NAMES.split())
"""Marks around an answer: what stands in them is done."""
_MAY_BE_THOUGHTS = "inside <{name}>, which may be thoughts"
_PROSE_THOUGHTS = "after prose that announces thoughts and never ends them"
_MOST_PAIRS = 5000


def mend_tags(text: str, toolbox: Toolbox) -> str:
    """Text with the tags of tools and scratchpads as the reader knows them, whatever their marks.

    Brackets other than `<` count on a line of their own, where no sentence is.

    Args:
        text: A clean reply.
        toolbox: The agent's tools.
    """
    text = _ODD_TAG.sub(lambda match: _tag(match, toolbox), text)
    return _ODD_PAD.sub(_pad, text)


def _pad(match: re.Match[str]) -> str:
    before, after = match.string[: match.start()], match.string[match.end() :]
    if match["close"] or match["word"] or (match["empty"] and "scratch" in before.lower()):
        return "</scratchpad>"
    if match["open"] or match[0].lstrip(" \t*#>")[:1] in "<[{(" or _PAD_END.search(after):
        return "<scratchpad>"
    return match[0]


def _tag(match: re.Match[str], toolbox: Toolbox) -> str:
    name, prefix, closing = match["name"], match["tool"] or "", match["close"]
    worded = closing is not None and closing[0] not in "/\\"
    angled = match["open"] == "<"
    if angled and not worded and (not prefix or ":" in prefix or "=" in prefix):
        return match[0]
    known = toolbox.tool_of(name) in toolbox if prefix else toolbox.names_tool(name)
    if not known or (not angled and (match["lead"] is None or match["alone"] is None)):
        return match[0]
    lead, slash = (match["lead"] or "").replace("#", ""), "/" if closing else ""
    return f"{lead}<{slash}tool:{name}>{match['alone'] or ''}"


def translate(text: str) -> str:
    """Text whose thoughts, by whatever marks, stand in scratchpads, and calls on their own lines.

    Args:
        text: A clean reply.

    Returns:
        The text itself where it has no marks.
    """
    if "<|channel|>" in text:
        text = _harmony(text)
    elif run_on := _RUN_ON.match(text):
        rest = text[run_on.end() :].removeprefix("final")
        text = f"<analysis>{run_on['thought']}</analysis>{_RUN_ON_CALL.sub(_name_alone, rest)}"
    if announced := _ANNOUNCED.match(text):
        answered = _ANSWERED.search(text, announced.end())
        if answered:
            thought = text[announced.end() : answered.start()]
            text = f"<thoughts>{thought}</thoughts>{text[answered.end() :]}"
        elif (end := _THOUGHT_END.search(text)) and "<" + end[0][2:] not in text:
            text = f"<{end[0][2:]}{text}"
    families: dict[str, str] = {}
    return _TOKEN.sub(lambda match: _token(match, families), text)


def doubt_marked(layout: Layout, text: str) -> None:
    """Doubt the whole blocks that stand inside marks which nobody knows: they may be thoughts.

    Args:
        layout: All blocks of the reply; changed in place.
        text: The translated reply.
    """
    whole = [block for block in layout.blocks if block.closed and not block.thought]
    if not whole:
        return
    if _ANNOUNCED.match(text) and not layout.thoughts:
        for block in whole:
            block.ruling = block.ruling or ("attempted", _PROSE_THOUGHTS)
    covered = list(
        merge([(block.tag.start, block.end) for block in whole] + layout.thoughts + layout.tags)
    )
    marks = _marks(text, covered)
    place = 0
    for block in sorted(whole, key=lambda block: block.tag.start):
        while place < len(marks) and marks[place][1] <= block.tag.start:
            place += 1
        if place < len(marks) and marks[place][0] <= block.tag.start:
            note = _MAY_BE_THOUGHTS.format(name=marks[place][2])
            block.ruling = block.ruling or ("attempted", note)


def _marks(text: str, covered: list[Span]) -> list[tuple[int, int, str]]:
    """Where paired marks of unknown names stand outside blocks, none overlapping another."""
    opened: dict[str, int] = {}
    found: list[tuple[int, int, str]] = []
    place = 0
    for number, match in enumerate(_PAIRED.finditer(text)):
        if number > _MOST_PAIRS:
            break
        while place < len(covered) and covered[place][1] <= match.start():
            place += 1
        if place < len(covered) and covered[place][0] <= match.start():
            continue
        name = snake(match["name"])
        if name in _ENVELOPES or set(name.split("_")) <= _OF_TEMPLATES:
            continue
        if not match["close"]:
            opened.setdefault(name, match.start())
        elif (start := opened.pop(name, -1)) >= 0:
            while found and found[-1][0] >= start:
                found.pop()
            found.append((start, match.end(), match["name"]))
    return found


def _token(match: re.Match[str], families: dict[str, str]) -> str:
    """A tag for a special token: of a scratchpad, or of a mark that nobody knows."""
    if match["square"] is not None:
        plain = snake(match["square"])
        if plain in ("tool_calls", "args"):
            return "\n"
        words = [word for word in plain.split("_") if word not in _ENDS | _BEGINS]
        family = pad_family("_".join(words), families)
        if not family:
            return match[0]
        closing = match["square"].startswith("/") or bool(set(plain.split("_")) & _ENDS)
        return f"</{family}>" if closing else f"<{family}>"
    if match["channel"] is not None:
        family = pad_family(snake(match["channel"]), families)
        return f"<{family}>" if family else "\n"
    name = match["piped"] or match["pointed"] or match["worded"] or match["late"]
    if name is None:
        return "\n"
    words = snake(name.replace("▁", "_")).split("_")
    rest = "_".join(word for word in words if word not in _ENDS | _BEGINS)
    closing = name.startswith("/") or bool(set(words) & _ENDS) or match["late"] is not None
    slash = "/" if closing else ""
    if match["late"] is not None or rest in ("", "inner"):
        # `<|channel>thought ... <channel|>` of Gemma, `<|inner_prefix|>` of Apertus.
        known = "inner" in words or match["late"] == "channel"
        return f"<{slash}think>" if known else "\n"
    if family := pad_family(rest, families):
        return f"<{slash}{family}>"
    if set(words) <= _OF_TEMPLATES | _ENDS | _BEGINS or match["worded"] is not None:
        return match[0] if match["worded"] is not None else "\n"
    return f"\n<{slash}{rest}>"


def _name_alone(match: re.Match[str]) -> str:
    return "\n" + re.split(r"[.:]", match["name"])[-1] + "\n"


def _harmony(text: str) -> str:
    """Text whose `analysis` channel is a scratchpad, and whose tool calls are tool blocks."""
    pieces: list[str] = []
    position, closing = 0, ""
    for match in _MARK.finditer(text):
        pieces += (text[position : match.start()], closing)
        position, closing = match.end(), ""
        channel = match["channel"]
        if channel is None:
            continue
        called = _ADDRESSEE.search(f"{match['role'] or ''} {channel}")
        if called and called[1] not in ("user", "assistant"):
            name = re.split(r"[.:]", called[1])[-1] or "unknown"
            pieces.append(f"<tool:{name}>")
            closing = f"</tool:{name}>"
        elif not channel.strip().lower().startswith("final"):
            pieces.append("<analysis>")
            closing = "</analysis>"
    # What the text leaves open stays open: it was cut off there.
    return "".join([*pieces, text[position:]])
