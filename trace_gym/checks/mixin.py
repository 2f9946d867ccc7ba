"""A class for authors' tests: subclass it, name the environment, and every check is a test."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from trace_gym.checks.conformance import CHECKS, check


class EnvConformance:
    """One test per check. The pack that registers the environment must have been imported.

    Example:
        >>> class TestMine(EnvConformance):
        ...     env_id = "trace/ServiceDesk-v0"
        ...     tasks = 4
        >>> TestMine().test_conformance("schema.described")
    """

    env_id: ClassVar[str]
    """The registered id."""
    env_kwargs: ClassVar[dict[str, Any]] = {}
    """Passed on to the environment."""
    tasks: ClassVar[int] = 16
    """Tasks looked at per split."""

    @pytest.mark.parametrize("name", CHECKS)
    def test_conformance(self, name: str) -> None:
        """Fails with the sentences of the errors; warnings do not fail.

        Args:
            name: Name of the check.
        """
        report = check(self.env_id, only=[name], tasks=self.tasks, kwargs=self.env_kwargs)
        errors = report.of_severity("error")
        assert not errors, "\n".join(finding.sentence for finding in errors)
