"""Router 2: a small gate on the base's frozen features, trained on the emitted environments' prompts.

Abstains ("none") when a prompt lies farther from the chosen capability's prompts than nearly all of its own do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from trace_trainers.engine.chat import ChatRenderer
from trace_trainers.routing.classifier import left_pad
from trace_trainers.routing.prompts import RoutingPrompt

_KEPT = 0.99
"""Share of a capability's own prompts that must lie within its distance threshold."""
_SLACK = 1.25
_STEPS = 300
_COMPONENTS = 32
_PROMPTS_EACH = 8
"""Prompts needed for each whitened component: with fewer, the last ones are noise that whitening blows up."""


class FeatureRouter:
    """Multinomial logistic regression on whitened features, with a distance threshold per capability."""

    kind = "features"

    def __init__(self, model: Any, tokenizer: Any, batch_size: int = 32) -> None:
        """Args: model, tokenizer: the base, frozen. batch_size: prompts a pass."""
        self._model, self._tokenizer, self._batch = model, tokenizer, batch_size
        self._renderer = ChatRenderer(tokenizer)
        self.parameters: dict[str, np.ndarray] = {}

    def fit(self, prompts: Sequence[RoutingPrompt]) -> None:
        """Trains on labelled prompts, deterministically."""
        raw, labels = self.features(prompts), np.array([prompt.label for prompt in prompts])
        mean = raw.mean(axis=0)
        _, spread, axes = np.linalg.svd(raw - mean, full_matrices=False)
        kept = max(1, min(_COMPONENTS, len(raw) // _PROMPTS_EACH))
        scale = spread[:kept] / np.sqrt(len(raw)) + 1e-6
        self.parameters = {"mean": mean, "axes": (axes[:kept] / scale[:, None]).T}
        points = self._project(raw)
        classes = int(labels.max()) + 1
        weights, bias = _logistic(points, labels, classes)
        centres = np.stack([points[labels == c].mean(axis=0) for c in range(classes)])
        reach = np.array(
            [
                np.quantile(_nearest(points[labels == c], points[labels == c], skip_self=True), _KEPT) * _SLACK
                for c in range(classes)
            ]
        )
        self.parameters |= {
            "weights": weights,
            "bias": bias,
            "centres": centres,
            "reach": reach,
            "points": points,
            "labels": labels,
        }

    def route(self, prompts: Sequence[RoutingPrompt]) -> list[int]:
        """Returns the number of the chosen capability for each prompt, -1 for none."""
        p = self.parameters
        points = self._project(self.features(prompts))
        chosen = (points @ p["weights"] + p["bias"]).argmax(axis=1)
        found = []
        for point, label in zip(points, chosen, strict=True):
            own = p["points"][p["labels"] == label]
            distance = float(np.linalg.norm(own - point, axis=1).min())
            found.append(int(label) if distance <= p["reach"][label] else -1)
        return found

    @torch.no_grad()
    def features(self, prompts: Sequence[RoutingPrompt]) -> np.ndarray:
        """Mean of the last hidden states over the user's message, float64 of shape (prompts, hidden size)."""
        rows = []
        for start in range(0, len(prompts), self._batch):
            batch = prompts[start : start + self._batch]
            ids = [self._ids(prompt) for prompt in batch]
            padded, mask = left_pad(ids, self._tokenizer.pad_token_id)
            device = self._model.device
            output = self._model(
                input_ids=padded.to(device), attention_mask=mask.to(device), output_hidden_states=True, logits_to_keep=1
            )
            hidden = output.hidden_states[-1].double().cpu()
            weight = mask.double()[:, :, None]
            rows.append(((hidden * weight).sum(1) / weight.sum(1)).numpy())
        return np.concatenate(rows)

    def _ids(self, prompt: RoutingPrompt) -> list[int]:
        """The user's message alone: system message and tools differ between environments and target."""
        return self._renderer.prompt([prompt.messages[-1]], [])

    def _project(self, raw: np.ndarray) -> np.ndarray:
        return (raw - self.parameters["mean"]) @ self.parameters["axes"]


def _logistic(points: np.ndarray, labels: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Full-batch gradient descent with weight decay; a convex problem, so the start does not matter."""
    weights, bias = np.zeros((points.shape[1], classes)), np.zeros(classes)
    target = np.eye(classes)[labels]
    for _ in range(_STEPS):
        scores = points @ weights + bias
        scores -= scores.max(axis=1, keepdims=True)
        probability = np.exp(scores)
        probability /= probability.sum(axis=1, keepdims=True)
        error = (probability - target) / len(points)
        weights -= 0.5 * (points.T @ error + 1e-3 * weights)
        bias -= 0.5 * error.sum(axis=0)
    return weights, bias


def _nearest(points: np.ndarray, others: np.ndarray, *, skip_self: bool) -> np.ndarray:
    """Distance of each point to its nearest other."""
    distances = np.linalg.norm(points[:, None] - others[None], axis=2)
    if skip_self:
        np.fill_diagonal(distances, np.inf)
    found: np.ndarray = distances.min(axis=1)
    return found
