"""The registered ids: those that can be made here, and why the others cannot."""

from __future__ import annotations

import gymnasium as gym
import pytest

import trace_gym
from trace_gym import UserError, make_env


def _missing(env_id: str) -> str:
    """The sentence that says what to install; empty when nothing is missing."""
    try:
        make_env(env_id)
    except UserError as error:
        if "not installed" not in str(error):
            raise
        return str(error)
    return ""


trace_gym.discover()
ALL = sorted(env_id for env_id in gym.registry if env_id.startswith("trace/"))
REASONS = {env_id: _missing(env_id) for env_id in ALL}
IDS = [env_id for env_id in ALL if not REASONS[env_id]]
"""What can be made."""
EACH = [
    pytest.param(env_id, marks=pytest.mark.skip(reason=REASONS[env_id]) if REASONS[env_id] else ()) for env_id in ALL
]
"""All ids as test parameters; those that cannot be made are skipped and say why."""
