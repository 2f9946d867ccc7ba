"""tau2-bench must be installed for these tests."""

from __future__ import annotations

import pytest

from trace_gym import UserError
from trace_gym.targets.tau2.upstream import data_folder


@pytest.fixture(autouse=True, scope="session")
def tau2() -> None:
    try:
        data_folder()
    except UserError as error:
        pytest.skip(str(error))
