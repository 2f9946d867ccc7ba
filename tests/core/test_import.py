"""`import trace_gym` stays light."""

from __future__ import annotations

import trace_gym

from .helpers import python

_HEAVY = "print([m for m in ('torch', 'transformers', 'trl', 'peft', 'trace_trainers') if m in sys.modules])"


def test_import_pulls_in_no_torch() -> None:
    assert python(f"import sys, trace_gym; {_HEAVY}").strip() == "[]"


def test_making_and_playing_pulls_in_no_torch() -> None:
    code = f"""
import sys, trace_gym
env = trace_gym.make_env("trace/ServiceDesk-v0")
env.reset(seed=0)
for action in env.oracle():
    env.step(action)
{_HEAVY}"""
    assert python(code).strip() == "[]"


def test_public_names_exist() -> None:
    assert [name for name in trace_gym.__all__ if not hasattr(trace_gym, name)] == []
