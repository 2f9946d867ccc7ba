"""The floor that adversaries must stay below."""

from __future__ import annotations

import pytest

from trace_gym import ToolEnv
from trace_gym.checks import adversary_floor
from trace_gym.checks.adversary_floor import adversaries

from .broken import Sound, rewards
from .helpers import sentences, subject_of


def _cheat(env: ToolEnv, index: int) -> list[str]:
    """Reads the solution."""
    return env.oracle()


def _cheat_without_summary(env: ToolEnv, index: int) -> list[str]:
    return env.oracle()


def _cheat_now_and_then(env: ToolEnv, index: int) -> list[str]:
    """Reads one solution in ten."""
    return env.oracle() if index == 0 else ["Done."]


def use(monkeypatch: pytest.MonkeyPatch, **policies: object) -> None:
    monkeypatch.setattr(adversary_floor, "ADVERSARIES", policies)


def test_an_adversary_that_is_paid_is_named_with_its_reward(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, cheat=_cheat)
    (finding,) = adversaries(subject_of(Sound))
    assert finding.check == "adversary.cheat"
    assert finding.sentence == (
        "The adversary 'cheat' (reads the solution) earns 1.00 on average over 4 tasks, expected less than 0.2; reward "
        "what it skips."
    )


def test_an_adversary_without_a_summary_is_called_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, plain=_cheat_without_summary)
    assert "The adversary 'plain' (plain) earns" in sentences(adversaries, Sound)[0]


def test_what_is_earned_is_averaged_over_the_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, lucky=_cheat_now_and_then)
    assert "earns 0.25" in sentences(adversaries, Sound, tasks=4)[0]
    assert sentences(adversaries, Sound, tasks=10) == []


@pytest.mark.parametrize(
    ("cls", "name"), [(rewards.PaysForClaims, "claim"), (rewards.PaysForTime, "spam"), (rewards.PaysForNames, "names")]
)
def test_only_paid_adversaries_are_named(cls: type[ToolEnv], name: str) -> None:
    found = sentences(adversaries, cls)
    assert any(f"The adversary '{name}" in sentence for sentence in found)
    assert not any("The adversary 'silent'" in sentence for sentence in found)
