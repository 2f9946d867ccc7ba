"""docs/configuration.md says what the configuration's classes say."""

from __future__ import annotations

from pathlib import Path

import pytest
from trace_trainers.pipeline.config import SECTIONS, RunConfig
from trace_trainers.pipeline.settings_table import settings_tables

PAGE = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"


@pytest.mark.parametrize("section", ["", *SECTIONS])
def test_the_page_holds_the_generated_table(section: str) -> None:
    assert settings_tables()[section] in PAGE.read_text(encoding="utf-8")


def test_every_section_has_a_table() -> None:
    assert set(settings_tables()) == {"", *SECTIONS}


def test_sections_are_fields_of_the_configuration() -> None:
    fields = set(RunConfig.__dataclass_fields__)

    assert set(SECTIONS) <= fields


def test_what_the_bundled_agent_does_otherwise_is_told() -> None:
    assert "`0.001` when `model` is `tiny`, else `0.00001`" in settings_tables()["train"]
