"""Text of others' files on a terminal."""

from __future__ import annotations

import re

_STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters but the line feed, lines and directions of Unicode's own, lone surrogates."""


def printable(text: str) -> str:
    """Returns a text that cannot steer a terminal: control characters become escapes, tabs become spaces.

    Args:
        text: Text from a file or a model, which may hold anything.
    """
    # a lone carriage return would write over what stands before it; with a line feed it only ends the line
    text = text.replace("\r\n", "\n").replace("\t", "    ")
    return _STEERING.sub(lambda match: ascii(match[0])[1:-1], text)
