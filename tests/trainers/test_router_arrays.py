"""The arrays behind the routers: padding, classifying, and how far a capability reaches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trace_trainers.routing import features
from trace_trainers.routing.classifier import LetterClassifier, left_pad
from trace_trainers.routing.features import FeatureRouter
from trace_trainers.routing.prompts import RoutingPrompt

from trace_gym.errors import UserError

ROWS = st.lists(st.lists(st.integers(1, 500), min_size=1, max_size=9), min_size=1, max_size=5)


def clusters(count: int, classes: int, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Points around a corner each, with their labels."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    return np.eye(4)[labels] * 10 + rng.normal(size=(count, 4)) * 0.1, labels


@given(ROWS, st.integers(0, 3))
def test_padding_stands_on_the_left_and_the_mask_tells_it(rows: list[list[int]], pad: int) -> None:
    ids, mask = left_pad(rows, pad)
    assert ids.shape == mask.shape == (len(rows), max(map(len, rows)))
    for row, padded, seen in zip(rows, ids.tolist(), mask.tolist(), strict=True):
        assert padded[-len(row) :] == row
        assert seen == [0] * (len(padded) - len(row)) + [1] * len(row)
        assert set(padded[: -len(row)]) <= {pad}


@pytest.mark.parametrize("classes", [1, 2, 3, 4])
def test_points_are_classified_whatever_the_number_of_classes(classes: int) -> None:
    points, labels = clusters(24, classes)
    weights, bias = features._classify(points, labels)
    assert (weights.shape, bias.shape) == ((4, classes), (classes,))
    assert ((points @ weights + bias).argmax(axis=1) == labels).all()


def test_reach_grows_with_the_spread_and_covers_nearly_all() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(200, 3))
    reach = features._reach(points)
    assert features._reach(points * 10) == pytest.approx(reach * 10)
    assert features._reach(points + 5) == pytest.approx(reach)
    distances = np.linalg.norm(points[:, None] - points[None], axis=2) + np.eye(200) * 1e9
    assert 0.98 <= (distances.min(axis=1) <= reach).mean() <= 1.0


@pytest.mark.parametrize("points", [np.zeros((0, 3)), np.ones((1, 3)), np.ones((5, 3))])
def test_points_without_spread_reach_nothing_but_themselves(points: np.ndarray) -> None:
    assert features._reach(points) == 0.0


class Points(FeatureRouter):
    """A router whose features are given by the prompts' texts, without a model."""

    def __init__(self) -> None:
        self.parameters = {}

    def features(self, prompts: Any) -> np.ndarray:
        return np.array([[float(x) for x in prompt.messages[-1]["content"].split()] for prompt in prompts])


def prompts_at(points: np.ndarray, labels: np.ndarray) -> list[RoutingPrompt]:
    rows = zip(points.tolist(), labels.tolist(), strict=True)
    return [RoutingPrompt([{"role": "user", "content": " ".join(map(str, row))}], [], label) for row, label in rows]


@pytest.mark.parametrize("classes", [1, 2, 3])
def test_what_lies_among_a_capabilitys_prompts_goes_to_it_and_the_rest_to_nobody(classes: int) -> None:
    router = Points()
    router.fit(prompts_at(*clusters(64, classes)))
    near, labels = clusters(20, classes, seed=1)
    assert router.route(prompts_at(near, labels)) != [-1] * 20
    chosen = [choice for choice in router.route(prompts_at(near, labels)) if choice != -1]
    expected = [
        label for label, choice in zip(labels, router.route(prompts_at(near, labels)), strict=True) if choice != -1
    ]
    assert chosen == expected
    assert router.route(prompts_at(near - 500.0, labels)) == [-1] * 20


def test_fitting_twice_gives_the_same_parameters_to_the_last_bit() -> None:
    first, second = Points(), Points()
    for router in (first, second):
        router.fit(prompts_at(*clusters(40, 3)))
    assert first.parameters.keys() == second.parameters.keys()
    assert all(np.array_equal(first.parameters[name], second.parameters[name]) for name in first.parameters)


def test_parameters_survive_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    router = Points()
    router.fit(prompts_at(*clusters(40, 2)))
    router.save(tmp_path / "new")
    monkeypatch.setattr(Points, "__init__", lambda self, model, tokenizer: None)
    again = Points.load(tmp_path / "new", None, None, [])
    assert all(np.array_equal(again.parameters[name], router.parameters[name]) for name in router.parameters)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 cut off"])
def test_a_damaged_file_is_one_sentence_that_says_what_to_do(content: bytes, tmp_path: Path, tiny: Any) -> None:
    (tmp_path / "router_features.npz").write_bytes(content)
    with pytest.raises(
        UserError, match=r"the router's parameters cannot be read \(.*\); build the router anew"
    ) as caught:
        FeatureRouter.load(tmp_path, *tiny, [])
    assert "\n" not in str(caught.value)


def test_a_file_that_could_run_code_is_not_opened(tmp_path: Path, tiny: Any) -> None:
    pickled: Any = np.array([{"a": 1}], dtype=object)
    np.savez(tmp_path / "router_features.npz", **dict.fromkeys(features._PARAMETERS, pickled))
    with pytest.raises(UserError, match="cannot be read"):
        FeatureRouter.load(tmp_path, *tiny, [])


def test_as_many_capabilities_as_letters_but_one_can_be_asked_about(tiny: Any) -> None:
    prompt = RoutingPrompt([{"role": "user", "content": "Cancel W12."}], [])
    assert LetterClassifier(*tiny, ["x"] * 25).route([prompt])[0] in range(-1, 25)
    with pytest.raises(UserError, match="26 capabilities are too many to ask about by letter, at most 25 are possible"):
        LetterClassifier(*tiny, ["x"] * 26)


def test_the_answer_to_a_prompt_does_not_depend_on_its_batch(tiny: Any) -> None:
    texts = ["Cancel W12.", "Is W34 here? " * 20, "é", "Refund P5, please."] * 2
    prompts = [RoutingPrompt([{"role": "user", "content": text}], []) for text in texts]
    answers = [LetterClassifier(*tiny, ["Cancel.", "Look up."], size).route(prompts) for size in (1, 3, 8)]
    assert answers[0] == answers[1] == answers[2]
    assert LetterClassifier(*tiny, ["Cancel."]).route([]) == []
