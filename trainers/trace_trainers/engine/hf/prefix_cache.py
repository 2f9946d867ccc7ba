"""The KV caches of earlier prompts, so that what a new prompt shares with one of them need not be computed again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import torch
from transformers import DynamicCache

Layers = list[tuple[torch.Tensor, torch.Tensor]]
"""Keys and values by layer, of shape (1, key heads, ids, dimensions)."""


class PrefixCache:
    """Keeps the caches of the most recently used prompts.

    Example:
        >>> prefixes, cache = PrefixCache(), DynamicCache()
        >>> _ = cache.update(torch.zeros(1, 1, 3, 2), torch.zeros(1, 1, 3, 2), 0)
        >>> prefixes.keep([4, 5, 6], cache)
        >>> prefixes.recall([4, 5, 9, 9], DynamicCache())
        2
    """

    def __init__(self, most: int = 12) -> None:
        """Starts empty.

        Args:
            most: How many prompts are kept; each takes as much memory as a conversation of its length.
        """
        self._most = most
        self._layers_of: OrderedDict[tuple[int, ...], Layers] = OrderedDict()

    def recall(self, ids: Sequence[int], cache: DynamicCache) -> int:
        """Fills an empty cache with the longest beginning of `ids` that an earlier prompt shares.

        Args:
            ids: A prompt.
            cache: Empty; filled in place.

        Returns:
            How many ids are in the cache now.
        """
        best: tuple[int, ...] | None = None
        length = 0
        for prompt in self._layers_of:
            shared = _shared_length(prompt, ids)
            if shared > length:
                best = prompt
                length = shared
        if best is None:
            return 0

        self._layers_of.move_to_end(best)
        for number, (keys, values) in enumerate(self._layers_of[best]):
            cache.update(keys[:, :, :length].clone(), values[:, :, :length].clone(), number)
        return length

    def keep(self, ids: Sequence[int], cache: DynamicCache) -> None:
        """Stores a copy of a prompt's cache, and drops the least recently used prompt if there are too many.

        Args:
            ids: The prompt.
            cache: The prompt's keys and values, in a single row.
        """
        # cloned: the caller's cache goes on to grow
        layers: Layers = []
        for layer in cache.layers:
            held: Any = layer
            layers.append((held.keys.clone(), held.values.clone()))
        self._layers_of[tuple(ids)] = layers
        while len(self._layers_of) > self._most:
            self._layers_of.popitem(last=False)


def _shared_length(first: Sequence[int], second: Sequence[int]) -> int:
    """Returns how many leading ids two prompts share; either may be the beginning of the other."""
    for position, (a, b) in enumerate(zip(first, second, strict=False)):
        if a != b:
            return position
    return min(len(first), len(second))
