"""The sandbox that templates run in: no way out of it, and a budget that no template outlives.

A folder from a stranger may hold a template that loops for ever or makes a text without end.
Python cannot be stopped from within, so what a template does is counted while it does it: every
step of a loop, every call and include, and every character that it makes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from types import CodeType
from typing import Any, cast

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.filters import make_attrgetter
from jinja2.loaders import BaseLoader
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

MAX_STEPS = 200
"""Steps of one loop over numbers."""
MAX_STEPS_IN_ALL = 20_000
"""Steps of all loops, calls and includes while one template is rendered."""
MAX_INCLUDES = 100
"""Templates that one template may include, those that they include among them."""
MAX_MADE = 4 * 1024 * 1024
"""Characters and list entries that one template may make on its way, thrown away or not."""
MAX_NUMBER = 2**53

REMOVED_FILTERS = (
    *("random", "center", "format", "indent", "batch", "slice"),
    *("sum", "tojson", "pprint", "urlize", "wordwrap", "xmlattr"),
)
"""Those that differ between two renderings, or make much out of little in one go."""

REMOVED_METHODS = frozenset(
    {"ljust", "rjust", "center", "zfill", "expandtabs", "format", "format_map"}
    | {"join", "replace", "translate"}
)
"""Methods of text that make much out of little; `join` and `replace` are there as filters."""


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, without what differs between two renderings, and with a budget."""

    intercepted_binops = frozenset({"+", "-", "*", "**", "%"})

    def __init__(self, loader: BaseLoader) -> None:
        super().__init__(
            loader=loader,
            undefined=StrictUndefined,
            auto_reload=False,
            cache_size=-1,
            finalize=pass_context(lambda _, value: self._made(value)),
        )
        for name in REMOVED_FILTERS:
            self.filters.pop(name)
        self.filters["join"] = self._join
        self.filters["replace"] = self._replace
        self.filters[_STEPS] = pass_context(lambda _, *given: self._stepped(*given))
        self.filters[_MADE] = pass_context(lambda _, value: self._made(value))
        self.globals.pop("lipsum")
        self.globals["range"] = _short_range
        self.refill()

    def refill(self) -> None:
        """Starts the budget of another rendering."""
        self._steps = 0
        self._size = 0
        self._included = 0

    def compile(  # type: ignore[override]  # one signature for Jinja's two
        self,
        source: str | nodes.Template,
        name: str | None = None,
        filename: str | None = None,
        raw: bool = False,
        defer_init: bool = False,
    ) -> str | CodeType:
        """Compiles a template with the budget built in."""
        tree = self.parse(source, name, filename) if isinstance(source, str) else source
        metered = _Metering(name, filename).visit(tree)
        if raw:
            return super().compile(metered, name, filename, raw=True, defer_init=defer_init)
        return super().compile(metered, name, filename, defer_init=defer_init)

    def get_template(self, *args: Any, **kwargs: Any) -> Template:  # noqa: ANN401 - Jinja's
        """As Jinja's; an include is a step."""
        self._step()
        self._included += 1
        if self._included > MAX_INCLUDES:
            raise SecurityError(f"more than {MAX_INCLUDES} includes in one template; of itself?")
        return super().get_template(*args, **kwargs)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ANN401 - Jinja's
        """As Jinja's, without the methods that make much out of little."""
        return attr not in REMOVED_METHODS and super().is_safe_attribute(obj, attr, value)

    def call(  # names that no argument of a template can have
        __self,  # noqa: N805
        __context: Context,
        __obj: Any,  # noqa: ANN401
        *args: Any,  # noqa: ANN401
        **kwargs: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """As Jinja's; a call is a step, and what it is given and gives back is counted."""
        __self._step()
        __self._made(args)
        if kwargs:
            __self._made(kwargs)
        return __self._made(super().call(__context, __obj, *args, **kwargs))

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        """Numbers as usual; of texts and lists only the sum, and only while it is small."""
        if all(isinstance(side, int | float) for side in (left, right)) and operator != "**":
            result = super().call_binop(context, operator, left, right)
            if isinstance(result, int | float) and abs(result) > MAX_NUMBER:
                raise SecurityError("a number this large")
            return result
        if operator not in ("+", "-"):
            raise SecurityError(
                "* and % take numbers only, and powers cannot be taken: write the text out"
            )
        self._made(left)
        self._made(right)
        return super().call_binop(context, operator, left, right)

    def _step(self, made: int = 0) -> None:
        self._steps += 1
        self._size += made
        if self._steps > MAX_STEPS_IN_ALL:
            raise SecurityError(
                f"more than {MAX_STEPS_IN_ALL} steps of loops and calls in one template; "
                "loops inside loops?"
            )
        if made:
            self._check_size()

    def _check_size(self) -> None:
        if self._size > MAX_MADE:
            raise SecurityError(f"more than {MAX_MADE} characters made in one template")

    def _made(self, value: Any) -> Any:  # noqa: ANN401 - whatever a template can hold
        self._size += len(value) if type(value) is str else _size(value)
        if self._size > MAX_MADE:
            self._check_size()
        return value

    def _stepped(self, items: Iterable[object], made: int) -> Iterator[object]:
        if type(made) is not int or made < 0:  # `map` takes the name of a filter as a text.
            raise SecurityError("a filter of the sandbox's own")
        for item in items:
            self._step(made)
            yield item

    def _join(self, items: Iterable[object], d: object = "", attribute: str | None = None) -> str:
        if attribute is not None:
            items = map(make_attrgetter(self, attribute), items)
        texts = [str(item) for item in islice(items, MAX_STEPS_IN_ALL)]
        between = str(d)
        self._size += sum(map(len, texts)) + len(texts) * (1 + len(between))
        self._check_size()
        return between.join(texts)

    def _replace(self, text: object, old: str, new: str, count: int = -1) -> str:
        places = str(text).count(str(old))
        self._size += len(str(text)) + places * len(str(new))
        self._check_size()
        return str(text).replace(str(old), str(new), count)


_STEPS = "turncoat steps"
_MADE = "turncoat made"
"""Filters of our own; with a blank in it, no template can write the name."""


class _Metering(NodeTransformer):
    """Puts the budget into a template: into loops, and around whatever can make something."""

    def __init__(self, name: str | None, filename: str | None) -> None:
        self._name = name
        self._filename = filename

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802 - Jinja's
        """A loop: each step costs one step and the text that stands in the loop."""
        if node.recursive:
            raise TemplateSyntaxError(
                "recursive loops are not allowed", node.lineno, self._name, self._filename
            )
        written = sum(len(data.data) for data in node.find_all(nodes.TemplateData))
        self.generic_visit(node)
        cost = nodes.Const(written, lineno=node.lineno)
        node.iter = _filtered(node.iter, _STEPS, [cost])
        return node

    def visit_Filter(self, node: nodes.Filter) -> nodes.Expr:  # noqa: N802
        """A filter; one without a text before it belongs to a block, whose text is counted."""
        self.generic_visit(node)
        return _filtered(node, _MADE) if node.node is not None else node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Expr:  # noqa: N802
        """`~`, as a join, so that it is counted before it is made."""
        self.generic_visit(node)
        return _filtered(nodes.Tuple(node.nodes, "load", lineno=node.lineno), "join")

    def visit_List(self, node: nodes.List) -> nodes.Expr:  # noqa: N802
        """A list: many names for one long text."""
        self.generic_visit(node)
        return _filtered(node, _MADE)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Expr:  # noqa: N802
        """A tuple, where it is not what a loop assigns to."""
        self.generic_visit(node)
        return _filtered(node, _MADE) if node.ctx == "load" else node

    def visit_Dict(self, node: nodes.Dict) -> nodes.Expr:  # noqa: N802
        """A mapping."""
        self.generic_visit(node)
        return _filtered(node, _MADE)


def _filtered(
    node: nodes.Node, name: str, arguments: list[nodes.Expr] | None = None
) -> nodes.Filter:
    return nodes.Filter(
        cast(nodes.Expr, node), name, arguments or [], [], None, None, lineno=node.lineno
    )


def _size(value: object) -> int:
    """Characters of a text; entries of a list, with the characters of those that are texts."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, list | tuple | set | frozenset):
        return len(value) + sum([len(item) for item in value if isinstance(item, str)])
    return 0


def _short_range(*bounds: int) -> range:
    """Python's range, for as many steps as a template can need."""
    steps = range(*bounds)
    if len(steps) > MAX_STEPS:
        raise SecurityError(f"a range of {len(steps)} steps; {MAX_STEPS} is the most")
    return steps
