"""A router on the base's frozen features, trained on the emitted environments' prompts.

Abstains when a prompt lies farther from the chosen capability's prompts than nearly all of its own do.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from trace_gym.errors import UserError
from trace_trainers.engine.chat import ChatRenderer
from trace_trainers.routing.classifier import left_pad
from trace_trainers.routing.prompts import RoutingPrompt
from trace_trainers.routing.router import ABSTAINS

_FILE = "router_features.npz"
_PARAMETERS = ("mean", "axes", "weights", "bias", "reach", "points", "labels")
_KEPT = 0.99
"""Share of a capability's own prompts that must lie within its reach."""
_SLACK = 1.25
"""Factor by which a reach is stretched beyond that share."""
_MOST_COMPONENTS = 32
_DEPTH = 0.25
"""Share of the layers after which features are taken. Early layers still hold what was said; the last hold what comes
next, which a base that was trained on its own turns alone has not learned of a user's words."""
_PROMPTS_PER_COMPONENT = 8
"""With fewer prompts for each whitened component, the last ones are noise that whitening blows up."""


class FeatureRouter:
    """Multinomial logistic regression on whitened features, with a reach per capability beyond which it abstains.

    Example:
        >>> from trace_trainers.policies.loading import load_model, load_tokenizer
        >>> router = FeatureRouter(load_model("tiny"), load_tokenizer("tiny"))
        >>> texts = [("Cancel W12.", 0), ("Cancel W34.", 0), ("Is W56 here?", 1), ("Is W78 here?", 1)]
        >>> prompts = [RoutingPrompt([{"role": "user", "content": text}], [], label) for text, label in texts]
        >>> router.fit(prompts)
        >>> router.route(prompts)
        [0, 0, 1, 1]
    """

    kind = "features"

    def __init__(self, model: Any, tokenizer: Any, batch_size: int = 32) -> None:
        """Prepares an untrained router.

        Args:
            model: The base, frozen.
            tokenizer: Its tokenizer.
            batch_size: Prompts per forward pass.
        """
        self._model = model
        self._tokenizer = tokenizer
        self._batch_size = batch_size
        self._renderer = ChatRenderer(tokenizer)
        # of a model with one layer or two, the first
        self._layer = max(1, round(_DEPTH * model.config.num_hidden_layers))
        self.parameters: dict[str, np.ndarray] = {}
        """`mean`, `axes` whiten; `weights`, `bias` classify; `points`, `labels` and `reach` decide on abstaining."""

    @classmethod
    def load(cls, folder: Path, model: Any, tokenizer: Any, descriptions: Sequence[str]) -> FeatureRouter:
        """Reads what `save` wrote.

        Args:
            folder: Where the parameters are.
            model: The base.
            tokenizer: Its tokenizer.
            descriptions: Unused, since this router learns from the capabilities' prompts alone.

        Raises:
            UserError: If the parameters are missing or damaged.
        """
        router = cls(model, tokenizer)
        path = folder / _FILE
        try:
            # plain arrays only: a pickle could run code; opened here, as numpy leaves a damaged file open
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
                router.parameters = {name: stored[name] for name in _PARAMETERS}
        # an empty file is an EOFError, and a single array, which is no archive, a TypeError
        except (OSError, EOFError, TypeError, ValueError, KeyError, zipfile.BadZipFile) as error:
            reason = str(error).splitlines()[0][:120]
            raise UserError(
                f"{path}: the router's parameters cannot be read ({reason}); build the router anew."
            ) from None
        return router

    def save(self, folder: Path) -> None:
        """Writes the parameters as plain arrays.

        Args:
            folder: Where they go.
        """
        folder.mkdir(parents=True, exist_ok=True)
        arrays: dict[str, Any] = self.parameters
        np.savez(folder / _FILE, **arrays)

    def fit(self, prompts: Sequence[RoutingPrompt]) -> None:
        """Trains on labelled prompts, deterministically.

        Args:
            prompts: At least one per capability, labelled 0, 1, ...
        """
        raw = self.features(prompts)
        labels = np.array([prompt.label for prompt in prompts])
        components = max(1, min(_MOST_COMPONENTS, len(raw) // _PROMPTS_PER_COMPONENT, raw.shape[1]))
        whitening = PCA(n_components=components, svd_solver="full").fit(raw)
        # a constant keeps directions without any spread from being blown up
        scale = np.sqrt(whitening.explained_variance_) + 1e-6
        self.parameters = {"mean": whitening.mean_, "axes": (whitening.components_ / scale[:, None]).T}

        points = self._project(raw)
        weights, bias = _classify(points, labels)
        reach = [_reach(points[labels == label]) for label in range(int(labels.max()) + 1)]
        self.parameters |= {
            "weights": weights,
            "bias": bias,
            "reach": np.array(reach),
            "points": points,
            "labels": labels,
        }

    def route(self, prompts: Sequence[RoutingPrompt]) -> list[int]:
        """Returns the number of the chosen capability for each prompt, or `ABSTAINS`.

        Args:
            prompts: Starts of conversations.
        """
        parameters = self.parameters
        points = self._project(self.features(prompts))
        likeliest = (points @ parameters["weights"] + parameters["bias"]).argmax(axis=1)

        choices = []
        for point, label in zip(points, likeliest.tolist(), strict=True):
            own = parameters["points"][parameters["labels"] == label]
            distance = float(np.linalg.norm(own - point, axis=1).min())
            if distance <= parameters["reach"][label]:
                choices.append(label)
            else:
                choices.append(ABSTAINS)
        return choices

    @torch.no_grad()
    def features(self, prompts: Sequence[RoutingPrompt]) -> np.ndarray:
        """Returns the mean of the hidden states after a quarter of the layers, over the user's message.

        Args:
            prompts: Starts of conversations.

        Returns:
            float64 of shape (prompts, hidden size).
        """
        rows = []
        for start in range(0, len(prompts), self._batch_size):
            ids = [self._user_message(prompt) for prompt in prompts[start : start + self._batch_size]]
            padded, mask = left_pad(ids, self._tokenizer.pad_token_id)
            device = self._model.device
            # logits of a single place: those of all, over the whole vocabulary, would take far more memory
            output = self._model(
                input_ids=padded.to(device), attention_mask=mask.to(device), output_hidden_states=True, logits_to_keep=1
            )

            # padding must not enter the mean: how much there is depends on the rest of the batch
            hidden = output.hidden_states[self._layer].double().cpu()
            weight = mask.double()[:, :, None]
            mean = (hidden * weight).sum(1) / weight.sum(1)
            rows.append(mean.numpy())
        return np.concatenate(rows)

    def _user_message(self, prompt: RoutingPrompt) -> list[int]:
        """The user's message alone: system message and tools differ between environments and target."""
        return self._renderer.prompt([prompt.messages[-1]], [])

    def _project(self, raw: np.ndarray) -> np.ndarray:
        projected: np.ndarray = (raw - self.parameters["mean"]) @ self.parameters["axes"]
        return projected


def _classify(points: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fits a logistic regression; returns weights of shape (dimensions, classes) and a bias per class."""
    classes = int(labels.max()) + 1
    if classes == 1:
        # scikit-learn refuses a single class
        return np.zeros((points.shape[1], 1)), np.zeros(1)

    # the default solver, lbfgs, draws nothing at random
    fitted = LogisticRegression(max_iter=1000).fit(points, labels)
    weights, bias = fitted.coef_, fitted.intercept_
    if classes == 2:
        # scikit-learn keeps the second class's row alone
        weights = np.concatenate([-weights, weights])
        bias = np.concatenate([-bias, bias])
    return weights.T, bias


def _reach(points: np.ndarray) -> float:
    """The distance within which nearly all of a capability's prompts have a neighbor, with some slack."""
    if len(points) < 2:
        return 0.0
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    # a prompt is not its own neighbor
    np.fill_diagonal(distances, np.inf)
    return float(np.quantile(distances.min(axis=1), _KEPT) * _SLACK)
