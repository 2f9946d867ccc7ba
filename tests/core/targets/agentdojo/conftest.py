"""AgentDojo must be installed for these tests."""

from __future__ import annotations

import pytest

from trace_gym.targets.agentdojo import upstream


@pytest.fixture(autouse=True, scope="session")
def agentdojo() -> None:
    pytest.importorskip("agentdojo", reason=f"AgentDojo is not installed; run: {upstream.INSTALL}")
