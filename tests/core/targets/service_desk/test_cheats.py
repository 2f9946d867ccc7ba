"""Scripts that decide nothing, or only match words, earn little."""

from __future__ import annotations

import pytest

from benchmarks.desk_cheats import Script, play, scripts, success

from ...helpers import desk
from .playing import LEVELS

TASKS = 60
EVERY = [*scripts(matches=False), *scripts(matches=True)]


def is_careful(script: Script) -> bool:
    """Whether a script keeps the rules of conduct: it looks first, and reads no records out."""
    return script.looks and script.tells != "all"


@pytest.mark.parametrize("level", LEVELS)
def test_no_script_solves_a_quarter(level: int) -> None:
    careful = [script for script in EVERY if is_careful(script)]
    shares = {script.name: success(script, level, TASKS) for script in careful}

    assert [name for name, share in shares.items() if share >= 0.25] == []
    # scripts that solved nothing at all would prove nothing
    assert max(shares.values()) > 0.05


@pytest.mark.parametrize("level", LEVELS)
def test_a_script_that_keeps_no_rule_of_conduct_solves_nothing(level: int) -> None:
    careless = [script for script in EVERY if not is_careful(script) and script.writes]
    assert [script.name for script in careless if success(script, level, 12) > 0] == []


def test_a_script_does_what_its_name_says() -> None:
    env = desk(split="evaluate")
    for index in range(20):
        env.reset(options={"index": index})
        play(env, Script(looks=False, writes=False))
        assert env.episode.calls == []

        env.reset(options={"index": index})
        play(env, Script(looks=True, writes=False))
        assert {record.call.name for record in env.episode.calls} == {"get_order"}
