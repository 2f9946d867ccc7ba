"""A class for authors' tests: subclass it, name the environment, and every check is a test."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from trace_gym.checks.conformance import CHECKS, check


class EnvConformance:
    """Subclass as `class TestMine(EnvConformance): env_id = "my_pack/Mine-v0"`; the pack must be imported."""

    env_id: ClassVar[str]
    """The registered id."""
    env_kwargs: ClassVar[dict[str, Any]] = {}
    """Passed on to the environment."""
    tasks: ClassVar[int] = 16
    """Tasks looked at per split."""

    @pytest.mark.parametrize("name", CHECKS)
    def test_conformance(self, name: str) -> None:
        """Fails with the sentences of the errors; warnings do not fail."""
        report = check(self.env_id, only=[name], tasks=self.tasks, kwargs=self.env_kwargs)
        errors = [finding.sentence for finding in report.findings if finding.severity == "error"]
        assert not errors, "\n".join(errors)
