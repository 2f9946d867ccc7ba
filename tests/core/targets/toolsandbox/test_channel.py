"""Messages over a socket: any JSON object comes through whole, and whatever else happens is one closed channel."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.targets.toolsandbox import channel as channels
from trace_gym.targets.toolsandbox.channel import Channel, ClosedError
from trace_gym.targets.toolsandbox.client import EpisodeProcess

TEXT = st.text(st.characters(codec="utf-8"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
Ends = tuple[Channel, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    """Our channel, and the other side as a bare socket."""
    ours, theirs = socket.socketpair()
    channel = Channel(ours)
    yield channel, theirs
    channel.close()
    theirs.close()


def closed(channel: Channel, seconds: float = 1.0) -> str:
    with pytest.raises(ClosedError) as caught:
        channel.receive(seconds)
    return str(caught.value)


@given(st.lists(st.dictionaries(TEXT, JSON, max_size=3), max_size=4))
def test_every_object_arrives_as_it_was_sent_and_in_order(messages: list[dict[str, Any]]) -> None:
    ours, theirs = map(Channel, socket.socketpair())
    try:
        for message in messages:
            ours.send(message)
        assert [theirs.receive(1.0) for _ in messages] == messages
    finally:
        ours.close()
        theirs.close()


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_message_may_come_in_pieces_of_any_size(size: int, ends: Ends) -> None:
    channel, theirs = ends
    messages = [{"text": "✈" * 300, "n": n} for n in range(3)]
    written = "".join(json.dumps(message, ensure_ascii=False) + "\n" for message in messages).encode()

    def write() -> None:
        for start in range(0, len(written), size):
            theirs.sendall(written[start : start + size])

    writer = threading.Thread(target=write)
    writer.start()
    received = [channel.receive(5.0) for _ in messages]
    writer.join()
    assert received == messages


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (b"no JSON\n", "sends something that is not JSON"),
        (b"\n", "sends something that is not JSON"),
        (b"\xff\xfe\n", "sends something that is not JSON"),
        (b"[" * 100_000 + b"\n", "sends something that is not JSON"),
        (b"[1]\n", "sends JSON that is not an object"),
        (b"null\n", "sends JSON that is not an object"),
    ],
    ids=["text", "blank", "bytes", "deep", "list", "null"],
)
def test_what_is_no_object_is_named(sent: bytes, why: str, ends: Ends) -> None:
    channel, theirs = ends
    writer = threading.Thread(target=theirs.sendall, args=(sent,))
    writer.start()
    assert closed(channel) == why
    writer.join()


def test_what_was_bad_is_passed_and_the_next_message_still_read(ends: Ends) -> None:
    channel, theirs = ends
    theirs.sendall(b'bad\n{"good": 1}\n')
    assert closed(channel) == "sends something that is not JSON"
    assert channel.receive(1.0) == {"good": 1}


def test_silence_ends_after_the_time_that_is_named(ends: Ends) -> None:
    channel, theirs = ends
    theirs.sendall(b'{"half": ')
    assert closed(channel, 0.05) == "did not answer within 0.05 s"
    # what had come by then is not lost
    theirs.sendall(b"1}\n")
    assert channel.receive(1.0) == {"half": 1}


def test_an_end_in_the_middle_of_a_message_is_an_end(ends: Ends) -> None:
    channel, theirs = ends
    theirs.sendall(b'{"half": ')
    theirs.close()
    assert closed(channel) == "has ended"
    with pytest.raises(ClosedError, match=r"^cannot be reached \(BrokenPipeError\)$"):
        channel.send({"a": 1})


def test_more_than_the_limit_is_refused_instead_of_kept(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "_LONGEST", 1000)
    channel, theirs = ends
    theirs.sendall(b"x" * 1001)
    assert closed(channel) == "sends too much"


class Killed(list[int]):
    """Stands for the zygote: notes which processes are ended."""

    def kill(self, identifier: int) -> None:
        self.append(identifier)


def test_a_process_that_fails_is_ended_once_and_says_how(ends: Ends) -> None:
    ours, theirs = socket.socketpair()
    zygote = Killed()
    process = EpisodeProcess(zygote, 4711, ours, seconds=1.0)  # type: ignore[arg-type]
    theirs.sendall(b'{"error": "ValueError: no such table"}\n')
    with pytest.raises(ClosedError, match=r"^failed \(ValueError: no such table\)$"):
        process.ask({"do": "changes"})
    process.close()
    assert zygote == [4711]
    with pytest.raises(ClosedError, match="cannot be reached"):
        process.ask({"do": "changes"})
    theirs.close()


def test_a_process_that_is_forgotten_is_not_ended() -> None:
    ours, theirs = socket.socketpair()
    zygote = Killed()
    process = EpisodeProcess(zygote, 4711, ours, seconds=1.0)  # type: ignore[arg-type]
    process.forget()
    process.close()
    assert zygote == []
    assert theirs.recv(1) == b""
    theirs.close()
