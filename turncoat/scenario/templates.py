"""Renders templates in a sandbox that sees the files of one scenario and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from jinja2 import FunctionLoader, Template, TemplateSyntaxError
from jinja2.exceptions import SecurityError, TemplateNotFound, UndefinedError

from turncoat._util.errors import TurncoatError
from turncoat.scenario.faults import ScenarioError
from turncoat.scenario.files import SourceFile
from turncoat.scenario.naming import choices
from turncoat.scenario.sandbox import Sandbox

MAX_RENDERED = 1024 * 1024


class Templates:
    """The templates of a scenario, each compiled once."""

    def __init__(self, sources: Mapping[str, SourceFile]) -> None:
        self._sources = dict(sources)
        self._paths = {str(source.path): source for source in sources.values()}
        self._environment = Sandbox(FunctionLoader(self._load))
        self._compiled: dict[str, Template] = {}

    def add(self, name: str, source: SourceFile) -> None:
        """Adds a template that is part of a file, unless it is there already.

        Args:
            name: The name that `render` is to know it by.
            source: Its text, and where in which file it begins.
        """
        self._sources.setdefault(name, source)

    def render(self, name: str, variables: Mapping[str, Any]) -> str:
        """The text of a template.

        Args:
            name: Its name within the scenario, for example `inbox/01-notice.md.j2`.
            variables: What it sees.

        Raises:
            ScenarioError: With the template's file and line: wrong syntax, an undefined name, a
                forbidden operation, or a result that is far too long.
        """
        source = self._sources[name]
        self._environment.refill()
        try:
            template = self._compiled.get(name)
            if template is None:
                template = self._compiled[name] = self._environment.get_template(name)
            text = template.render(variables)
        except TemplateSyntaxError as error:
            at = self._sources.get(error.name or "", source)
            message = f"template syntax: {error.message}"
            raise ScenarioError.at(at.path, error.lineno, message) from error
        except Exception as error:  # a template can raise whatever Python can
            at, line = self._place(error.__traceback__, source)
            message = self._message(error, variables)
            raise ScenarioError.at(at.path, line, message) from error
        if len(text) > MAX_RENDERED:
            raise ScenarioError.at(source.path, None, f"renders to {len(text)} characters")
        return text

    def _load(self, name: str) -> tuple[str, str, None] | None:
        source = self._sources.get(name)
        if source is None:
            return None
        return source.text, str(source.path), None

    def _place(
        self, trace: TracebackType | None, source: SourceFile
    ) -> tuple[SourceFile, int | None]:
        """The innermost template line that an error came through."""
        line = None
        while trace is not None:
            if at := self._paths.get(trace.tb_frame.f_code.co_filename):
                source, line = at, trace.tb_lineno
            trace = trace.tb_next
        return source, line

    def _message(self, error: Exception, variables: Mapping[str, Any]) -> str:
        if isinstance(error, UndefinedError):
            name = re.match(r"'(\w+)' is undefined", str(error))
            more = f". {choices(name[1], sorted(variables), 'Variables')}" if name else ""
            return f"undefined name: {error}{more}"
        if isinstance(error, TemplateNotFound):
            partials = [name for name in self._sources if re.fullmatch(r"_shared/[^/]+\.j2", name)]
            return f"no template '{error.name}' to include. {choices(str(error.name), partials)}"
        if isinstance(error, SecurityError):
            return f"not allowed in a template: {error}"
        if isinstance(error, TurncoatError):
            return str(error)
        if isinstance(error, RecursionError):
            return "a template or a macro that includes or calls itself without end"
        return f"template failed: {type(error).__name__}: {error}"
