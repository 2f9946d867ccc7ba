"""A router that asks the base model which capability a request needs, as a multiple-choice question.

The most probable next token among the letters of the choices is the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
import torch

from trace_gym.errors import UserError
from trace_trainers.engine.chat import ChatRenderer
from trace_trainers.routing.prompts import RoutingPrompt
from trace_trainers.routing.router import ABSTAINS

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_PROMPT = jinja2.Template((Path(__file__).parent / "classifier.jinja").read_text(encoding="utf-8"), autoescape=False)


class LetterClassifier:
    """Asks the base which capability a request needs; the last letter means none.

    Example:
        >>> from trace_trainers.policies.loading import load_model, load_tokenizer
        >>> router = LetterClassifier(load_model("tiny"), load_tokenizer("tiny"), ["Cancel orders."])
        >>> router.route([RoutingPrompt([{"role": "user", "content": "Cancel W12."}], [])])[0] in (0, ABSTAINS)
        True
    """

    kind = "classifier"

    def __init__(self, model: Any, tokenizer: Any, descriptions: Sequence[str], batch_size: int = 16) -> None:
        """Prepares the question.

        Args:
            model: The base.
            tokenizer: Its tokenizer.
            descriptions: One per capability, in order.
            batch_size: Prompts per forward pass.

        Raises:
            UserError: If there are more capabilities than letters for them and for none.
        """
        if len(descriptions) >= len(_LETTERS):
            raise UserError(
                f"{len(descriptions)} capabilities are too many to ask about by letter, at most {len(_LETTERS) - 1} "
                "are possible; lower max_capabilities, or name fewer in `capabilities`."
            )

        self._model = model
        self._tokenizer = tokenizer
        self._batch_size = batch_size
        self._renderer = ChatRenderer(tokenizer)
        self._descriptions = list(descriptions)
        # one letter more than there are capabilities: the last one stands for none of them
        letters = _LETTERS[: len(self._descriptions) + 1]
        self._letter_ids = [tokenizer(letter, add_special_tokens=False).input_ids[0] for letter in letters]

    @classmethod
    def load(cls, folder: Path, model: Any, tokenizer: Any, descriptions: Sequence[str]) -> LetterClassifier:
        """Returns the same router again; it has no parameters of its own.

        Args:
            folder: Unused.
            model: The base.
            tokenizer: Its tokenizer.
            descriptions: Of the capabilities, in order.
        """
        return cls(model, tokenizer, descriptions)

    def save(self, folder: Path) -> None:
        """Writes nothing, since `router.json` holds the descriptions.

        Args:
            folder: Unused.
        """

    @torch.no_grad()
    def route(self, prompts: Sequence[RoutingPrompt]) -> list[int]:
        """Returns the number of the chosen capability for each prompt, or `ABSTAINS`.

        Args:
            prompts: Starts of conversations.
        """
        choices: list[int] = []
        for start in range(0, len(prompts), self._batch_size):
            ids = [self._question(prompt) for prompt in prompts[start : start + self._batch_size]]
            scores = _last_logits(self._model, ids, self._tokenizer.pad_token_id)[:, self._letter_ids]
            for letter in scores.argmax(dim=1).tolist():
                choices.append(self._choice_of(letter))
        return choices

    def _choice_of(self, letter: int) -> int:
        if letter == len(self._descriptions):
            return ABSTAINS
        return letter

    def _question(self, prompt: RoutingPrompt) -> list[int]:
        options = list(zip(_LETTERS, [*self._descriptions, "None of these."], strict=False))
        text = _PROMPT.render(request=prompt.messages[-1]["content"], options=options)
        return self._renderer.prompt([{"role": "user", "content": text}], [])


def left_pad(rows: Sequence[list[int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Pads rows of token ids on the left, so that the last column holds each row's newest.

    Args:
        rows: Token ids.
        pad: The padding id.

    Returns:
        Ids and attention mask, both of shape (rows, longest).

    Example:
        >>> left_pad([[1, 2], [3]], 0)[0].tolist()
        [[1, 2], [0, 3]]
    """
    width = max(len(row) for row in rows)
    ids = torch.tensor([[pad] * (width - len(row)) + row for row in rows])
    mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows])
    return ids, mask


def _last_logits(model: Any, rows: Sequence[list[int]], pad: int) -> torch.Tensor:
    """Next-token logits of left-padded rows, float32 of shape (rows, vocabulary)."""
    ids, mask = left_pad(rows, pad)
    logits = model(input_ids=ids.to(model.device), attention_mask=mask.to(model.device), logits_to_keep=1).logits
    last: torch.Tensor = logits[:, -1].float().cpu()
    return last
