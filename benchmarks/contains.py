"""Whether a text is in a space: ours against Gymnasium's `Text`, at 32 kB."""

from __future__ import annotations

import string

from gymnasium.spaces import Text

from benchmarks.timing import Contender, interleaved, microseconds, ratio, table
from trace_gym.env.spaces import Utf8Text

LENGTH = 32_768


def run(rounds: int) -> str:
    """Returns the table."""
    ours, theirs = Utf8Text(LENGTH), Text(LENGTH, min_length=0, charset=string.printable)
    texts = {"ASCII": "a" * LENGTH, "other characters": "é中" * (LENGTH // 5)}
    contenders = {f"trace-gym, {kind}": _asking(ours, text, 200) for kind, text in texts.items()}
    contenders["Gymnasium's Text, ASCII"] = _asking(theirs, texts["ASCII"], 10)
    found = interleaved(contenders, rounds)
    base = found["trace-gym, ASCII"]
    rows = [[name, microseconds(times), ratio(times, base)] for name, times in found.items()]
    return table(["`contains` at 32 kB", "microseconds", "times ours, ASCII"], rows)


def _asking(space: Text | Utf8Text, text: str, times: int) -> Contender:
    def work(_: None) -> int:
        for _ in range(times):
            assert text in space
        return times

    return Contender(work)
