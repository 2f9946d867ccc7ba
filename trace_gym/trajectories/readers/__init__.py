"""Readers of trajectory files, one format a file; `read_trajectories` and `iter_trajectories` find the right one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from trace_gym.errors import UserError
from trace_gym.trajectories.episode_error import EpisodeError, UnknownFormatError
from trace_gym.trajectories.readers import (
    agentdojo,
    bfcl,
    chat,
    hf_dataset,
    inspect_log,
    native,
    tau1,
    tau2,
    toolsandbox,
)
from trace_gym.trajectories.readers.detect import detect
from trace_gym.trajectories.readers.inputs import find_inputs
from trace_gym.trajectories.readers.reader import Episode, Options, Reader, Source
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.streams import seekable

READERS: Sequence[Reader] = (native, tau1, tau2, agentdojo, bfcl, toolsandbox, inspect_log, chat, hf_dataset)
"""All readers, in the order in which they are asked; `chat` comes after the formats that hold messages too."""
FORMATS = tuple(reader.NAME for reader in READERS)
"""The formats' names, as `--format` takes them."""


def read_trajectories(path: str | Path) -> list[Trajectory]:
    """Reads every trajectory of a file or folder in any known format, plain or gzip.

    Args:
        path: A file, or a folder of files (files of no known format in it are skipped).

    Raises:
        UserError: If a file is unreadable, damaged, empty, or of no known format; names the position.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "chats.json"
        ...     _ = path.write_text('[{"messages": [{"role": "user", "content": "Hi"}], "reward": 1, "id": "7"}]')
        ...     [trajectory.task_id for trajectory in read_trajectories(path)]
        ['7']
    """
    return list(iter_trajectories(path))


def iter_trajectories(path: str | Path) -> Iterator[Trajectory]:
    """Yields the trajectories one by one, with no more than one in memory.

    Args:
        path: As for `read_trajectories`.

    Raises:
        UserError: At the first episode or file that cannot be read.
    """
    empty = True
    for one in find_inputs([Path(path)]):
        for episode in iter_episodes(one.path):
            if isinstance(episode, Trajectory):
                empty = False
                yield episode
                continue

            # a folder of logs holds configurations and summaries too
            if one.found and isinstance(episode, UnknownFormatError):
                continue
            raise episode

    if empty:
        raise UserError(f"{path}: holds no trajectory.")


def iter_episodes(path: Path, *, name: str = "", options: Options | None = None) -> Iterator[Episode]:
    """Yields a file's episodes, and an `EpisodeError` for each that cannot be used.

    Args:
        path: A file, or the folder of a Hugging Face dataset.
        name: One of `FORMATS`; empty to detect it.
        options: What the format needs besides the file.
    """
    try:
        with opened(path, name=name, options=options) as (_, episodes):
            yield from episodes
    except EpisodeError as error:
        yield error


@contextlib.contextmanager
def opened(path: Path, *, name: str = "", options: Options | None = None) -> Iterator[tuple[Reader, Iterator[Episode]]]:
    """Opens a file and finds its reader.

    Args:
        path: A file, or the folder of a Hugging Face dataset.
        name: One of `FORMATS`; empty to detect it.
        options: What the format needs besides the file.

    Yields:
        The reader, and the episodes with an `EpisodeError` in the place of each bad one.

    Raises:
        EpisodeError: If no reader knows the file. Later errors are among the episodes.
    """
    if options is None:
        options = Options()

    with contextlib.ExitStack() as stack:
        try:
            source = Source(path, stack.enter_context(seekable(path)), options)
            reader = _reader(source, name)
        except EpisodeError:
            raise
        except UserError as error:
            raise _at(path, error) from None
        yield reader, _episodes(reader, source)


def _reader(source: Source, name: str) -> Reader:
    if name and name not in FORMATS:
        raise UserError(f"Unknown format {name!r}; expected one of {', '.join(FORMATS)}.")
    if name:
        return dict(zip(FORMATS, READERS, strict=True))[name]
    if source.data.is_dir() and hf_dataset.is_dataset(source.data):
        return hf_dataset
    return detect(source, READERS)


def _episodes(reader: Reader, source: Source) -> Iterator[Episode]:
    empty = True
    try:
        for episode in reader.episodes(source):
            empty = False
            yield episode

        # without this, an empty log would be counted as read without a fault
        if empty:
            yield source.bad("", f"holds no trajectories when read as {reader.TITLE}")
    except EpisodeError as error:
        yield error
    except UserError as error:
        yield _at(source.path, error)


def _at(path: Path, error: UserError) -> EpisodeError:
    """The same error with its file apart from its reason."""
    return EpisodeError(path, "", str(error).removeprefix(f"{path}: "))
