"""The one client for OpenAI-compatible chat endpoints, on the `openai` package."""

from __future__ import annotations

import importlib.util
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import jsonschema

from trace_gym.errors import UserError

if TYPE_CHECKING:
    import openai

_PATH = "/chat/completions"
_ABOUT_ONE_REQUEST = (400, 413, 422)
"""Statuses that speak of what was sent: it is too long, or its content is not wanted."""
_FENCE = "```"
_MOST_SHOWN = 200
"""Characters of an endpoint's answer that a message repeats."""


@dataclass
class Usage:
    """What a client has asked for so far, as the endpoint counts it.

    Example:
        >>> Usage(requests=2, prompt_tokens=100, completion_tokens=20).total_tokens
        120
    """

    requests: int = 0
    """Requests that were answered."""
    prompt_tokens: int = 0
    """Tokens sent."""
    completion_tokens: int = 0
    """Tokens received."""

    @property
    def total_tokens(self) -> int:
        """Tokens sent and received."""
        return self.prompt_tokens + self.completion_tokens


class RefusedRequestError(UserError):
    """The endpoint works, and gives no completion for this one request.

    Example:
        >>> issubclass(RefusedRequestError, UserError)
        True
    """


class InvalidAnswerError(UserError):
    """The model answered, and not in the form that was asked for.

    Example:
        >>> issubclass(InvalidAnswerError, UserError)
        True
    """


