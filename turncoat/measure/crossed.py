"""Crossed factors: which runs differ in the factors that are compared, and in no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray

NO_LEVEL = "n/a"
"""What stands for a factor's level where the factor has no meaning."""

Column = tuple[tuple[str, str], ...]
"""A factor and its level, or several of them."""


def column_text(column: Column) -> str:
    """The column as people read it, `threat=none and goal_conflict=explicit`."""
    return " and ".join(f"{factor}={level}" for factor, level in column)


class Compared(NamedTuple):
    """Runs at the levels that are compared, in strata within which all other factors are equal."""

    chosen: Array
    """Places of the runs; every stratum of theirs has runs at all of the levels."""
    cell: Array
    """Of each of these runs, which of the levels it is at."""
    stratum: Array
    """Of each, the number of its combination of other factors' levels, from 0 without a gap."""
    held: Column
    """Other factors that vary among all runs, but have this one level in every stratum here."""

    @property
    def strata(self) -> int:
        """How many strata there are."""
        return int(self.stratum.max()) + 1

    def within(self, strata: Array) -> Compared:
        """The same of some strata alone.

        Args:
            strata: For each stratum, whether it is kept.
        """
        kept = strata[self.stratum]
        numbers = strata.cumsum() - 1
        return self._replace(
            chosen=self.chosen[kept],
            cell=self.cell[kept],
            stratum=numbers[self.stratum[kept]],
        )


class Crossed:
    """Runs with the level of each factor."""

    def __init__(self, levels: Mapping[str, Sequence[str]], references: Mapping[str, str]) -> None:
        """Takes the runs.

        Args:
            levels: Factor to the level of each run.
            references: Level that others are held against; where it is `n/a` or did not occur,
                the first that did takes its place.
        """
        import numpy as np

        self.table = {name: np.asarray(of) for name, of in levels.items()}
        self.taken = {
            name: [level for level in dict.fromkeys(of.tolist()) if level != NO_LEVEL]
            for name, of in self.table.items()
        }
        self.references = {
            name: references[name] if references.get(name) in found else found[0]
            for name, found in self.taken.items()
            if found
        }

    def others(self, name: str) -> list[str]:
        """The levels of a factor that are held against its reference."""
        return [level for level in self.taken[name] if level != self.references.get(name)]

    def compared(self, cells: Sequence[Column]) -> Compared | None:
        """The runs that show what some levels do: all other factors are equal among them.

        A factor that has no meaning (`n/a`) at some of the levels, but at others, cannot be equal;
        it is held at its reference where it has one.

        Args:
            cells: The levels, or combinations of levels of the same factors.

        Returns:
            None where no combination of the other factors has runs at all of the levels.
        """
        import numpy as np

        runs = len(next(iter(self.table.values())))
        at = np.full(runs, -1)
        for place, cell in enumerate(cells):
            at[np.logical_and.reduce([self.table[name] == level for name, level in cell])] = place
        taken_in, equal = at >= 0, [np.zeros(runs, dtype=int)]
        own = {name for cell in cells for name, _ in cell}
        for name in self.table.keys() - own:
            of = self.table[name]
            real = of != NO_LEVEL
            meaningful = [bool(real[at == place].any()) for place in range(len(cells))]
            if any(meaningful) and not all(meaningful):
                taken_in &= ~real | (of == self.references[name])
            else:
                equal.append(np.unique(of, return_inverse=True)[1])
        chosen = np.flatnonzero(taken_in)
        _, stratum = np.unique(np.column_stack(equal)[chosen], axis=0, return_inverse=True)
        found = Compared(chosen, at[chosen], stratum.ravel(), ())
        if not len(chosen):
            return None
        counts = np.zeros((found.strata, len(cells)), dtype=int)
        np.add.at(counts, (found.stratum, found.cell), 1)
        whole: Array = np.asarray((counts > 0).all(axis=1))
        if not whole.any():
            return None
        found = found.within(whole)
        return found._replace(held=tuple(self._held(found.chosen, own)))

    def _held(self, chosen: Array, own: set[str]) -> list[tuple[str, str]]:
        held = []
        for name, of in self.table.items():
            here = set(of[chosen].tolist()) - {NO_LEVEL}
            if name not in own and len(self.taken[name]) > 1 and len(here) == 1:
                held.append((name, here.pop()))
        return held
