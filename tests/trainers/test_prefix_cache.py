"""The caches of earlier prompts: what is found, what is dropped, and that nothing is shared by accident."""

from __future__ import annotations

import pytest
import torch
from trace_trainers.engine.hf.prefix_cache import PrefixCache
from transformers import DynamicCache


def cache_of(ids: list[int]) -> DynamicCache:
    """A cache of one layer whose keys are the ids themselves."""
    cache = DynamicCache()
    keys = torch.tensor(ids, dtype=torch.float32).reshape(1, 1, -1, 1)
    cache.update(keys, -keys, 0)
    return cache


def recalled(prefixes: PrefixCache, ids: list[int]) -> list[float]:
    cache = DynamicCache()
    length = prefixes.recall(ids, cache)
    assert length == cache.get_seq_length()
    if length == 0:
        return []
    return cache.layers[0].keys.flatten().tolist()


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ([1, 2, 3, 4], [1, 2, 3]),
        ([1, 2, 9], [1, 2]),
        ([1, 2], [1, 2]),
        ([7, 8, 9], [7, 8]),
        ([9, 1, 2], []),
        ([], []),
    ],
)
def test_the_longest_shared_beginning_is_recalled(ids: list[int], expected: list[int]) -> None:
    prefixes = PrefixCache()
    for prompt in ([1, 5], [1, 2, 3], [7, 8]):
        prefixes.keep(prompt, cache_of(prompt))

    assert recalled(prefixes, ids) == expected


def test_a_cache_that_grows_later_does_not_change_what_is_kept() -> None:
    prefixes = PrefixCache()
    cache = cache_of([1, 2])
    prefixes.keep([1, 2], cache)
    cache.layers[0].keys.fill_(99)

    assert recalled(prefixes, [1, 2, 3]) == [1, 2]


def test_what_was_recalled_may_be_changed() -> None:
    prefixes = PrefixCache()
    prefixes.keep([1, 2], cache_of([1, 2]))
    cache = DynamicCache()
    prefixes.recall([1, 2], cache)
    cache.layers[0].keys.fill_(99)

    assert recalled(prefixes, [1, 2]) == [1, 2]


def test_the_same_prompt_takes_one_place() -> None:
    prefixes = PrefixCache(most=2)
    for prompt in ([1, 1], [2, 2], [2, 2]):
        prefixes.keep(prompt, cache_of(prompt))

    assert recalled(prefixes, [1, 1]) == [1, 1]


def test_a_prompt_that_was_recalled_outlives_one_that_was_not() -> None:
    prefixes = PrefixCache(most=2)
    prefixes.keep([1, 1], cache_of([1, 1]))
    prefixes.keep([2, 2], cache_of([2, 2]))
    recalled(prefixes, [1, 1])
    prefixes.keep([3, 3], cache_of([3, 3]))

    assert recalled(prefixes, [2, 2]) == []
    assert recalled(prefixes, [1, 1]) == [1, 1]
