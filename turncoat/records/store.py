"""A folder of Parquet files, one per log, so that a large collection is read fast again."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from itertools import starmap
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, NamedTuple, get_args, get_type_hints
from zipfile import BadZipFile, ZipFile

from pydantic import TypeAdapter, ValidationError

from turncoat._util.errors import TurncoatError
from turncoat.records.inflation import SAMPLES
from turncoat.records.log_runs import LogContent
from turncoat.records.logs import place_of
from turncoat.records.runs import RECORDED, Run, RunKind

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-untyped]

FORMAT = 3
"""Number of this file format; files of another are made anew."""
_KEY = b"turncoat"
_ONCE = frozenset({"uuid", "completion_hash"})
"""Columns whose texts hardly repeat; all others are stored as dictionaries."""


_KINDS = frozenset(get_args(RunKind)) - {"missing", "stopped"}
_OF_TYPE = {int: int, bool: bool, bool | None: (bool, NoneType)}
_TYPES: list[Any] = [_OF_TYPE.get(get_type_hints(Run)[name], str) for name in RECORDED]


class _About(NamedTuple):
    """What a file says of the log that it was made from."""

    format: int
    path: str
    size: int
    changed: int
    """Time of the log's last change, in nanoseconds."""
    lengths: dict[str, int]
    """Score to the number of its runs, in the order of the rows."""
    content: LogContent
    """Without the runs, which are the rows."""


_ABOUT = TypeAdapter(_About)


class Store:
    """Runs of finished logs, each log in a Parquet file of its own; prompts are not in it.

    A file stands for its log as long as the log has the size and the time of change that it had;
    else it is made anew. The folder may be deleted at any time.
    """

    def __init__(self, folder: Path) -> None:
        """Opens a store, or makes one.

        Args:
            folder: Where its files are, or shall be.

        Raises:
            TurncoatError: pyarrow is not installed, or the folder cannot be made.
        """
        try:
            import pyarrow.parquet  # type: ignore[import-untyped]  # noqa: F401
        except ImportError:
            raise TurncoatError("--store needs pyarrow: pip install 'turncoat[analysis]'") from None
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TurncoatError(f"--store {folder}: cannot be made ({error.strerror})") from None
        self.folder = folder

    def get(self, log: Path) -> LogContent | None:
        """The runs of a log, where they are stored and the log has not changed since.

        Args:
            log: The log's file.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        texts = [name for name in RECORDED if name not in _ONCE]
        try:
            table = pq.ParquetFile(self._file(log), read_dictionary=texts).read(use_threads=False)
            about = _ABOUT.validate_json((table.schema.metadata or {})[_KEY])
        except (OSError, KeyError, pa.ArrowException, ValidationError):
            return None  # Not there, half a file, or of another version: made anew.
        if about[:4] != (FORMAT, *_state(log)):
            return None
        try:
            columns = [_values(table.column(name)) for name in RECORDED]
        except KeyError:
            return None
        rows = list(starmap(Run, zip(*columns, strict=True)))
        if not _fits(rows, about, log):
            return None
        runs: dict[str, tuple[Run, ...]] = {}
        for score, length in about.lengths.items():
            runs[score], rows = tuple(rows[:length]), rows[length:]
        # The log may be named in another way than when it was stored.
        header = about.content.header._replace(path=str(log))
        return about.content._replace(header=header, runs=runs)

    def put(self, content: LogContent) -> None:
        """Stores the runs of a log, in place of what was stored of it.

        Args:
            content: The log.

        Raises:
            TurncoatError: The file cannot be written.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        log = place_of(content.header.path)
        about = _About(
            FORMAT,
            *_state(log),
            lengths={score: len(runs) for score, runs in content.runs.items()},
            content=content._replace(runs={}),
        )
        rows = [run[: len(RECORDED)] for runs in content.runs.values() for run in runs]
        columns = list(zip(*rows, strict=True)) or [()] * len(RECORDED)
        schema = pa.schema([(name, _type(name)) for name in RECORDED])
        table = pa.table(
            [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)],
            schema=schema.with_metadata({_KEY: _ABOUT.dump_json(about)}),
        )
        file = self._file(log)
        half = file.with_suffix(f".{os.getpid()}.half")
        try:
            pq.write_table(table, half, compression="zstd")
            half.replace(file)  # In one step: another reader never meets half a file.
        except OSError as error:
            with suppress(OSError):
                half.unlink(missing_ok=True)
            raise TurncoatError(f"--store {file}: cannot be written ({error})") from None

    def _file(self, log: Path) -> Path:
        place = sha256(str(log.resolve()).encode()).hexdigest()[:12]
        return self.folder / f"{log.stem}-{place}.parquet"


def _fits(rows: Sequence[Run], about: _About, log: Path) -> bool:
    """Whether rows can be those of the log: as many as it has samples, each one once and whole.

    How many runs the log has is asked of the log itself: what a file says of itself, a file with
    rows missing may say too.
    """
    header = about.content.header
    lengths = list(about.lengths.values())
    held = _samples_in(log)
    if sum(lengths) != len(rows) or (held is not None and set(lengths) - {held}):
        return False
    if not all(map(_is_whole, rows)):
        return False
    place = 0
    for length in lengths:
        part = rows[place : (place := place + length)]
        if len({(run.sample, run.epoch) for run in part}) < length:
            return False
    planned = set(header.sample_ids)
    return all(
        run.sample in planned and run.epoch <= header.epochs if planned else run.epoch
        for run in rows
    )


def _is_whole(run: Run) -> bool:
    """Whether every value is of the kind that its column holds."""
    return (
        all(isinstance(value, kind) for value, kind in zip(run, _TYPES, strict=False))
        and run.kind in _KINDS
        and run.epoch > 0
    )


def _samples_in(log: Path) -> int | None:
    """How many runs a log holds, by the list of its members; None where it is no archive."""
    if log.suffix != ".eval":
        return None
    try:
        with log.open("rb") as file, ZipFile(file) as members:
            return len({name for name in members.namelist() if name.startswith(SAMPLES)})
    except (OSError, BadZipFile):
        return None


def _state(log: Path) -> tuple[str, int, int]:
    found = log.stat()
    return str(log.resolve()), found.st_size, int(found.st_mtime * 1e9)


def _type(name: str) -> pa.DataType:
    import pyarrow as pa

    kind = get_type_hints(Run)[name]
    if kind in (bool, bool | None):
        return pa.bool_()
    return pa.int32() if kind is int else pa.string()


def _values(column: pa.ChunkedArray) -> list[Any]:
    """A column as Python values, each repeated text once in memory."""
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        return list(column.to_pylist())
    values: list[Any] = []
    for chunk in column.chunks:
        texts = chunk.dictionary.to_pylist()
        places = chunk.indices.to_pylist()
        values += [None if place is None else texts[place] for place in places]
    return values
