"""The router that asks the base model by letters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from trace_trainers.routing import classifier
from trace_trainers.routing.classifier import LetterClassifier, left_pad
from trace_trainers.routing.prompts import RoutingPrompt
from trace_trainers.routing.router import ABSTAINS

from trace_gym.errors import UserError

DESCRIPTIONS = ["Cancel orders.", "Refund payments.", "List items."]


def prompts(*requests: str) -> list[RoutingPrompt]:
    return [RoutingPrompt([{"role": "user", "content": request}], []) for request in requests]


@pytest.fixture(scope="module")
def router(tiny: Any) -> LetterClassifier:
    return LetterClassifier(*tiny, DESCRIPTIONS)


def answering(letters: str, monkeypatch: pytest.MonkeyPatch, router: LetterClassifier) -> None:
    """Lets the base answer a letter per prompt, in order."""
    answers = iter(letters)

    def logits(model: Any, rows: list[list[int]], pad: int) -> torch.Tensor:
        scores = torch.zeros(len(rows), len(router._tokenizer))
        for row, letter in enumerate([next(answers) for _ in rows]):
            scores[row, router._tokenizer(letter, add_special_tokens=False).input_ids[0]] = 1.0
        return scores

    monkeypatch.setattr(classifier, "_last_logits", logits)


def test_a_letter_is_its_capability_and_the_one_after_the_last_is_none(
    router: LetterClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering("BADC", monkeypatch, router)
    assert router.route(prompts("a", "b", "c", "d")) == [1, 0, ABSTAINS, 2]


def test_letters_that_stand_for_nothing_are_not_looked_at(
    router: LetterClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Z is the most probable token, and no choice; of the choices, all as improbable, the first counts
    answering("Z", monkeypatch, router)
    assert router.route(prompts("a")) == [0]


def test_the_batch_makes_no_difference(tiny: Any) -> None:
    requests = prompts("Cancel W12.", "What is the price of the lamp that I ordered last week?", "Hi", "Refund it")
    together = LetterClassifier(*tiny, DESCRIPTIONS, batch_size=4).route(requests)
    assert together == LetterClassifier(*tiny, DESCRIPTIONS, batch_size=1).route(requests)
    assert all(choice in (ABSTAINS, 0, 1, 2) for choice in together)


def test_nothing_is_asked_about_nothing(router: LetterClassifier) -> None:
    assert router.route([]) == []


def test_the_question_lists_every_capability_and_none(router: LetterClassifier) -> None:
    text = router._tokenizer.decode(router._question(prompts("Cancel W12.")[0]))
    for line in ("A", "B", "C", "D", *DESCRIPTIONS, "None of these.", "Cancel W12."):
        assert line in text


def test_loading_gives_the_same_router(tiny: Any, router: LetterClassifier, tmp_path: Path) -> None:
    router.save(tmp_path)
    assert list(tmp_path.iterdir()) == []
    loaded = LetterClassifier.load(tmp_path, *tiny, DESCRIPTIONS)
    requests = prompts("Cancel W12.", "Refund P3.")
    assert loaded.route(requests) == router.route(requests)


def test_twenty_five_capabilities_have_a_letter_each(tiny: Any) -> None:
    LetterClassifier(*tiny, ["Be kind."] * 25)
    with pytest.raises(UserError, match="27 capabilities are too many to ask about by letter"):
        LetterClassifier(*tiny, ["Be kind."] * 27)


@given(st.lists(st.lists(st.integers(1, 99), min_size=1, max_size=6), min_size=1, max_size=5))
def test_left_padding_keeps_every_row_at_its_end(rows: list[list[int]]) -> None:
    ids, mask = left_pad(rows, 0)
    assert ids.shape == mask.shape == (len(rows), max(map(len, rows)))
    for row, padded, real in zip(rows, ids.tolist(), mask.tolist(), strict=True):
        assert padded[-len(row) :] == row
        assert sum(real) == len(row)
        assert not any(padded[: -len(row)])
