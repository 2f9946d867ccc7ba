"""Greedy turns with drafts that are looked up in the conversation itself (prompt lookup decoding).

Agents repeat names, ids and whole calls. A draft that the model confirms costs one pass instead of one per token, and
one that it does not confirm changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from trace_trainers.engine.hf.sampler import BatchSampler
from trace_trainers.engine.sequence import TokenSequence

_MATCH_LENGTHS = (4, 3, 2)
"""How many of the newest ids must have occurred before; tried in this order."""
_FIRST_DRAFT = 4
"""Ids of the first draft, and of the next after one that was not confirmed to its end."""
_LONGEST_DRAFT = 32
"""Ids of the longest draft; a confirmed draft doubles the length of the next."""
_PASS_COST = 128
"""What a pass costs besides its ids, in ids: the weights are read once per pass (two CPU cores, 0.5 B parameters)."""


def generate_drafted(
    sampler: BatchSampler,
    logits: torch.Tensor,
    sequences: Sequence[TokenSequence],
    *,
    max_new_tokens: Sequence[int],
) -> list[list[int]]:
    """Takes the likeliest ids as `BatchSampler.generate` does at temperature 0, several per pass where guessed right.

    The turns are the same but for rounding: a pass over several ids may break a tie between two logits differently.

    Args:
        sampler: Holds the rows' cache.
        logits: What `forward` returned last, shape (rows, vocabulary).
        sequences: The conversations, in the cache's order; what is taken is appended to them.
        max_new_tokens: The longest turn allowed in each row, in tokens, >= 1.

    Returns:
        The ids of each row's turn.
    """
    turns = []
    for sequence, most, row_logits in zip(sequences, max_new_tokens, logits, strict=True):
        turn = _Turn(sequence, sampler.eos, most)
        turn.take(row_logits[None], [])
        turns.append(turn)

    while any(turn.waiting for turn in turns):
        drafts = _cut([turn.draft() for turn in turns])
        chunks = []
        for turn, draft in zip(turns, drafts, strict=True):
            chunks.append([*turn.waiting, *draft])
        width = max(map(len, chunks))
        logits_of_rows = sampler.forward_last(chunks, width)

        refused = [0] * len(turns)
        for row, (turn, chunk, draft) in enumerate(zip(turns, chunks, drafts, strict=True)):
            # a turn that is over is fed nothing, and its row's logits mean nothing
            if chunk:
                refused[row] = turn.take(logits_of_rows[row, width - len(chunk) :], draft)
        sampler.rollback(refused)
        sampler.compact()
    return [turn.ids for turn in turns]


def lookup(ids: Sequence[int], most: int) -> list[int]:
    """Returns what followed the latest earlier occurrence of the newest ids, trying the longest match first.

    Args:
        ids: The conversation.
        most: How many ids are wanted.

    Example:
        >>> lookup([1, 2, 3, 9, 1, 2, 3], most=2)
        [9, 1]
    """
    if most < 1 or not ids:
        return []

    # this runs for every row and pass: comparing single ids first leaves few places to compare slices at
    newest_id = ids[-1]
    ends = [position for position in range(len(ids) - 2, -1, -1) if ids[position] == newest_id]

    for length in _MATCH_LENGTHS:
        newest = ids[-length:]
        for end in ends:
            if end + 1 >= length and ids[end + 1 - length : end + 1] == newest:
                return list(ids[end + 1 : end + 1 + most])
    return []


class _Turn:
    """One row's turn while it grows."""

    def __init__(self, sequence: TokenSequence, eos: frozenset[int], most: int) -> None:
        self.ids: list[int] = []
        self.waiting: list[int] = []
        """The newest id, as long as it has not been fed; empty once the turn is over and fed."""
        self._sequence = sequence
        self._eos = eos
        self._most = most
        self._draft_length = _FIRST_DRAFT

    def draft(self) -> list[int]:
        """Returns a guess of what comes after the waiting id."""
        if not self.waiting or self._is_over:
            return []
        # the pass that confirms a draft adds one id of its own
        room = self._most - len(self.ids) - 1
        return lookup(self._sequence.ids, min(self._draft_length, room))

    def take(self, logits: torch.Tensor, draft: Sequence[int]) -> int:
        """Appends the ids of a draft that the model confirms, and the id it chooses after them.

        Args:
            logits: The logits after the waiting id and after each id of the draft, shape (1 + len(draft), vocabulary).
            draft: What was fed after the waiting id.

        Returns:
            How many ids of the draft must be taken back.
        """
        best = logits.argmax(dim=-1)
        logprobs = (logits.gather(1, best[:, None])[:, 0] - logits.logsumexp(dim=-1)).tolist()
        self.waiting = []

        confirmed = 0
        for guess, logprob in zip(draft, logprobs, strict=False):
            if self._is_over or guess != best[confirmed]:
                break
            self._add(guess, logprob)
            confirmed += 1
        if not self._is_over:
            self.waiting = [int(best[confirmed])]
            self._add(self.waiting[0], logprobs[confirmed])

        if draft and confirmed == len(draft):
            self._draft_length = min(_LONGEST_DRAFT, 2 * self._draft_length)
        elif draft:
            self._draft_length = _FIRST_DRAFT
        return len(draft) - confirmed

    @property
    def _is_over(self) -> bool:
        return bool(self.ids) and (self.ids[-1] in self._eos or len(self.ids) >= self._most)

    def _add(self, token: int, logprob: float) -> None:
        self.ids.append(token)
        self._sequence.add_sampled(token, logprob)


def _cut(drafts: Sequence[list[int]]) -> list[list[int]]:
    """Cuts drafts to the length with the best yield per cost, since the longest draft sets the width of every row."""

    def worth(length: int) -> float:
        gained = len(drafts)
        for draft in drafts:
            gained += min(len(draft), length)
        return gained / (_PASS_COST + len(drafts) * (1 + length))

    # ascending, so that `max` takes the shortest of equally good lengths
    lengths = sorted({0, *map(len, drafts)})
    best = max(lengths, key=worth)
    return [draft[:best] for draft in drafts]
