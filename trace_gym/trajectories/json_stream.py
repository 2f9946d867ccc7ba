"""Reading a large JSON text value by value, holding no more of it than one value and one chunk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trace_gym.trajectories.episode_error import EpisodeError

_SPACE = " \t\r\n"
_DECODER = json.JSONDecoder()
_NEAR_THE_END = 16
"""A value whose fault is this near to the end of what was read may only be cut off by the chunk."""
_NUMBERS_TAIL = 3
"""A number that is cut off ends at most two characters earlier than its text, as in `1e+`."""
_STARTS = '[{"-0123456789tfnNI'
"""How values start."""


class JsonStream:
    """A cursor in a JSON text.

    Its methods raise `EpisodeError`, naming line and column, where the text is no JSON or ends too early.

    Example:
        >>> stream = JsonStream(Path("a.json"), iter(['{"a": ', '[1, 2]}']))
        >>> stream.value()
        {'a': [1, 2]}
    """

    def __init__(self, path: Path, chunks: Iterator[str]) -> None:
        """Starts before the first character.

        Args:
            path: Named in errors.
            chunks: The text in pieces.
        """
        self._path = path
        self._chunks = chunks
        self._text = ""
        self._at = 0
        self._ended = False
        # of what was dropped from the front of the text
        self._lines = 0
        self._column = 0

    def peek(self) -> str:
        """Returns the next character that is no space, empty at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _SPACE:
                    return self._text[self._at]
                self._at += 1
            if not self._fill():
                return ""

    def value(self) -> Any:
        """Reads one value, whole."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                # a value that the chunk cut off fails at its end, or in a string that does not close
                cut = error.pos >= len(self._text) - _NEAR_THE_END or error.msg.startswith("Unterminated string")
                if not (cut and self._fill(len(self._text) - self._at)):
                    raise self._fault(error.pos, f"{error.msg}; not valid JSON, perhaps cut off") from None
            except RecursionError:
                raise self._fault(self._at, "nested too deeply to be a trajectory") from None
            except ValueError as error:
                raise self._fault(self._at, f"{error}") from None
            else:
                if end > len(self._text) - _NUMBERS_TAIL and isinstance(value, (int, float)) and self._fill():
                    # the number may go on
                    continue
                self._at = end
                return value

    def members(self) -> Iterator[str]:
        """Yields the keys of the object at the cursor; after each the caller reads or skips the value."""
        going = self._enter("{", "}", "an object")
        while going:
            if self.peek() != '"':
                raise self._unexpected("a key in quotes")
            key: str = self.value()
            self._take(":")
            yield key
            going = self._goes_on("}")

    def elements(self) -> Iterator[Any]:
        """Yields the elements of the array at the cursor, each whole."""
        going = self._enter("[", "]", "a list")
        while going:
            yield self.value()
            going = self._goes_on("]")

    def skip(self) -> None:
        """Passes over one value, an array element by element."""
        if self.peek() != "[":
            self.value()
            return
        for _ in self.elements():
            pass

    def finish(self) -> None:
        """Makes sure that nothing but space is left."""
        if self.peek():
            raise self._unexpected("the end of the file")

    def _goes_on(self, closing: str) -> bool:
        character = self.peek()
        if character not in (",", closing):
            raise self._unexpected(f"',' or '{closing}'")
        self._at += 1
        return character == ","

    def _enter(self, opening: str, closing: str, wanted: str) -> bool:
        """Passes over the opening character, and over the closing one if that follows; returns whether it does not."""
        found = self.peek()
        if found and found != opening and found in _STARTS:
            raise self._fault(self._at, f"expected {wanted}, got {found!r}; the file is of another format")
        self._take(opening)
        if self.peek() != closing:
            return True

        self._take(closing)
        return False

    def _take(self, character: str) -> None:
        if self.peek() != character:
            raise self._unexpected(f"'{character}'")
        self._at += 1

    def _fill(self, wanted: int = 1) -> bool:
        """Reads on, at least `wanted` characters if there are; where there are none, nothing moves and it is False."""
        pieces = [self._text[self._at :]]
        found = 0
        # a long value is tried again after each filling: reading as much again as is there keeps that linear
        while not self._ended and found < wanted:
            piece = next(self._chunks, None)
            self._ended = piece is None
            pieces.append(piece or "")
            found += len(piece or "")

        if not found:
            return False
        done = self._text[: self._at]
        newlines = done.count("\n")
        self._lines += newlines
        if newlines:
            self._column = len(done) - done.rfind("\n") - 1
        else:
            self._column = self._column + len(done)
        self._text = "".join(pieces)

        self._at = 0
        return True

    def _unexpected(self, expected: str) -> EpisodeError:
        found = self.peek()
        return self._fault(
            self._at, f"expected {expected}, got {repr(found) if found else 'the end'}; not valid JSON, perhaps cut off"
        )

    def _fault(self, position: int, reason: str) -> EpisodeError:
        before = self._text[:position]
        newlines = before.count("\n")
        if newlines:
            column = len(before) - before.rfind("\n")
        else:
            column = self._column + len(before) + 1
        return EpisodeError(self._path, f"line {self._lines + newlines + 1}, column {column}", reason)
