"""What a command says where it cannot do what it is asked."""

from __future__ import annotations

import pytest

from trace_gym.cli.main import main


def refusal(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one sentence with which a command ends that cannot do it; nothing else is printed but progress."""
    assert main([str(argument) for argument in arguments]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    last = shown.err.splitlines()[-1]
    assert last.startswith("trace-gym: ")
    assert shown.err.count("trace-gym: ") == 1
    return last.removeprefix("trace-gym: ")
