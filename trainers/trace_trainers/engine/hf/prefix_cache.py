"""Prompts that have been fed before: what a new one has in common with them need not be fed again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import torch
from transformers import DynamicCache

Layers = list[tuple[torch.Tensor, torch.Tensor]]
"""Keys and values by layer, of shape (1, key heads, ids, dimensions)."""


class PrefixCache:
    """Keeps the caches of the prompts used last."""

    def __init__(self, most: int = 12) -> None:
        """Args: most: prompts kept; each takes what a conversation of its length takes."""
        self._most = most
        self._held: OrderedDict[tuple[int, ...], Layers] = OrderedDict()

    def recall(self, ids: Sequence[int], cache: DynamicCache) -> int:
        """Fills an empty cache with the longest known beginning of `ids`; returns its length."""
        best, length = None, 0
        for known in self._held:
            same = next(
                (i for i, (a, b) in enumerate(zip(known, ids, strict=False)) if a != b), min(len(known), len(ids))
            )
            if same > length:
                best, length = known, same
        if best is None:
            return 0
        self._held.move_to_end(best)
        for number, (keys, values) in enumerate(self._held[best]):
            cache.update(keys[:, :, :length].clone(), values[:, :, :length].clone(), number)
        return length

    def keep(self, ids: Sequence[int], cache: DynamicCache) -> None:
        """Remembers what a cache of one row holds after `ids`; what was used longest ago is dropped."""
        self._held[tuple(ids)] = [(layer.keys.clone(), layer.values.clone()) for layer in cache.layers]
        while len(self._held) > self._most:
            self._held.popitem(last=False)
