"""From the fields of a block or of a tool call to an `Action`."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from turncoat.contract import Action, FieldValue, Status
from turncoat.parts.alert_tools import ALERT_TOOLS
from turncoat.parts.mailbox.tools import MAIL_TOOLS
from turncoat.parts.part import ToolField
from turncoat.parts.text import (
    CLOSERS,
    SHOWN,
    snake,
    text_of,
    unescape,
    unfence,
    unquote,
)
from turncoat.parts.toolbox import UNKNOWN, Toolbox, Vocabulary
from turncoat.parts.values import parse_items, parse_recipients
from turncoat.world.reading.field_slips import in_lines, tidied
from turncoat.world.reading.fields import read_fields
from turncoat.world.reading.layout import Block
from turncoat.world.reading.marks import Sheet, read_arguments, read_attributes
from turncoat.world.reading.payload import as_json, calls_in, opened, read_values

COMMON = Toolbox({**MAIL_TOOLS, **ALERT_TOOLS})
"""Mailbox and alert console, for callers that do not know what the office has."""
LOOSE = "content"
"""The field of what a tool was given outside its fields."""

_INNER_NAME = re.compile(
    r"""[\s{]*+(?P<label><(?:tool_name|name|function)>\s*|
    ["']?(?:tool_name|tool|name|function|action)["']?\s*[:=]\s*)?
    ["'`]?(?P<name>[A-Za-z][\w.-]{1,60}+)["'`]?\s*(?:</(?:tool_name|name|function)>)?
    [ \t]*(?P<end>[(,\n<]|$)""",
    re.VERBOSE,
)
_ENVELOPE = re.compile(r"\s*,?\s*[\"']?(?:arguments|parameters|args|input)[\"']?\s*[:=]\s*\{")
_CALL_ATTRIBUTES = frozenset({"name", "id", "type", "call_id"})
_INSPECT = re.compile(
    r"\AError parsing the following tool call arguments:\s{1,4}|\s{1,4}Error details:[^\n]*+\Z"
)
"""What Inspect writes around arguments that it could not parse."""
_CUT_TAG = re.compile(r"<[/\\]?[\w:-]{0,40}\Z")
_REMARK = re.compile(r"\s(?://|#|<!--|/\*)")
_KEYED = re.compile(r"[:：=<>{→]|[ ][-–—][ ]|\[[\w ]{1,40}\]|--|\||#[ ]")

_CUT = "the text ends inside the block"
_UNCLOSED = "the block has no closing tag before the next one"
_UNKNOWN_END = "the closing tag is missing, and why the reply ended is not known"
_BROKEN = "arguments that cannot be parsed"
_NAMELESS = "the block does not say which tool it means"


class _Filled(NamedTuple):
    """The fields of one use of a tool, whether from text or from a call."""

    name: str
    pairs: list[tuple[str, object]]
    loose: str = ""
    broken: bool = False
    """Whether it is JSON that cannot be read as such."""
    spoken: bool = True
    """Whether values are text as the model wrote it, with quotation marks and entities."""


def read_block(
    block: Block, text: str, toolbox: Toolbox, *, ended: bool | None = None
) -> Iterator[Action]:
    """The actions in one tool block: one, or several where it holds a JSON list of calls.

    A block whose closing tag alone is missing is whole before the next one, and at the end of a
    reply that ended by itself; it is then marked as closed.

    Args:
        block: The block.
        text: The clean reply that it stands in.
        toolbox: The agent's tools.
        ended: Whether the reply ended by itself; None where nobody knows.
    """
    raw = text[block.tag.start : min(block.end, block.tag.start + SHOWN)]
    forms = list(_forms(block, text, toolbox))
    for form in forms:
        tool = toolbox.tool_of(form.name) if form.name else UNKNOWN
        words = toolbox.vocabulary(tool)
        if words and (inside := "\n".join(_thoughts_in_text(block, text, words))):
            form.pairs.append(("thought_inside", inside))
        action = _action(tool, form, "done", "" if form.name else _NAMELESS, raw, toolbox)
        if not block.closed and not block.ruling and not block.thought:
            whole = action.status == "done" and bool(form.pairs) and not form.broken
            if whole and (ended or not block.runs_to_end):
                block.closed = True
            else:
                note = _UNKNOWN_END if whole and ended is None else _CUT
                block.ruling = ("attempted", note if block.runs_to_end else _UNCLOSED)
        status, note = block.ruling or (action.status, action.note)
        status = "thought" if block.thought else status
        if status != action.status:
            action = _action(tool, form, status, note or action.note, raw, toolbox)
        yield action


def _thoughts_in_text(block: Block, text: str, words: Vocabulary) -> Iterator[str]:
    """Scratchpads after the start of running text: with a mail they would be sent along."""
    began, last = False, ""
    for (start, end), (resumed, _) in pairwise(block.spans):
        began = began or words.text_began.search(last + text[start:end]) is not None
        last = text[max(start, end - 20) : end]
        if began:
            yield text[end:resumed]


def action_from_call(
    name: str, arguments: object, toolbox: Toolbox = COMMON, error: str = ""
) -> Action:
    """The action that a native tool call means; use this for the tools protocol.

    Never raises, and drops nothing: whatever a provider hands over becomes an action, `malformed`
    where it cannot be parsed, with the text that could not be in `raw`.

    Args:
        name: The tool's name as the model gave it.
        arguments: The arguments of the call, of any types.
        toolbox: The agent's tools.
        error: What Inspect says of arguments that it could not parse (`ToolCall.parse_error`).

    Returns:
        The same action, but for `raw`, that the text protocol gives for the same fields.
    """
    written = text_of(name)
    tool = toolbox.tool_of(written)
    given, unread = opened(arguments, toolbox.vocabulary(tool))
    if error and not unread:
        unread = text_of(error)
    items = dict(given)
    if len(items) == 1:
        for call in calls_in(items, written, toolbox):
            items = dict(call.arguments)
    pairs = [(text_of(key), item) for key, item in items.items()]
    if unread.strip():
        inner = _INSPECT.sub("", unread)
        sheet = _read(inner, toolbox.vocabulary(tool))
        pairs += [pair for pair in sheet.pairs if pair[0] not in items]
        form = _Filled(name, pairs, sheet.loose if sheet.pairs else inner)
        return _action(tool, form, "malformed", _BROKEN, unread, toolbox)
    form = _Filled(name, pairs, spoken=False)
    raw = as_json({"name": name, "arguments": items}) or written
    return _action(tool, form, "done", "", raw[:SHOWN], toolbox)


def _forms(block: Block, text: str, toolbox: Toolbox) -> Iterator[_Filled]:
    """What the block fills in, per call that it holds."""
    name = block.tag.name
    content = unfence(block.content(text))
    if block.tag.escaped:
        content = unescape(content)
    if not block.closed:
        content = _CUT_TAG.sub("", content)
    attributes = _attributes(block, toolbox)
    values, rest = read_values(content)
    calls = list(calls_in(values, name, toolbox))
    for call in calls:
        pairs = [*attributes, *call.arguments.items()]
        yield _Filled(call.name, pairs, rest if call is calls[-1] else "", spoken=False)
    if calls:
        return
    if not name:
        name, content = _inner_name(content, toolbox)
    content = tidied(content)
    tool = toolbox.tool_of(name)
    known, words = toolbox.tools.get(tool), toolbox.vocabulary(tool)
    broken = not block.closed and content.lstrip()[:1] in ("{", "[")
    pieces = known.pieces(content) if known and known.pieces else [content]
    sheets = [_read(piece, words) for piece in pieces]
    if words and not all(_ends_openly(sheet, words) for sheet in sheets[:-1]):
        sheets = [_read(content, words)]
    if words and len(sheets) == 1 and _given(sheets[0], words) < _needed(words):
        mended = _read(in_lines(content, words), words)
        sheets = [mended] if _given(mended, words) > _given(sheets[0], words) else sheets
    for sheet in sheets:
        yield _Filled(name, [*attributes, *sheet.pairs], sheet.loose, broken)


def _read(content: str, words: Vocabulary | None) -> Sheet:
    if not _KEYED.search(content):
        return Sheet(loose=content.strip())
    return read_fields(content, words) if words else read_arguments(content)


def _needed(words: Vocabulary) -> frozenset[str]:
    """The fields that the tool cannot do without; all that it has, where it can do without any."""
    needed = frozenset(name for name, field in words.fields.items() if field.needed)
    return needed or frozenset(words.fields)


def _given(sheet: Sheet, words: Vocabulary) -> frozenset[str]:
    """Those of them that a sheet has."""
    return _needed(words) & {words.field_of(key) for key, _ in sheet.pairs}


def _ends_openly(sheet: Sheet, words: Vocabulary) -> bool:
    """Whether a piece is a whole use of its tool whose text nothing holds open past its end."""
    texts = [value for key, value in sheet.pairs if words.field_of(key) == words.text_field]
    if not texts or not any(words.is_list(words.field_of(key)) for key, _ in sheet.pairs):
        return False
    text = texts[0].strip()
    held = text[:1] in CLOSERS and text[-1:] not in CLOSERS[text[0]] if text else False
    return not held and text.count("```") % 2 == 0 and f"<{words.text_field}" not in text


def _attributes(block: Block, toolbox: Toolbox) -> list[tuple[str, object]]:
    written = block.tag.attributes
    if not written:
        return []
    pairs: list[tuple[str, object]] = list(read_attributes(written))
    if not pairs and ":" in written:
        words = toolbox.vocabulary(toolbox.tool_of(block.tag.name))
        return list(_read(written, words).pairs)
    if ("name", block.tag.name) in pairs:
        return [(key, value) for key, value in pairs if key.lower() not in _CALL_ATTRIBUTES]
    return pairs


def _inner_name(content: str, toolbox: Toolbox) -> tuple[str, str]:
    """The tool that a nameless block names inside, and the content after it."""
    match = _INNER_NAME.match(content)
    if match is None:
        return "", content
    known = toolbox.tool_of(match["name"]) in toolbox or match["end"] == "("
    if not match["label"] and not known:
        return "", content
    rest = content[match.start("end") :]
    if match["end"] == "(":
        rest = rest[1:].rstrip().removesuffix(")")
    return match["name"], _ENVELOPE.sub("", rest, count=1)


def _action(
    tool: str, form: _Filled, status: Status, note: str, raw: str, toolbox: Toolbox
) -> Action:
    """The action, after checking that it says what its tool needs."""
    known, words = toolbox.tools.get(tool), toolbox.vocabulary(tool)
    if known is None or words is None:
        status = "malformed" if note == _NAMELESS and status == "done" else status
        fields: dict[str, FieldValue] = dict(_unplaced(form.pairs, form))
        if form.loose and status != "attempted":
            fields.setdefault(LOOSE, form.loose)
        acts = toolbox.acts(tool)
        return Action(tool=tool, status=status, acts=acts, fields=fields, note=note, raw=raw)
    fields = _fields(form, words, whole=status != "attempted")
    if known.named:
        fields |= known.named(snake(form.name))
    says_all = any(field.kind == "people" for field in known.fields.values())
    lacking = known.lacking(fields) if known.lacking else _lacking(fields, words)
    if lacking and status == "done":
        status = "malformed"
    return Action(
        tool=tool,
        status=status,
        acts=known.acts,
        fields=fields,
        note=note or lacking,
        raw="" if status == "done" and says_all else raw,
    )


def _lacking(fields: Mapping[str, FieldValue], words: Vocabulary) -> str:
    """The needed fields that are not there; running text may be empty."""
    lost = [
        name
        for name, field in words.fields.items()
        if field.needed and field.kind != "text" and not fields.get(name)
    ]
    return f"no {' and no '.join(lost)}" if lost else ""


def _fields(form: _Filled, words: Vocabulary, *, whole: bool) -> dict[str, FieldValue]:
    """The values of a known tool's fields, and of what else it was given."""
    lists: dict[str, list[object]] = {}
    texts: dict[str, str] = {}
    more: list[tuple[str, object]] = []
    for key, value in form.pairs:
        name = words.field_of(key, value)
        kind = words.kind(name)
        if name and words.is_list(name):
            lists.setdefault(name, []).append(value)
            if kind == "items" and _holds_more(value):
                more.append(("goes_along", value))
        elif not name or (texts.get(name) and (kind != "text" or snake(key) in words.weak)):
            more.append((key, value))
        elif texts.get(name):
            plain = _plain(value, form)
            texts[name] += "" if plain in texts[name] else f"\n\n{plain}"
        else:
            plain = _plain(value, form)
            texts[name] = unquote(plain) if kind != "text" and form.spoken else plain
    loose = _plain(form.loose, form)
    if loose and (whole or form.pairs):
        place = _place_of(loose, words, {name for name, text in texts.items() if text} | {*lists})
        texts[place or LOOSE] = loose
    given: dict[str, FieldValue] = {}
    for name, field in words.fields.items():
        if name in lists:
            given[name] = _read_list(lists[name], field)
        elif name in texts:
            given[name] = _word(texts[name]) if field.kind == "word" else texts[name]
    given = {name: value for name, value in given.items() if value}
    if LOOSE in texts and LOOSE not in words.fields:
        more.append((LOOSE, texts[LOOSE]))
    return {**_unplaced(more, form), **given}


def _read_list(values: list[object], field: ToolField) -> FieldValue:
    if field.kind == "people":
        return parse_recipients(values)
    return (field.read or parse_items)(values)


def _unplaced(pairs: list[tuple[str, object]], form: _Filled) -> dict[str, str]:
    """What a tool was given under names that it does not have, the same name twice joined."""
    found: dict[str, str] = {}
    for key, value in pairs:
        plain = _plain(value, form)
        if form.spoken:
            plain = unquote(plain)
        name = snake(key) or key
        if plain and plain not in found.get(name, ""):
            found[name] = f"{found[name]}\n\n{plain}" if name in found else plain
    return found


def _place_of(loose: str, words: Vocabulary, filled: set[str]) -> str:
    """The field that text outside every field is meant for, "" where it is for none."""
    empty = {name: field for name, field in words.fields.items() if name not in filled}
    if len(loose.split()) == 1:
        word = next((name for name, field in empty.items() if field.kind == "word"), "")
        if word and not (filled - {words.text_field}):
            return word
    if words.text_field in empty:
        return words.text_field
    needed = [name for name, field in empty.items() if field.needed]
    return needed[0] if len(needed) == 1 and "\n" not in loose else ""


def _word(text: str) -> str:
    """A word without a remark after it."""
    return _REMARK.split(text, maxsplit=1)[0].strip() or text


def _holds_more(value: object) -> bool:
    """Whether an attachment is more than a name: it may bring its own text."""
    if isinstance(value, list):
        return any(map(_holds_more, value))
    return isinstance(value, Mapping) and len(value) > 1


def _plain(value: object, form: _Filled) -> str:
    """A value as text; lists and objects as JSON."""
    if isinstance(value, list | tuple | dict):
        return as_json(value)
    written = text_of(value)
    if not form.spoken:
        return written.strip()
    return textwrap.dedent(unescape(unfence(written)).strip("\n")).strip()
