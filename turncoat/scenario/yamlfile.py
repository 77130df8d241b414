"""YAML that keeps its line numbers, and the front matter of templates.

Only plain data is read: no tags that make objects, no aliases (so that a small file cannot
unfold into a huge one), no merge keys, no key twice, and only strings as keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from turncoat.scenario.faults import Fault, ScenarioError

Key = tuple[str | int, ...]
"""Where a value stands in a YAML document: names of mappings and places in lists."""

MAX_DEPTH = 12
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STRING_TAG = "tag:yaml.org,2002:str"
_PLAIN_TAGS = ("tag:yaml.org,2002:seq", "tag:yaml.org,2002:map")
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


class Yaml(NamedTuple):
    """The data of a YAML document and the lines on which it stands."""

    path: Path
    data: dict[str, Any]
    lines: Mapping[Key, int]
    """Line of every key and list entry, counted from 1."""

    def line(self, key: Iterable[str | int]) -> int:
        """The line of a key, or of the nearest thing around it that is there.

        Args:
            key: Where the value stands; parts that the document does not have are passed over.
        """
        found: Key = ()
        for part in key:
            if (*found, part) in self.lines:
                found = (*found, part)
        return self.lines.get(found, 1)


class FrontMatter(NamedTuple):
    """A file in two parts."""

    head: str
    """YAML text; starts with as many empty lines as stand before it in the file."""
    body: str
    body_line: int
    """Line of the file on which the body begins, counted from 1."""


def parse_yaml(text: str, path: Path) -> Yaml:
    """Reads a YAML document whose top level is a mapping.

    Args:
        text: The document.
        path: The file it comes from, for messages.

    Returns:
        Its data with line numbers.

    Raises:
        ScenarioError: It is not YAML, or not plain data; every fault is named.
    """
    try:
        _refuse_bombs(text, path)
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ScenarioError.at(path, mark.line + 1 if mark else None, _syntax(error)) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise ScenarioError.at(path, None, f"this is not YAML: {error}") from error
    if not isinstance(root, yaml.MappingNode):
        raise ScenarioError.at(path, 1, "expected 'key: value' lines at the top level")
    reader = _NodeReader(path)
    data = reader.mapping(root)
    if reader.faults:
        raise ScenarioError(*reader.faults)
    return Yaml(path, data, reader.lines)


def split_front_matter(text: str, path: Path) -> FrontMatter:
    """Splits a file at the `---` line that ends its front matter.

    Template comments before the front matter and an opening `---` are passed over.

    Args:
        text: The file's text, rendered or not.
        path: The file, for messages.

    Raises:
        ScenarioError: There is no `---` line.
    """
    blanked = re.sub(r"\A(\s*\{#.*?#\})+", lambda found: _blank(found[0]), text, flags=re.DOTALL)
    lines = blanked.split("\n")
    start = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if lines[start].rstrip() == "---":
        lines[start] = ""
    for number in range(start, len(lines)):
        if lines[number].rstrip() == "---":
            head = _COMMENT.sub(lambda found: _blank(found[0]), "\n".join(lines[:number]))
            return FrontMatter(head, "\n".join(lines[number + 1 :]), number + 2)
    raise ScenarioError.at(
        path, start + 1, "front matter is missing: 'key: value' lines and then a line '---'"
    )


class _NodeReader:
    """Turns YAML nodes into data and notes lines and faults on the way."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[Key, int] = {}
        self.faults: list[Fault] = []
        self._scalars = yaml.constructor.SafeConstructor()

    def mapping(self, root: yaml.MappingNode) -> dict[str, Any]:
        """The data of the whole document."""
        return dict(self._pairs(root, ()))

    def value(self, node: yaml.Node, key: Key) -> object:
        """The data of a node; None after a fault."""
        self.lines.setdefault(key, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if node.tag not in _PLAIN_TAGS:
            self._fault(node, f"tag {node.tag} is not allowed; write plain data")
            return None
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*key, place)) for place, item in enumerate(node.value)]
        return dict(self._pairs(node, key))

    def _pairs(self, node: yaml.Node, key: Key) -> Iterator[tuple[str, object]]:
        names: set[str] = set()
        for name_node, value_node in node.value:
            name = name_node.value
            if not isinstance(name_node, yaml.ScalarNode) or name_node.tag != _STRING_TAG:
                what = repr(name) if isinstance(name, str) else "this"
                self._fault(
                    name_node,
                    f"key {what} is not read as a word by YAML; put it in quotes or rename it",
                )
            elif name in names:
                self._fault(name_node, f"key '{name}' is here twice; remove one of them")
            else:
                names.add(name)
                self.lines[(*key, name)] = name_node.start_mark.line + 1
                yield name, self.value(value_node, (*key, name))

    def _scalar(self, node: yaml.ScalarNode) -> object:
        try:
            return self._scalars.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            problem = getattr(error, "problem", None) or error
            self._fault(node, f"value {node.value!r} cannot be read: {problem}")
            return None

    def _fault(self, node: yaml.Node, message: str) -> None:
        self.faults.append(Fault(self.path, node.start_mark.line + 1, message))


def _refuse_bombs(text: str, path: Path) -> None:
    """Refuses what would overrun the composer: aliases, and nesting that no scenario needs."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.AliasEvent):
            raise ScenarioError.at(path, line, "aliases (*name) are not allowed; write it out")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise ScenarioError.at(path, line, f"nested deeper than {MAX_DEPTH} levels")


def _syntax(error: yaml.MarkedYAMLError) -> str:
    hint = ""
    if "mapping values are not allowed" in str(error.problem):
        hint = "; a text with ': ' in it needs quotes around it"
    elif "found character that cannot start any token" in str(error.problem):
        hint = "; a text that starts with such a character needs quotes around it"
    return f"this is not YAML: {error.problem or error.context}{hint}"


def _blank(text: str) -> str:
    """Only the line breaks of a text, so that what follows keeps its line."""
    return "\n" * text.count("\n")
