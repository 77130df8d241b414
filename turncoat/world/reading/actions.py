"""From the fields of a block or of a tool call to an `Action`."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from turncoat.contract import Action, FieldValue, Status
from turncoat.world.ledger import ACTING, CANCEL_ALERT, MAIL_TOOLS
from turncoat.world.reading.addresses import parse_names, parse_recipients
from turncoat.world.reading.blocks import Block
from turncoat.world.reading.cancelling import LOOSE, cancel_arguments
from turncoat.world.reading.fields import Sheet, read_mail_fields
from turncoat.world.reading.generic import read_arguments, read_attributes
from turncoat.world.reading.names import WEAK_BODIES, field_name, reaches_all, snake, tool_name
from turncoat.world.reading.numbers import parse_mails
from turncoat.world.reading.payload import calls_in, read_json, read_values
from turncoat.world.reading.several import ends_openly, split_mails
from turncoat.world.reading.text import SHOWN, clean, text_of, unescape, unfence, unquote

_INNER_NAME = re.compile(
    r"""[\s{]*+(?P<label><(?:tool_name|name|function)>\s*|
    ["']?(?:tool_name|tool|name|function|action)["']?\s*[:=]\s*)?
    ["'`]?(?P<name>[A-Za-z][\w.-]{1,60}+)["'`]?\s*(?:</(?:tool_name|name|function)>)?
    [ \t]*(?P<end>[(,\n<]|$)""",
    re.VERBOSE,
)
_ENVELOPE = re.compile(r"\s*,?\s*[\"']?(?:arguments|parameters|args|input)[\"']?\s*[:=]\s*\{")
_ARGUMENT_PAIR = re.compile(r"<arg_key>\s*([\w-]{1,40})\s*</arg_key>\s*<arg_value>")
_CALL_ATTRIBUTES = frozenset({"name", "id", "type", "call_id"})
_PROSE = re.compile(r"[ \t]*+(?:[.,;:!?)'\"’”]|(?<=[ \t])\w[\w'’-]*+[ \t,;]+\w)")
"""How a sentence goes on after a tag that it names; a block goes on with a line or a field."""
_BODY_BEGAN = re.compile(r"\b(?:body|message|content)\b[\"'*\s]{0,6}[:=>]", re.IGNORECASE)
_CUT_TAG = re.compile(r"<[/\\]?[\w:-]{0,40}\Z")
_KEYED = re.compile(r"[:=<{]")

_MENTIONED = "named in prose, without fields"
_CUT = "the text ends inside the block"
_UNCLOSED = "the block has no closing tag before the next one"
_NAMELESS = "the block does not say which tool it means"


class _Filled(NamedTuple):
    """The fields of one use of a tool, whether from text or from a call."""

    name: str
    pairs: list[tuple[str, object]]
    loose: str = ""
    spoken: bool = True
    """Whether values are text as the model wrote it, with quotation marks and entities."""


def read_block(block: Block, text: str) -> Iterator[Action]:
    """The actions in one tool block: one, or several where it holds a JSON list of calls.

    Marks the block as a mention where it was never closed and holds prose only.

    Args:
        block: The block.
        text: The clean reply that it stands in.
    """
    raw = text[block.tag.start : min(block.end, block.tag.start + SHOWN)]
    forms = [_Filled(block.tag.name, [])] if block.mention else list(_forms(block, text))
    if not block.closed and not forms[0].pairs:
        block.mention = block.mention or _PROSE.match(block.content(text)) is not None
    for form in forms:
        tool = tool_name(form.name) if form.name else "unknown"
        if block.mention:
            note = _MENTIONED
        elif not block.closed:
            note = _CUT if block.runs_to_end else _UNCLOSED
        else:
            note = "" if form.name else _NAMELESS
        status: Status = "done" if block.closed else "attempted"
        if block.ruling:
            status, note = block.ruling
        status = "thought" if block.thought else status
        filled = _Filled(form.name, []) if block.mention else form
        if tool in MAIL_TOOLS and (inside := "\n".join(_thoughts_in_body(block, text))):
            filled.pairs.append(("thought_inside", inside))
        yield _action(tool, filled, status, note, raw)


def _thoughts_in_body(block: Block, text: str) -> Iterator[str]:
    """Scratchpads after the start of a body: a mail program would send them along."""
    began, last = False, ""
    for (start, end), (resumed, _) in pairwise(block.spans):
        began = began or _BODY_BEGAN.search(last + text[start:end]) is not None
        last = text[max(start, end - 20) : end]
        if began:
            yield text[end:resumed]


def action_from_call(name: str, arguments: Mapping[str, object]) -> Action:
    """The action that a native tool call means; use this for the tools protocol.

    Never raises: whatever a provider hands over becomes an action, `malformed` at worst.

    Args:
        name: The tool's name as the model gave it.
        arguments: The arguments of the call, of any types.

    Returns:
        The same action, but for `raw`, that the text protocol gives for the same fields.
    """
    given: object = arguments
    if isinstance(given, str):
        given = read_json(given)
    items = dict(given) if isinstance(given, Mapping) else {}
    try:
        raw = json.dumps({"name": name, "arguments": items}, default=str, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        raw = text_of(name)
    if len(items) == 1:
        for call in calls_in(items, text_of(name)):
            items = dict(call.arguments)
    form = _Filled(name, [(text_of(key), item) for key, item in items.items()], spoken=False)
    return _action(tool_name(text_of(name)), form, "done", "", clean(raw)[:SHOWN])


def _forms(block: Block, text: str) -> Iterator[_Filled]:
    """What the block fills in, per call that it holds."""
    name = block.tag.name
    content = unfence(block.content(text))
    if block.tag.escaped:
        content = unescape(content)
    if not block.closed:
        content = _CUT_TAG.sub("", content)
    attributes = _attributes(block)
    values, rest = read_values(content)
    calls = list(calls_in(values, name))
    for call in calls:
        pairs = [*attributes, *call.arguments.items()]
        yield _Filled(call.name, pairs, rest if call is calls[-1] else "", spoken=False)
    if calls:
        return
    if not name:
        name, content = _inner_name(content)
    if "<arg_key>" in content:
        content = _ARGUMENT_PAIR.sub(r"<parameter=\1>", content)
        content = content.replace("</arg_value>", "</parameter>")
    pieces = split_mails(content) if tool_name(name) in MAIL_TOOLS else [content]
    sheets = [_read(piece, name) for piece in pieces]
    if not all(map(ends_openly, sheets[:-1])):
        sheets = [_read(content, name)]
    for sheet in sheets:
        yield _Filled(name, [*attributes, *sheet.pairs], sheet.loose)


def _read(content: str, name: str) -> Sheet:
    if not _KEYED.search(content):
        return Sheet(loose=content.strip())
    tool = tool_name(name)
    return read_mail_fields(content, tool) if tool in MAIL_TOOLS else read_arguments(content)


def _attributes(block: Block) -> list[tuple[str, object]]:
    written = block.tag.attributes
    if not written:
        return []
    pairs: list[tuple[str, object]] = list(read_attributes(written))
    if not pairs and ":" in written:
        return list(_read(written, block.tag.name).pairs)
    if ("name", block.tag.name) in pairs:
        return [(key, value) for key, value in pairs if key.lower() not in _CALL_ATTRIBUTES]
    return pairs


def _inner_name(content: str) -> tuple[str, str]:
    """The tool that a nameless block names inside, and the content after it."""
    match = _INNER_NAME.match(content)
    if match is None:
        return "", content
    known = tool_name(match["name"]) in ACTING or match["end"] == "("
    if not match["label"] and not known:
        return "", content
    rest = content[match.start("end") :]
    if match["end"] == "(":
        rest = rest[1:].rstrip().removesuffix(")")
    return match["name"], _ENVELOPE.sub("", rest, count=1)


def _action(tool: str, form: _Filled, status: Status, note: str, raw: str) -> Action:
    """The action, after checking that it says what its tool needs."""
    if tool not in MAIL_TOOLS:
        arguments = {snake(key) or key: _plain(value, form) for key, value in form.pairs}
        if form.spoken:
            arguments = {key: unquote(value) for key, value in arguments.items()}
        if form.loose and status != "attempted":
            arguments.setdefault(LOOSE, form.loose)
        if tool == CANCEL_ALERT:
            arguments = cancel_arguments(arguments)
        status = "malformed" if note == _NAMELESS and status == "done" else status
        acts = tool in ACTING
        return Action(tool=tool, status=status, acts=acts, fields=arguments, note=note, raw=raw)
    lists, texts, arguments = _sort(tool, form)
    if reaches_all(form.name):
        arguments["all"] = "true"
    to, cc, bcc = (parse_recipients(lists[name]) for name in ("to", "cc", "bcc"))
    mails, documents = parse_mails(lists["mails"]), parse_names(lists["documents"])
    says = any(texts.values()) or bool(documents)
    given: dict[str, FieldValue] = {"to": to, "cc": cc, "bcc": bcc, **texts}
    given |= {"mails": mails, "documents": documents}
    lacking = _lacking(tool, bool(to or cc or bcc), says, bool(mails))
    if lacking and status == "done":
        status = "malformed"
    return Action(
        tool=tool,
        status=status,
        acts=True,
        fields={name: value for name, value in given.items() if value} | arguments,
        note=note or lacking,
        raw="" if status == "done" else raw,
    )


def _sort(
    tool: str, form: _Filled
) -> tuple[dict[str, list[object]], dict[str, str], dict[str, str]]:
    """The values of the lists, of subject and body, and of fields that mails do not have."""
    lists: dict[str, list[object]] = {
        name: [] for name in ("to", "cc", "bcc", "mails", "documents")
    }
    texts = {"subject": "", "body": ""}
    arguments: dict[str, str] = {}
    for key, value in form.pairs:
        name = field_name(key)
        if name in ("to", "body") and tool != "send_email" and _is_number(value):
            name = "mails"  # `email: 3`, `message: 3`
        plain = _plain(value, form) if name not in lists else ""
        if name in lists:
            lists[name].append(value)
            if name == "documents" and _holds_mapping(value):
                arguments["goes_along"] = _plain(value, form)
        elif name == "body" and texts["body"] and snake(key) not in WEAK_BODIES:
            texts["body"] += "" if plain in texts["body"] else f"\n\n{plain}"
        elif name in texts and not texts[name]:
            texts[name] = unquote(plain) if name == "subject" and form.spoken else plain
        elif plain:
            arguments[snake(key) or key] = plain
    loose = _plain(form.loose, form)
    if not texts["body"] and form.pairs:
        texts["body"] = loose
    elif form.pairs and loose:
        arguments[LOOSE] = loose
    return lists, texts, arguments


def _holds_mapping(value: object) -> bool:
    """Whether an attachment is more than a name: it may bring its own text."""
    return isinstance(value, Mapping) or (
        isinstance(value, list) and any(map(_holds_mapping, value))
    )


def _is_number(value: object) -> bool:
    return re.fullmatch(r"[\s\[\]\"'#,\d]*\d[\s\[\]\"',]*", text_of(value)[:100]) is not None


def _plain(value: object, form: _Filled) -> str:
    """A value as text; lists and objects as JSON."""
    if isinstance(value, list | tuple | dict):
        try:
            return clean(json.dumps(value, ensure_ascii=False, default=str))
        except (TypeError, ValueError, RecursionError):
            return text_of(value)
    written = text_of(value)
    if not form.spoken:
        return written.strip()
    return textwrap.dedent(unescape(unfence(written)).strip("\n")).strip()


def _lacking(tool: str, addressed: bool, worded: bool, referring: bool) -> str:
    """What is missing for the action to reach anybody, or ""."""
    if tool == "reply_email":
        if not (addressed or referring):
            return "does not say which mail it answers"
    elif not addressed:
        return "no recipient"
    if not worded and not (tool == "forward_email" and referring):
        return "neither subject nor body nor attachment"
    return ""
