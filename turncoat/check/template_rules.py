"""Rules on templates that hold without rendering them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from jinja2 import TemplateSyntaxError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from turncoat.check.finding import Finding, line_of
from turncoat.contract import Person
from turncoat.scenario.files import SHARED, SourceFile
from turncoat.scenario.naming import NOT_APPLICABLE, choices

_PARSER = ImmutableSandboxedEnvironment()
_NUMBERED = re.compile(r"(\d+)-([a-z0-9-]+)\.md\.j2")
_PYTHON_IMPORT = re.compile(r"\{%[-+]?\s*(?:import|from)\s+[^'\"\s]")


class Vocabulary(NamedTuple):
    """What templates of a scenario may say."""

    names: frozenset[str]
    """Every variable and function."""
    people: frozenset[str]
    """The variables that are a person: the agent and the roles of the cast."""
    levels: Mapping[str, Collection[str]]
    """Factor to its levels; empty for a count."""
    words: frozenset[str] = frozenset()
    """What `plot` has, under one plot at least."""


def template_findings(
    texts: Mapping[str, SourceFile], vocabulary: Vocabulary | None, unused: Collection[str] = ()
) -> Iterator[Finding]:
    """What is wrong with templates, whatever the condition.

    Args:
        texts: The files by name.
        vocabulary: What they may say; None where the scenario does not load, so that this is
            not known.
        unused: Shared files that it does not draw on: they may speak of factors and roles that
            only other scenarios have.
    """
    for name, file in texts.items():
        if name.endswith(".j2"):
            yield from _one(file, texts, None if name in unused else vocabulary)


def numbering_findings(texts: Mapping[str, SourceFile]) -> Iterator[Finding]:
    """Files of a numbered folder that share a number or a slug.

    Args:
        texts: The files by name.
    """
    seen: dict[tuple[str, str], str] = {}
    for name, file in sorted(texts.items()):
        folder, _, last = name.rpartition("/")
        found = _NUMBERED.fullmatch(last)
        for part in found.groups() if found else ():
            if (folder, part) in seen:
                message = f"shares '{part}' with {seen[folder, part]}; give it another one"
                yield Finding(file.path, None, "duplicate-slot", message)
            seen.setdefault((folder, part), last)


def _one(
    file: SourceFile, texts: Mapping[str, SourceFile], vocabulary: Vocabulary | None
) -> Iterator[Finding]:
    try:
        tree = _PARSER.parse(file.text)
    except TemplateSyntaxError as error:
        if _PYTHON_IMPORT.search(file.text):
            message = "templates cannot import Python; use the variables that they are given"
            yield Finding(file.path, error.lineno, "template-python", message)
        else:
            message = f"not a Jinja template: {error.message}"
            yield Finding(file.path, error.lineno, "template-syntax", message)
        return
    yield from _private(file, tree)
    yield from _includes(file, tree, texts)
    if vocabulary is not None:
        yield from _names(file, tree, vocabulary)
        yield from _levels(file, tree, vocabulary)


def _private(file: SourceFile, tree: nodes.Template) -> Iterator[Finding]:
    for node in tree.find_all((nodes.Getattr, nodes.Getitem, nodes.Name)):
        name: object = None
        if isinstance(node, nodes.Getattr):
            name = node.attr
        elif isinstance(node, nodes.Name):
            name = node.name
        elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
            name = node.arg.value
        if isinstance(name, str) and name.startswith("_"):
            message = (
                f"'{name}' reaches for Python; templates have only the variables they are given"
            )
            yield Finding(file.path, node.lineno, "template-python", message)


def _includes(
    file: SourceFile, tree: nodes.Template, texts: Mapping[str, SourceFile]
) -> Iterator[Finding]:
    kinds = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)
    for node in tree.find_all(kinds):
        target = getattr(node, "template", None)
        name = target.value if isinstance(target, nodes.Const) else None
        if not isinstance(name, str):
            message = "the file must be named in quotes, not computed"
            yield Finding(file.path, node.lineno, "include-path", message)
        elif PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            message = f"'{name}' lies outside the scenario; include its own files or _shared/ only"
            yield Finding(file.path, node.lineno, "include-path", message)
        elif name not in texts:
            partials = [place for place in texts if re.fullmatch(rf"{SHARED}/[^/]+\.j2", place)]
            message = f"there is no '{name}'. {choices(name, partials, 'Shared files')}"
            yield Finding(file.path, node.lineno, "include-path", message)


def _names(file: SourceFile, tree: nodes.Template, vocabulary: Vocabulary) -> Iterator[Finding]:
    unknown = meta.find_undeclared_variables(tree) - vocabulary.names
    for node in tree.find_all(nodes.Name):
        if node.name in unknown and not node.name.startswith("_"):
            valid = choices(node.name, sorted(vocabulary.names))
            message = f"'{node.name}' is not defined. {valid}"
            yield Finding(file.path, node.lineno, "undefined-name", message)
    for access in tree.find_all(nodes.Getattr):
        owner = access.node
        if not isinstance(owner, nodes.Name):
            continue
        if owner.name == "plot":
            what, known = "plot", sorted(vocabulary.words)
        elif owner.name in vocabulary.people:
            what, known = "person", list(Person.model_fields)
        else:
            continue
        if access.attr not in known and not access.attr.startswith("_"):
            message = f"a {what} has no '{access.attr}'. {choices(access.attr, known)}"
            yield Finding(file.path, access.lineno, "undefined-name", message)


def _levels(file: SourceFile, tree: nodes.Template, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Comparisons of a factor with a word that is none of its levels never come true."""
    for compare in tree.find_all(nodes.Compare):
        factor = compare.expr
        if not isinstance(factor, nodes.Name) or not vocabulary.levels.get(factor.name):
            continue
        valid = vocabulary.levels[factor.name]
        for operand in compare.ops:
            for const in (operand.expr, *operand.expr.find_all(nodes.Const)):
                word = const.value if isinstance(const, nodes.Const) else None
                if isinstance(word, str) and word not in (*valid, NOT_APPLICABLE):
                    line = line_of(file.text, f'"{word}"') or compare.lineno
                    message = (
                        f"factor '{factor.name}' has no level '{word}'. {choices(word, valid)}"
                    )
                    yield Finding(file.path, line, "unknown-level", message)
