"""The design of crossed factors: its columns, what it can tell, and runs moved to other levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray

NO_LEVEL = "n/a"
"""What stands for a factor's level where the factor has no meaning."""

Column = tuple[tuple[str, str], ...]
"""Factor and level that a column of the design stands for; two of them for an interaction."""


def column_text(column: Column) -> str:
    """The column as people read it, `threat=none and goal_conflict=explicit`."""
    return " and ".join(f"{factor}={level}" for factor, level in column)


class Crossed:
    """Runs with the level of each factor.

    A factor without meaning under a condition (`n/a`) has no column there: a run without a goal
    has no goal's effect. Runs that are moved to such a condition lose the factor's effect, and a
    factor is judged by the runs in which it, and those that hang on it, have a meaning.
    """

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

    def mains(self) -> list[Column]:
        """A column for each level but the reference."""
        return [
            ((name, level),)
            for name, reference in self.references.items()
            for level in self.taken[name]
            if level != reference
        ]

    def design(self, columns: Sequence[Column], moved: Column = ()) -> Floats:
        """Runs by columns, with a first column of ones.

        Args:
            columns: What each of the others stands for.
            moved: Levels that all runs are taken at, whatever theirs were.
        """
        import numpy as np

        table = self._moved(moved)
        n = len(next(iter(table.values())))
        at_level = (
            np.prod([table[name] == level for name, level in column], axis=0) for column in columns
        )
        return np.column_stack([np.ones(n), *at_level])

    def meaningful(self, factors: Sequence[str]) -> Floats:
        """Which runs show the effect of these factors: they, and what hangs on them, have a level.

        All runs, where there is no such run.
        """
        import numpy as np

        concerned = [*factors, *(other for name in factors for other in self._hanging_on(name))]
        chosen = np.ones(len(next(iter(self.table.values()))), dtype=bool)
        for name in concerned:
            chosen &= self.table[name] != NO_LEVEL
        return chosen if chosen.any() else np.ones_like(chosen)

    def told_apart(
        self, columns: Sequence[Column], fixed: Sequence[Column] = ()
    ) -> tuple[list[Column], list[Column], list[Column]]:
        """What a design can tell.

        Args:
            columns: Candidates.
            fixed: Columns that stand before them, themselves independent.

        Returns:
            Columns for a fit of full rank (the fixed ones first), and those of the candidates
            whose coefficient is determined, and those whose coefficient is not.
        """
        import numpy as np

        whole = np.unique(self.design([*fixed, *columns]), axis=0)
        kept, places = list(fixed), list(range(len(fixed) + 1))
        for place, column in enumerate(columns, len(fixed) + 1):
            if np.linalg.matrix_rank(whole[:, [*places, place]]) > len(places):
                kept.append(column)
                places.append(place)
        # A coefficient is determined if no combination of columns that is 0 contains it.
        _, values, rows = np.linalg.svd(whole, full_matrices=True)
        null = rows[int((values > 1e-9 * values[0]).sum()) :]
        free = np.abs(null).max(axis=0, initial=0.0) < 1e-9
        sure = [c for place, c in enumerate(columns, len(fixed) + 1) if free[place]]
        return kept, sure, [column for column in columns if column not in sure]

    def _moved(self, levels: Column) -> dict[str, Floats]:
        import numpy as np

        table = dict(self.table)
        for name, level in levels:
            for other in self._hanging_on(name):
                if (self.table[other][self.table[name] == level] == NO_LEVEL).all():
                    table[other] = np.full_like(table[other], NO_LEVEL)
        for name, level in levels:
            table[name] = np.full(len(table[name]), level)
        return table

    def _hanging_on(self, name: str) -> list[str]:
        """Factors that never have a level under some level of this one, but elsewhere have."""
        found = []
        for other, of in self.table.items():
            lost = [
                level
                for level in self.taken[name]
                if (of[self.table[name] == level] == NO_LEVEL).all()
            ]
            if other != name and lost and len(lost) < len(self.taken[name]):
                found.append(other)
        return found
