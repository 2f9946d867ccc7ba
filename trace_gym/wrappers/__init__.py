"""Wrappers that adapt tool environments to other kinds of agents; each records its arguments, so specs round-trip."""

from trace_gym.wrappers.byte_text import ByteText
from trace_gym.wrappers.call_format import CallFormatAction
from trace_gym.wrappers.candidates import CandidateActions
from trace_gym.wrappers.hashing import HashedText
from trace_gym.wrappers.history import MessageHistory
from trace_gym.wrappers.keep_info import KeepInfo
from trace_gym.wrappers.structured import StructuredActions

__all__ = [
    "ByteText",
    "CallFormatAction",
    "CandidateActions",
    "HashedText",
    "KeepInfo",
    "MessageHistory",
    "StructuredActions",
]
