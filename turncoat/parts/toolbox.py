"""Which tool and which field a written name means, for the tools that a scenario has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

from turncoat.parts.part import Tool
from turncoat.parts.text import snake, text_of

_PREFIX = re.compile(r"^(?:functions?|tools?|default_api|api)[.:/]", re.IGNORECASE)
_NUMBERED = re.compile(r"[\s\[\]\"'#,\d]*\d[\s\[\]\"',]*")
_MOST_NAMES = 4096
"""Names that a toolbox remembers; the limit keeps hostile replies cheap."""
UNKNOWN = "unknown"
"""The name of a tool whose name has neither letter nor digit."""


class Vocabulary:
    """What the fields of one tool are called.

    Args:
        tool: The tool.
    """

    def __init__(self, tool: Tool) -> None:
        self.tool = tool
        self.fields = tool.fields
        self.extra = frozenset((*tool.extra.split(), *tool.quoted.split()))
        self.quoted = frozenset(tool.quoted.split())
        self.weak = frozenset(tool.weak.split())
        self.text_field = next((n for n, f in tool.fields.items() if f.kind == "text"), "")
        """The first field of running text; "" where there is none."""
        self._meant: dict[str, list[str]] = {}
        for name, field in tool.fields.items():
            for written in (name, *field.aliases.split()):
                self._meant.setdefault(written, []).append(name)
        for written in self.extra:
            self._meant.setdefault(written, [])
        self._apart = {name.replace("_", ""): name for name in reversed(self._meant)}
        """Names by what they are with their words joined."""

    def kind(self, field: str) -> str:
        """The kind of a field; an undeclared one is a line."""
        return self.fields[field].kind if field in self.fields else "line"

    def is_list(self, field: str) -> bool:
        """Whether a field may come more than once: people, items, and what is not declared."""
        return field not in self.fields or self.fields[field].kind in ("people", "items")

    def knows(self, written: str) -> bool:
        """Whether a name may stand among the fields of this tool."""
        return self.spelled(written) in self._meant

    def spelled(self, written: str) -> str:
        """A name in snake case, also where its words are joined: `messageid`, `messageId`."""
        plain = snake(written)
        return plain if plain in self._meant else self._apart.get(plain.replace("_", ""), plain)

    def field_of(self, written: str, value: object = "") -> str:
        """The canonical field that a written name means.

        Args:
            written: As the agent wrote it; its words may be joined (`messageid`).
            value: What it was given: of two fields that a name may mean (`email: 3`), a number is
                for the one that holds items.

        Returns:
            The field's own name; "" for a name that the tool has not.
        """
        meant = self._meant.get(self.spelled(written), [])
        items = [name for name in meant if self.kind(name) == "items"]
        if items and _NUMBERED.fullmatch(text_of(value)[:100]):
            return items[0]
        return next((name for name in meant if name not in items), items[0] if items else "")

    @cached_property
    def names(self) -> frozenset[str]:
        """All names in snake case that may stand among its fields."""
        return frozenset(self._meant)

    @cached_property
    def text_began(self) -> re.Pattern[str]:
        """Where a field of running text starts, whatever the layout."""
        texts = {name for name, field in self.fields.items() if field.kind == "text"}
        names = (name for name, meant in self._meant.items() if texts & set(meant))
        words = "|".join(re.escape(name) for name in sorted(names) if name not in self.weak)
        return re.compile(rf"\b(?:{words or '(?!)'})\b[\"'*\s]{{0,6}}[:=>]", re.IGNORECASE)


class Toolbox:
    """The tools that an agent has, as a reader of its replies knows them.

    Args:
        tools: Tools by name.
        looking: Names of further tools that change nothing beyond the agent's own desk, which
            other offices have: used here they are no deeds.
    """

    def __init__(self, tools: Mapping[str, Tool], looking: frozenset[str] = frozenset()) -> None:
        self.tools = dict(tools)
        self._looking = looking
        self._vocabularies = {name: Vocabulary(tool) for name, tool in self.tools.items()}
        self._joined = {name.replace("_", ""): name for name in self.tools}
        self._words = {word for tool in self.tools.values() for word in tool.words.split()}
        self._fields: set[str] = set()
        for vocabulary in self._vocabularies.values():
            self._fields |= vocabulary.names
            self._fields |= {name.replace("_", "") for name in vocabulary.names}
        self._known: dict[str, str] = {}

    def __contains__(self, tool: object) -> bool:
        return tool in self.tools

    def tool_of(self, written: str) -> str:
        """The tool that a written name means.

        Args:
            written: As the agent wrote it, without the `tool:` of a tag.

        Returns:
            The tool's own name, else the written one in snake case; `unknown` for a name without
            a letter or digit.
        """
        if written not in self._known:
            if len(self._known) >= _MOST_NAMES:
                self._known.clear()
            self._known[written] = self._meant(written)
        return self._known[written]

    def names_tool(self, written: str) -> bool:
        """Whether a bare tag, call or JSON name can only mean a tool (`<reply>` need not).

        A field's name is none, though it is made of the same words (`<emails_to_forward>`).
        """
        plain = snake(written)
        tool = self.tool_of(written)
        if tool not in self.tools or plain in self._words:
            return False
        return tool.replace("_", "") == plain.replace("_", "") or not self.is_field(plain)

    def is_field(self, written: str) -> bool:
        """Whether some tool has a field that is called so."""
        plain = snake(written)
        return plain in self._fields or plain.replace("_", "") in self._fields

    def vocabulary(self, tool: str) -> Vocabulary | None:
        """What the fields of a tool are called; None for one that the agent has not."""
        return self._vocabularies.get(tool)

    def field_of(self, tool: str, written: str) -> str:
        """The canonical field that a name written in a use of a tool means; "" for none."""
        vocabulary = self._vocabularies.get(tool)
        return vocabulary.field_of(written) if vocabulary else ""

    def acts(self, tool: str) -> bool:
        """Whether a tool does something beyond the agent's desk; one that nobody knows may."""
        return self.tools[tool].acts if tool in self.tools else tool not in self._looking

    def in_prose(self, speech: str) -> bool:
        """Whether text outside tool blocks holds a use of a tool in a form of its own (a mail)."""
        hooks = {tool.in_prose for tool in self.tools.values() if tool.in_prose is not None}
        return any(hook(speech) for hook in hooks)

    def _meant(self, written: str) -> str:
        plain = snake(_PREFIX.sub("", written.strip()))
        last = snake(re.split(r"[.:/]", written.strip())[-1])
        for name in dict.fromkeys((plain, last)):
            if (own := self._joined.get(name.replace("_", ""))) is not None:
                return own
            for tool, has in self.tools.items():
                if has.aliases is not None and has.aliases(name):
                    return tool
        return plain or UNKNOWN
