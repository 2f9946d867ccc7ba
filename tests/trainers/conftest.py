from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="the train extra is not installed")

from trace_trainers.commands.quiet import quiet  # noqa: E402
from trace_trainers.policies.loading import load_model, load_tokenizer  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def _quiet_libraries():
    quiet()


@pytest.fixture(scope="session")
def tiny():
    """The bundled agent: (model, tokenizer)."""
    return load_model("tiny"), load_tokenizer("tiny")
