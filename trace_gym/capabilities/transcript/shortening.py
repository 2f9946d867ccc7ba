"""Making a long transcript fit: the middle gives way first, results before words, and it is said where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from trace_gym.capabilities.transcript.blocks import Block, Quote

_KEPT = 400
"""Characters that stay of a text that is shortened."""
_LEAST = 600
"""Shorter texts are left alone: hardly anything would be won."""


@dataclass(frozen=True)
class Shortened:
    r"""What is left of a transcript.

    Example:
        >>> shorten([Block(0, "user", (Quote("Hi"),))], 1000).text()
        '[0] user\n| Hi'
    """

    blocks: tuple[Block, ...]
    """The blocks that are shown."""
    is_shortened: bool = False
    """Whether anything was cut out."""
    gap: tuple[int, int] | None = None
    """The first and the last message that were left out altogether; None if all are there."""

    def text(self) -> str:
        """Returns the transcript, with a line where messages were left out."""
        lines = []
        for block in self.blocks:
            if self.gap is not None and block.number == self.gap[1] + 1:
                lines.append(_gap_line(*self.gap))
            lines.append(block.text())
        return "\n".join(lines)


def shorten(blocks: list[Block], max_chars: int) -> Shortened:
    """Cuts a transcript down to a number of characters.

    Results of tools are shortened first, those in the middle of the conversation before those at its ends; then what
    was said and called, in the same order; at last whole messages are left out, from the middle on. The first and the
    last message always stay, shortened.

    Args:
        blocks: The messages.
        max_chars: How long the transcript may be.

    Example:
        >>> long = [Block(number, "tool", (Quote("word " * 400, is_result=True),)) for number in range(3)]
        >>> short = shorten(long, 5000)
        >>> [len(block.text()) > 1000 for block in short.blocks]
        [True, False, True]
    """
    size = sum(map(_size, blocks))
    if size <= max_chars:
        return Shortened(tuple(blocks))

    shown = list(blocks)
    for wanted in (_is_result, _is_anything):
        for position in _from_the_middle(len(shown)):
            if size <= max_chars:
                break
            before = _size(shown[position])
            shown[position] = _with_short_quotes(shown[position], wanted)
            size += _size(shown[position]) - before
    return _without_middle(shown, size, max_chars)


def _without_middle(blocks: list[Block], size: int, max_chars: int) -> Shortened:
    """Leaves messages out, from the middle on, until the rest fits or only the first and the last are left."""
    first = len(blocks) // 2
    end = first
    while size > max_chars and (first > 1 or end < len(blocks) - 1):
        if end == first:
            size += len(_gap_line(0, len(blocks))) + 1
        # the side with more left gives way, so that the gap stays in the middle
        if end < len(blocks) - 1 and (first <= 1 or len(blocks) - end >= first):
            size -= _size(blocks[end])
            end += 1
        else:
            first -= 1
            size -= _size(blocks[first])

    if end == first:
        return Shortened(tuple(blocks), is_shortened=True)
    gap = (blocks[first].number, blocks[end - 1].number)
    return Shortened((*blocks[:first], *blocks[end:]), is_shortened=True, gap=gap)


def _from_the_middle(count: int) -> list[int]:
    """Returns all positions, those nearest to the middle first."""
    middle = (count - 1) / 2
    return sorted(range(count), key=lambda position: (abs(position - middle), position))


def _with_short_quotes(block: Block, wanted: Callable[[Quote], bool]) -> Block:
    quotes = []
    for quote in block.quotes:
        if wanted(quote) and len(quote.text) > _LEAST:
            quotes.append(quote.with_text(_cut(quote.text)))
        else:
            quotes.append(quote)
    return replace(block, quotes=tuple(quotes))


def _cut(text: str) -> str:
    """Returns the beginning and the end of a text, with a mark between them."""
    half = _KEPT // 2
    return f"{text[:half]}\n[... {len(text) - _KEPT:,} characters are left out here ...]\n{text[-half:]}"


def _gap_line(first: int, last: int) -> str:
    return f"[... messages {first} to {last} are left out here ...]"


def _is_result(quote: Quote) -> bool:
    return quote.is_result


def _is_anything(quote: Quote) -> bool:
    return True


def _size(block: Block) -> int:
    return len(block.text()) + 1
