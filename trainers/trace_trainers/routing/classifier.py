"""Router 1: the base model as classifier, by the log-probability of one letter per capability plus none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
import torch

from trace_trainers.engine.chat import ChatRenderer
from trace_trainers.routing.prompts import RoutingPrompt

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_PROMPT = jinja2.Template((Path(__file__).parent / "classifier.jinja").read_text(encoding="utf-8"), autoescape=False)


class LetterClassifier:
    """Asks the base which capability a request needs; the last letter means none."""

    kind = "classifier"

    def __init__(self, model: Any, tokenizer: Any, descriptions: Sequence[str], batch_size: int = 16) -> None:
        """Args: model, tokenizer: the base. descriptions: one per capability, in order. batch_size: prompts a pass."""
        self._model, self._tokenizer, self._batch = model, tokenizer, batch_size
        self._renderer = ChatRenderer(tokenizer)
        self._descriptions = list(descriptions)
        count = len(self._descriptions) + 1
        self._letters = [tokenizer(letter, add_special_tokens=False).input_ids[0] for letter in _LETTERS[:count]]

    @torch.no_grad()
    def route(self, prompts: Sequence[RoutingPrompt]) -> list[int]:
        """Returns the number of the chosen capability for each prompt, -1 for none."""
        chosen: list[int] = []
        for start in range(0, len(prompts), self._batch):
            ids = [self._ids(prompt) for prompt in prompts[start : start + self._batch]]
            scores = _last_logits(self._model, ids, self._tokenizer.pad_token_id)[:, self._letters]
            chosen += [int(i) if i < len(self._descriptions) else -1 for i in scores.argmax(dim=1)]
        return chosen

    def _ids(self, prompt: RoutingPrompt) -> list[int]:
        text = _PROMPT.render(
            request=prompt.messages[-1]["content"],
            options=list(zip(_LETTERS, [*self._descriptions, "None of these."], strict=False)),
        )
        return self._renderer.prompt([{"role": "user", "content": text}], [])


def _last_logits(model: Any, rows: Sequence[list[int]], pad: int) -> torch.Tensor:
    """Next-token logits of left-padded rows, float32 of shape (rows, vocabulary)."""
    ids, mask = left_pad(rows, pad)
    logits = model(input_ids=ids.to(model.device), attention_mask=mask.to(model.device), logits_to_keep=1).logits
    return logits[:, -1].float().cpu()


def left_pad(rows: Sequence[list[int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns ids and attention mask, both of shape (rows, longest)."""
    width = max(len(row) for row in rows)
    ids = torch.tensor([[pad] * (width - len(row)) + row for row in rows])
    mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows])
    return ids, mask
