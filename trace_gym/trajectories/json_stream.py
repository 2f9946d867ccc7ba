"""Reading a large JSON text value by value: memory holds one value and one chunk, whatever the file's size."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trace_gym.trajectories.episode_error import EpisodeError

_SPACE = " \t\r\n"
_DECODER = json.JSONDecoder()
_NEAR_THE_END = 16
"""A syntax error this close to the end of the text read so far may be nothing but the end of the chunk."""
_NUMBERS_TAIL = 3
"""Of a number cut off as in `1e+`, the parser accepts `1` and leaves up to two characters of it."""
_STARTS = '[{"-0123456789tfnNI'
"""The characters that a JSON value can start with, as Python's parser has it (`NaN`, `Infinity`)."""


class JsonStream:
    """A cursor in a JSON text.

    Its methods raise `EpisodeError`, naming line and column, if the text is not valid JSON or ends too early.

    Example:
        >>> stream = JsonStream(Path("a.json"), iter(['{"a": ', '[1, 2]}']))
        >>> stream.value()
        {'a': [1, 2]}
    """

    def __init__(self, path: Path, chunks: Iterator[str]) -> None:
        """Starts before the first character.

        Args:
            path: The file, named in errors.
            chunks: The text in pieces of any size, read as they are needed.
        """
        self._path = path
        self._chunks = chunks
        self._text = ""
        self._at = 0
        self._ended = False
        # how much was dropped from the front of the text, to number lines and columns from the file's start
        self._lines = 0
        self._column = 0

    def peek(self) -> str:
        """Returns the next character that is not a space, without passing it; empty at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _SPACE:
                    return self._text[self._at]
                self._at += 1
            if not self._fill():
                return ""

    def value(self) -> Any:
        """Reads one whole value."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)

            except json.JSONDecodeError as error:
                # a value that the chunk cut off fails at its end, or in a string that does not close
                near_the_end = error.pos >= len(self._text) - _NEAR_THE_END
                cut_off = near_the_end or error.msg.startswith("Unterminated string")
                # a long value is parsed again after each filling: reading as much again as is there keeps that linear
                if not (cut_off and self._fill(len(self._text) - self._at)):
                    raise self._fault(error.pos, f"{error.msg}; not valid JSON, perhaps cut off") from None

            except RecursionError:
                raise self._fault(self._at, "nested too deeply to be a trajectory") from None

            except ValueError as error:
                # Python refuses to read integers of more than 4,300 digits
                raise self._fault(self._at, f"{error}") from None

            else:
                at_the_end = end > len(self._text) - _NUMBERS_TAIL
                # the number may continue in the next chunk: `1` of `12` is a value too
                if at_the_end and isinstance(value, (int, float)) and self._fill():
                    continue

                self._at = end
                return value

    def members(self) -> Iterator[str]:
        """Yields the keys of the object at the cursor; the caller must read or skip the value after each."""
        more = self._enter("{", "}", "an object")
        while more:
            if self.peek() != '"':
                raise self._unexpected("a key in quotes")
            key: str = self.value()
            self._take(":")
            yield key
            more = self._has_more("}")

    def elements(self) -> Iterator[Any]:
        """Yields the elements of the array at the cursor, each whole."""
        more = self._enter("[", "]", "a list")
        while more:
            yield self.value()
            more = self._has_more("]")

    def skip(self) -> None:
        """Passes over one value."""
        if self.peek() != "[":
            self.value()
            return

        # the arrays of logs may be larger than memory, so they are dropped element by element
        for _ in self.elements():
            pass

    def finish(self) -> None:
        """Checks that nothing but space is left."""
        if self.peek():
            raise self._unexpected("the end of the file")

    def _has_more(self, closing: str) -> bool:
        """Passes over a comma or the closing character; returns whether it was a comma."""
        character = self.peek()
        if character not in (",", closing):
            raise self._unexpected(f"',' or '{closing}'")
        self._at += 1
        return character == ","

    def _enter(self, opening: str, closing: str, wanted: str) -> bool:
        """Passes over the opening character and, of an empty value, the closing one; returns whether it has content."""
        character = self.peek()
        if character and character != opening and character in _STARTS:
            # valid JSON, so "perhaps cut off" would mislead
            raise self._fault(self._at, f"expected {wanted}, got {character!r}; the file is of another format")

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
        """Reads at least `wanted` more characters, or up to the end, and drops what the cursor has passed.

        Returns:
            Whether there were any; if not, the text and the cursor stay as they are.
        """
        pieces = [self._text[self._at :]]
        added = 0
        while not self._ended and added < wanted:
            piece = next(self._chunks, None)
            if piece is None:
                self._ended = True
            else:
                pieces.append(piece)
                added += len(piece)

        if not added:
            return False

        dropped = self._text[: self._at]
        newlines = dropped.count("\n")
        self._lines += newlines
        if newlines:
            self._column = len(dropped) - dropped.rfind("\n") - 1
        else:
            self._column += len(dropped)

        self._text = "".join(pieces)
        self._at = 0
        return True

    def _unexpected(self, expected: str) -> EpisodeError:
        character = self.peek()
        if character:
            actual = repr(character)
        else:
            actual = "the end"
        return self._fault(self._at, f"expected {expected}, got {actual}; not valid JSON, perhaps cut off")

    def _fault(self, position: int, reason: str) -> EpisodeError:
        before = self._text[:position]
        newlines = before.count("\n")
        if newlines:
            column = len(before) - before.rfind("\n")
        else:
            column = self._column + len(before) + 1
        return EpisodeError(self._path, f"line {self._lines + newlines + 1}, column {column}", reason)
