"""What Inspect finds through the entry point `inspect_ai`: provider, solver, scorers and tasks.

With the tasks registered, an installed wheel runs them by name: `inspect eval turncoat/blackmail`.
"""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location

from inspect_ai.model import ModelAPI, modelapi

from turncoat._util.places import data_folder
from turncoat.grading.belief_scorer import by_stated_belief, stated_belief
from turncoat.grading.metrics import by_condition
from turncoat.grading.scorer import conduct, published_method
from turncoat.world.live import tools_protocol
from turncoat.world.protocol import text_protocol

__all__ = [
    "by_condition",
    "by_stated_belief",
    "conduct",
    "known",
    "published_method",
    "stated_belief",
    "text_protocol",
    "tools_protocol",
]


@modelapi(name="known")
def known() -> type[ModelAPI]:
    """The provider of known answers, `known/POLICY`."""
    from turncoat.known.provider import KnownAPI

    return KnownAPI


def _register_tasks() -> None:
    for file in sorted(data_folder("evals").glob("*.py")):
        # Inspect files a task under the package that its module's name begins with.
        spec = spec_from_file_location(f"turncoat.evals.{file.stem}", file)
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[spec.name] = module_from_spec(spec)
        spec.loader.exec_module(module)


_register_tasks()
