"""Greedy turns with drafts that are looked up in the conversation itself (prompt lookup decoding).

Agents repeat themselves: names, ids, whole calls. A draft that the model confirms costs one pass instead of one a
token, and one that it does not confirm changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from trace_trainers.engine.hf.sampler import BatchSampler, TokenSequence

_MATCHES = (4, 3, 2)
"""How many of the newest ids must have stood there before, in the order tried."""
_FIRST, _MOST = 4, 32
"""Length of a row's first draft, and of the longest."""
_PASS = 128
"""What a pass costs beside its ids, in ids: the weights are read once a pass (two CPU cores, 0.5 B parameters)."""


def generate_drafted(
    sampler: BatchSampler, logits: torch.Tensor, rows: Sequence[TokenSequence], *, max_new_tokens: Sequence[int]
) -> list[list[int]]:
    """Takes the likeliest ids as `BatchSampler.generate` does at temperature 0, several a pass where they are guessed.

    Equal but for rounding: a pass over several ids may decide a tie between two logits otherwise.

    Args:
        sampler: holds the rows' cache.
        logits: what `forward` returned last, shape (rows, vocabulary).
        rows: the conversations, in the cache's order; what is taken is appended to them.
        max_new_tokens: each row's turn is cut there, >= 1.

    Returns:
        The ids of each row's turn.
    """
    turns = [_Turn(row, sampler.eos, most) for row, most in zip(rows, max_new_tokens, strict=True)]
    for turn, own in zip(turns, logits, strict=True):
        turn.take(own[None], [])
    while any(turn.waiting for turn in turns):
        drafts = _cut([turn.draft() for turn in turns])
        chunks = [[*turn.waiting, *draft] for turn, draft in zip(turns, drafts, strict=True)]
        width = max(map(len, chunks))
        behind = sampler.forward_last(chunks, width)
        sampler.rollback(
            [
                turn.take(own[width - len(chunk) :], draft) if chunk else 0
                for turn, own, chunk, draft in zip(turns, behind, chunks, drafts, strict=True)
            ]
        )
        sampler.compact()
    return [turn.ids for turn in turns]


def lookup(ids: Sequence[int], most: int) -> list[int]:
    """Returns at most `most` ids that followed the latest earlier place of the newest ids, the longest match first."""
    if most < 1 or not ids:
        return []
    ends = [i for i in range(len(ids) - 2, -1, -1) if ids[i] == ids[-1]]
    for size in _MATCHES:
        newest = ids[-size:]
        for end in ends:
            if end + 1 >= size and ids[end + 1 - size : end + 1] == newest:
                return list(ids[end + 1 : end + 1 + most])
    return []


class _Turn:
    """One row's turn while it grows."""

    def __init__(self, row: TokenSequence, eos: frozenset[int], most: int) -> None:
        self.ids: list[int] = []
        self.waiting: list[int] = []
        """The newest id, as long as it has not been fed."""
        self._row, self._eos, self._most = row, eos, most
        self._length = _FIRST

    def draft(self) -> list[int]:
        """Returns a guess of what comes after the waiting id."""
        if not self.waiting or self._over:
            return []
        room = self._most - len(self.ids) - 1  # the pass itself gives one more
        return lookup([*self._row.prompt, *self._row.completion], min(self._length, room))

    def take(self, logits: torch.Tensor, draft: Sequence[int]) -> int:
        """Takes what the model confirms of a draft, and its own next id.

        Args:
            logits: behind the waiting id and behind each id of the draft, shape (1 + len(draft), vocabulary).
            draft: what was fed behind the waiting id.

        Returns:
            How many ids of the draft are to be forgotten.
        """
        best = logits.argmax(dim=-1)
        logprobs = (logits.gather(1, best[:, None])[:, 0] - logits.logsumexp(dim=-1)).tolist()
        self.waiting = []
        confirmed = 0
        for guess, logprob in zip(draft, logprobs, strict=False):
            if self._over or guess != best[confirmed]:
                break
            self._add(guess, logprob)
            confirmed += 1
        if not self._over:
            self.waiting = [int(best[confirmed])]
            self._add(self.waiting[0], logprobs[confirmed])
        if draft:
            self._length = min(_MOST, 2 * self._length) if confirmed == len(draft) else _FIRST
        return len(draft) - confirmed

    @property
    def _over(self) -> bool:
        return bool(self.ids) and (self.ids[-1] in self._eos or len(self.ids) >= self._most)

    def _add(self, token: int, logprob: float) -> None:
        self.ids.append(token)
        self._row.completion.append(token)
        self._row.mask.append(1)
        self._row.logprobs.append(logprob)


def _cut(drafts: Sequence[list[int]]) -> list[list[int]]:
    """Cuts drafts to the length that confirms most for its cost, as every row of a pass is as wide as the longest."""
    lengths = {0, *map(len, drafts)}

    def worth(length: int) -> float:
        return sum(1 + min(len(draft), length) for draft in drafts) / (_PASS + len(drafts) * (1 + length))

    best = max(sorted(lengths), key=worth)
    return [draft[:best] for draft in drafts]
