"""Registers our spaces with Gymnasium's public hooks: flattening, batching, shared memory."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from ctypes import c_uint8
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.spaces import utils
from gymnasium.vector.utils import (
    batch_differing_spaces,
    batch_space,
    concatenate,
    create_empty_array,
    create_shared_memory,
    read_from_shared_memory,
    write_to_shared_memory,
)

from trace_gym.env.spaces.encoded import PADDING, EncodedSpace
from trace_gym.env.spaces.text import AssistantTurn, Utf8Text
from trace_gym.env.spaces.tool_call import ToolCallSpace

_HEADER = 8
"""Bytes before each member in shared memory: its length plus one, 0 before anything was written."""


class SharedMembers(Sequence[Any]):
    """The members of all environments, read from shared memory at each access.

    `AsyncVectorEnv` reads its shared memory once and then expects what it got to change by itself; a deep copy, which
    it hands out by default, is a plain tuple.

    Example:
        >>> space = Utf8Text(max_chars=2)
        >>> cells = np.zeros((1, _cell_size(space)), dtype=np.uint8)
        >>> SharedMembers(space, cells)[0]
        ''
    """

    def __init__(self, space: EncodedSpace[Any], cells: np.ndarray) -> None:
        """Wraps a view of shared memory.

        Args:
            space: The space of one member.
            cells: uint8 of shape (n, 8 + max_bytes), a view on the memory.
        """
        self._space = space
        self._cells = cells

    def __len__(self) -> int:
        return len(self._cells)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            positions = range(*index.indices(len(self)))
            return tuple(map(self.__getitem__, positions))
        cell = self._cells[index]
        length = int(cell[:_HEADER].view(np.uint64)[0])
        if length == 0:
            return self._space.empty
        return self._space.decode(cell[_HEADER : _HEADER + length - 1].tobytes())

    def __iter__(self) -> Iterator[Any]:
        return map(self.__getitem__, range(len(self)))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, SharedMembers):
            return tuple(self) == tuple(other)
        return tuple(self) == other

    __hash__ = None  # type: ignore[assignment]

    def __deepcopy__(self, memo: dict[int, Any]) -> tuple[Any, ...]:
        return tuple(self)

    def __repr__(self) -> str:
        return f"SharedMembers{tuple(self)!r}"


@utils.flatdim.register(EncodedSpace)
def _flatdim(space: EncodedSpace[Any]) -> int:
    return space.max_bytes


@utils.flatten.register(EncodedSpace)
def _flatten(space: EncodedSpace[Any], x: Any) -> np.ndarray:
    data = space.encoded(x)
    flat = np.full(space.max_bytes, PADDING, dtype=np.uint8)
    flat[: len(data)] = np.frombuffer(data, dtype=np.uint8)
    return flat


@utils.unflatten.register(EncodedSpace)
def _unflatten(space: EncodedSpace[Any], x: np.ndarray) -> Any:
    flat = np.asarray(x).astype(np.uint8)
    return space.decode(flat[flat != PADDING].tobytes())


@utils.flatten_space.register(EncodedSpace)
def _flatten_space(space: EncodedSpace[Any]) -> spaces.Box:
    return spaces.Box(0, 255, shape=(space.max_bytes,), dtype=np.uint8)


@utils.is_space_dtype_shape_equiv.register(EncodedSpace)
def _is_equivalent(space_1: EncodedSpace[Any], space_2: Any) -> bool:
    return type(space_1) is type(space_2) and space_1.max_bytes == space_2.max_bytes


@batch_space.register(EncodedSpace)
def _batch(space: EncodedSpace[Any], n: int = 1) -> spaces.Space[Any]:
    batched = spaces.Tuple([deepcopy(space) for _ in range(n)], seed=deepcopy(space.np_random))
    # the copies must not all draw the same, and the original must draw what it would have drawn
    seeds = deepcopy(space.np_random).integers(0, 2**31, n)
    batched.seed(seeds.tolist())
    return batched


def _batch_differing(members: Sequence[EncodedSpace[Any]]) -> spaces.Space[Any]:
    return spaces.Tuple([deepcopy(space) for space in members], seed=deepcopy(members[0].np_random))


# this hook goes by the exact type
for _space in (Utf8Text, AssistantTurn, ToolCallSpace):
    batch_differing_spaces.register(_space, _batch_differing)


@concatenate.register(EncodedSpace)
def _concatenate(space: EncodedSpace[Any], items: Iterable[Any], out: Any) -> tuple[Any, ...]:
    return tuple(items)


@create_empty_array.register(EncodedSpace)
def _create_empty(space: EncodedSpace[Any], n: int = 1, fn: Callable[..., Any] = np.zeros) -> tuple[Any, ...]:
    return tuple(space.empty for _ in range(n))


@create_shared_memory.register(EncodedSpace)
def _create_shared(space: EncodedSpace[Any], n: int = 1, ctx: Any = multiprocessing) -> Any:
    return ctx.Array(c_uint8, n * _cell_size(space))


@read_from_shared_memory.register(EncodedSpace)
def _read_shared(space: EncodedSpace[Any], shared_memory: Any, n: int = 1) -> SharedMembers:
    return SharedMembers(space, _cells(space, shared_memory))


@write_to_shared_memory.register(EncodedSpace)
def _write_shared(space: EncodedSpace[Any], index: int, value: Any, shared_memory: Any) -> None:
    data = space.encoded(value)
    cell = _cells(space, shared_memory)[index]
    cell[_HEADER : _HEADER + len(data)] = np.frombuffer(data, dtype=np.uint8)
    # the length last: a reader that comes in between still sees the member before
    cell[:_HEADER].view(np.uint64)[0] = len(data) + 1


def _cells(space: EncodedSpace[Any], shared_memory: Any) -> np.ndarray:
    cells: np.ndarray = np.frombuffer(shared_memory.get_obj(), dtype=np.uint8).reshape(-1, _cell_size(space))
    return cells


def _cell_size(space: EncodedSpace[Any]) -> int:
    """Bytes per environment, rounded up so that headers stay aligned."""
    return _HEADER + -(-space.max_bytes // _HEADER) * _HEADER
