"""Renders templates in a sandbox that sees the files of one scenario and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined, Template, TemplateSyntaxError
from jinja2.exceptions import SecurityError, TemplateNotFound, UndefinedError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from turncoat.errors import TurncoatError
from turncoat.scenario.faults import ScenarioError
from turncoat.scenario.files import Source
from turncoat.scenario.naming import choices

MAX_RENDERED = 1024 * 1024
MAX_STEPS = 200
"""Steps of one loop over numbers."""
MAX_STEPS_IN_ALL = 20_000
"""Steps of all loops over numbers while one template is rendered, those inside others included."""


class Templates:
    """The templates of a scenario, each compiled once."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = dict(sources)
        self._paths = {str(source.path): source for source in sources.values()}
        self._environment = _Sandbox(
            loader=FunctionLoader(self._load),
            undefined=StrictUndefined,
            auto_reload=False,
            cache_size=-1,
        )
        for name in ("random", "center", "format", "indent"):
            self._environment.filters.pop(name)
        self._environment.globals.pop("lipsum")
        self._environment.globals["range"] = self._short_range
        self._compiled: dict[str, Template] = {}
        self._steps = 0

    def add(self, name: str, source: Source) -> None:
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
        self._steps = 0
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

    def _short_range(self, *bounds: int) -> range:
        """Python's range, for as many steps as a template can need."""
        steps = range(*bounds)
        self._steps += len(steps)
        if len(steps) > MAX_STEPS:
            raise SecurityError(f"a range of {len(steps)} steps; {MAX_STEPS} is the most")
        if self._steps > MAX_STEPS_IN_ALL:
            raise SecurityError(
                f"more than {MAX_STEPS_IN_ALL} steps of loops in one template; loops inside loops?"
            )
        return steps

    def _place(self, trace: TracebackType | None, source: Source) -> tuple[Source, int | None]:
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
        return f"template failed: {type(error).__name__}: {error}"


PADDING = frozenset({"ljust", "rjust", "center", "zfill", "expandtabs", "format", "format_map"})
"""Methods of text that can make a huge text out of a small one."""


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, without what differs between two renderings or fills the memory."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ANN401 - Jinja's
        return attr not in PADDING and super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        if operator == "**" or not all(isinstance(side, int | float) for side in (left, right)):
            raise SecurityError(
                "* and % take numbers only, and powers cannot be taken: write the text out"
            )
        return super().call_binop(context, operator, left, right)