class ChatClient:
    """Sends chat completions to an endpoint; may be used by many threads, and by tasks of an event loop.

    Failed requests are sent again with growing pauses, or after the pause that the endpoint names in `Retry-After`.

    Example:
        >>> client = ChatClient("my-model", "http://127.0.0.1:8000/v1", timeout=30.0)
        >>> client.usage.requests
        0
    """

    def __init__(
        self,
        model: str,
        base_url: str,
        *,
        api_key: str | None = None,
        timeout: float = 120.0,
        retries: int = 3,
    ) -> None:
        """Describes the endpoint; nothing is sent yet.

        Args:
            model: The model's name at the endpoint.
            base_url: Such as `http://127.0.0.1:8000/v1`.
            api_key: The key; that in `OPENAI_API_KEY` by default. Local servers often want none.
            timeout: Seconds a request may take.
            retries: Further tries after a failed request, >= 0.

        Raises:
            UserError: If the `openai` package is not installed.
        """
        if importlib.util.find_spec("openai") is None:
            raise UserError("A chat endpoint needs the openai package: pip install 'trace-gym[openai]'.")
        self.model = model
        self.usage = Usage()
        self._base_url = base_url.rstrip("/")
        self._options: dict[str, Any] = {
            "base_url": self._base_url,
            # the package insists on a key, even where the endpoint does not
            "api_key": api_key or os.environ.get("OPENAI_API_KEY") or "-",
            "timeout": timeout,
            "max_retries": retries,
        }
        self._retries = retries
        self._lock = threading.Lock()

    def complete(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the assistant message that answers a request.

        Args:
            body: The request without `model`: `messages`, `tools`, `temperature` and so on.

        Raises:
            RefusedRequestError: If the endpoint refuses this request, or sends no completion for it.
            UserError: If the endpoint cannot be reached, or refuses after all retries.
        """
        request = {"model": self.model, **body}
        for attempt in range(self._retries + 1):
            message = self._message_or_none(self._send(request), is_last=attempt == self._retries)
            if message is not None:
                return message
        raise AssertionError("unreachable")

    async def acomplete(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the assistant message that answers a request, from within an event loop.

        Args:
            body: As in `complete`.

        Raises:
            UserError: As in `complete`.
        """
        request = {"model": self.model, **body}
        for attempt in range(self._retries + 1):
            message = self._message_or_none(await self._asend(request), is_last=attempt == self._retries)
            if message is not None:
                return message
        raise AssertionError("unreachable")

    def complete_json(self, body: Mapping[str, Any], schema: Mapping[str, Any], *, name: str = "answer") -> Any:
        """Returns an answer that satisfies a JSON Schema.

        Args:
            body: As in `complete`.
            schema: What the answer must satisfy. It is sent as `response_format`, and checked here all the same: not
                every server enforces it.
            name: What the schema is called in the request.

        Returns:
            The parsed answer.

        Raises:
            InvalidAnswerError: If the answer still violates the schema after the fault was named once.
            UserError: As in `complete`.
        """
        response_format = {"type": "json_schema", "json_schema": {"name": name, "schema": dict(schema)}}
        request = {**body, "response_format": response_format}
        message = self.complete(request)
        value, fault = _parse(message, schema)
        if fault is None:
            return value

        # a model that is told what is wrong mostly mends it; one that is not repeats it
        complaint = {"role": "user", "content": f"That is not a valid answer: {fault} Answer again with JSON alone."}
        said = {"role": "assistant", "content": str(message.get("content") or "")}
        value, fault = _parse(self.complete({**request, "messages": [*body["messages"], said, complaint]}), schema)
        if fault is not None:
            raise InvalidAnswerError(f"The model {self.model!r} gave no valid {name!r} in two tries: {fault}")
        return value

    @cached_property
    def _client(self) -> openai.OpenAI:
        import openai

        return openai.OpenAI(**self._options)

    @cached_property
    def _async_client(self) -> openai.AsyncOpenAI:
        import openai

        return openai.AsyncOpenAI(**self._options)

    def _send(self, request: Mapping[str, Any]) -> str:
        import openai

        try:
            # the text itself: the package's own types would hide what a faulty server really sent
            return self._client.post(_PATH, cast_to=str, body=request)
        except openai.APIError as error:
            raise self._refusal_of(error) from None

    async def _asend(self, request: Mapping[str, Any]) -> str:
        import openai

        try:
            return await self._async_client.post(_PATH, cast_to=str, body=request)
        except openai.APIError as error:
            raise self._refusal_of(error) from None

    def _message_or_none(self, text: str, *, is_last: bool) -> dict[str, Any] | None:
        """The message of an answer; None where there is none, unless this was the last try."""
        try:
            return self._message(text)
        except ValueError as fault:
            # some servers send half an answer when they are overloaded; another try may bring the whole
            if is_last:
                raise RefusedRequestError(self._sentence(str(fault))) from None
            return None

    def _message(self, text: str) -> dict[str, Any]:
        """Reads an answer and counts its tokens.

        Raises:
            ValueError: If it is no chat completion.
        """
        try:
            answer = json.loads(text)
            message = answer["choices"][0]["message"]
        except (ValueError, KeyError, IndexError, TypeError, RecursionError):
            raise ValueError(f"sent no chat completion, but {_shown(text)}") from None
        if not isinstance(message, dict):
            raise ValueError(f"sent a completion without a message, {_shown(text)}")
        self._count(answer.get("usage"))
        return message

    def _count(self, usage: Any) -> None:
        if isinstance(usage, dict):
            counts = usage
        else:
            counts = {}
        with self._lock:
            self.usage.requests += 1
            self.usage.prompt_tokens += _whole(counts.get("prompt_tokens"))
            self.usage.completion_tokens += _whole(counts.get("completion_tokens"))

    def _refusal_of(self, error: Any) -> UserError:
        sentence = self._sentence(_reason(error))
        if getattr(error, "status_code", None) in _ABOUT_ONE_REQUEST:
            return RefusedRequestError(sentence)
        return UserError(sentence)

    def _sentence(self, reason: str) -> str:
        return f"The endpoint {self._base_url}{_PATH}, asked for model {self.model!r}, {reason}."


def _reason(error: Any) -> str:
    """What an error of the `openai` package says, in a few words."""
    import openai

    if isinstance(error, openai.APIStatusError):
        body = _shown(error.response.text)
        return f"answered with status {error.status_code}: {body}"
    if isinstance(error, openai.APITimeoutError):
        return "did not answer in time"
    cause = error.__cause__ or error
    return f"cannot be reached ({_shown(str(cause))})"


def _parse(message: Mapping[str, Any], schema: Mapping[str, Any]) -> tuple[Any, str | None]:
    """Returns the parsed content and what is wrong with it, None if nothing is."""
    text = str(message.get("content") or "")
    try:
        value = json.loads(_unfenced(text))
        fault = next(iter(jsonschema.Draft202012Validator(dict(schema)).iter_errors(value)), None)
    except RecursionError:
        return None, f"it is nested too deeply: {_shown(text)}."
    except ValueError as error:
        return None, f"it is not JSON ({error}): {_shown(text)}."

    if fault is None:
        return value, None
    where = ".".join(str(part) for part in fault.absolute_path) or "the top level"
    return value, f"at {where}, {fault.message}."


def _unfenced(text: str) -> str:
    """JSON without the fence in which models write it for people, where a server does not enforce a schema."""
    inner = text.strip()
    if len(inner) < 2 * len(_FENCE) or not inner.startswith(_FENCE) or not inner.endswith(_FENCE):
        return text
    inner = inner[len(_FENCE) : -len(_FENCE)]
    return inner[len("json") :] if inner[: len("json")].lower() == "json" else inner


def _shown(text: str) -> str:
    first = " ".join(text.split())
    return first[:_MOST_SHOWN] or "nothing"


def _whole(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return 0
