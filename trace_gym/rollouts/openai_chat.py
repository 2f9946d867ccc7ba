"""A policy behind any OpenAI-compatible chat endpoint."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from trace_gym.errors import UserError
from trace_gym.llm.client import ChatClient, Usage
from trace_gym.llm.messages import action_of, chat_messages
from trace_gym.rollouts.policy import Stateless, TurnRequest


class OpenAIChatPolicy(Stateless):
    """Asks an endpoint for every turn, with native tool calls where it returns them.

    Example:
        >>> OpenAIChatPolicy("my-model", "http://127.0.0.1:8000/v1").policy_id
        'my-model'
    """

    def __init__(
        self,
        model: str,
        base_url: str,
        *,
        temperature: float = 1.0,
        max_tokens: int = 512,
        workers: int = 8,
        timeout: float = 120.0,
        retries: int = 3,
    ) -> None:
        """Describes the endpoint; nothing is sent yet.

        Args:
            model: The model's name at the endpoint; also the policy's id.
            base_url: Such as `http://127.0.0.1:8000/v1`; the key is read from `OPENAI_API_KEY`.
            temperature: Sampling temperature, >= 0.
            max_tokens: Longest turn, in tokens.
            workers: Requests in flight.
            timeout: Seconds a request may take.
            retries: Further tries after a failed request.

        Raises:
            UserError: If the `openai` package is not installed.
        """
        self.policy_id = model
        self._client = ChatClient(model, base_url, timeout=timeout, retries=retries)
        self._settings = {"temperature": temperature, "max_tokens": max_tokens}
        self._workers = workers

    @property
    def usage(self) -> Usage:
        """Requests and tokens so far."""
        return self._client.usage

    def act(self, requests: Sequence[TurnRequest]) -> list[str]:
        """Returns the endpoint's turn for each request.

        Args:
            requests: Episodes that wait for a turn.

        Raises:
            UserError: If the endpoint cannot be reached, refuses after all retries, or answers in no known form.
        """
        # drawn before the pool: threads must not race for a generator
        seeds = [int(request.rng.integers(2**31)) for request in requests]
        with ThreadPoolExecutor(max_workers=self._workers) as pool:
            return list(pool.map(self._ask, requests, seeds))

    def _ask(self, request: TurnRequest, seed: int) -> str:
        body = {**self._settings, "seed": seed, "messages": chat_messages(request.messages)}
        if request.tools:
            body["tools"] = request.tools
        message = self._client.complete(body)

        try:
            return action_of(message)
        except (KeyError, TypeError, AttributeError):
            raise UserError(
                f"The model {self.policy_id!r} answered with tool calls of no known form: {json.dumps(message)[:120]}."
            ) from None
