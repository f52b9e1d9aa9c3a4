"""Texts and numbers made fit for the wire, and upper bounds of what they take there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

from opentelemetry.util.types import AttributeValue

__all__ = ["INT64", "Attributes", "byte_size", "clean", "cut", "hashed", "span_id_of", "value_size", "whole"]

INT64 = 2**63 - 1
_UINT64 = 2**64 - 1

type Attributes = dict[str, AttributeValue]


@lru_cache(4096)
def clean(text: str) -> str:
    """Return a text that can be sent: a lone surrogate in a name would lose the whole batch."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def cut(text: str, length: int) -> str:
    """Return the beginning of a text, with dots where it was longer."""
    return text if len(text) <= length else text[: max(length - 3, 0)] + "..."[: max(length, 0)]


def whole(number: int) -> int:
    """Return a number, or the nearest that can be sent."""
    return number if -INT64 <= number <= INT64 else INT64 if number > 0 else -INT64


def byte_size(text: str) -> int:
    """Return an upper bound of the bytes of a text."""
    return len(text) if text.isascii() else 4 * len(text)


def value_size(value: AttributeValue) -> int:
    """Return an upper bound of the bytes of an attribute's value."""
    if isinstance(value, str):
        return 8 + byte_size(value)
    if isinstance(value, Sequence):
        return 8 + sum(value_size(item) for item in value)
    return 16


def span_id_of(seed: int, call: int) -> int:
    """Return the id of a call's span: the same for the same call of a session, another for any other (SplitMix64)."""
    mixed = (seed + call * 0x9E3779B97F4A7C15) & _UINT64
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _UINT64
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _UINT64
    return mixed ^ (mixed >> 31) or 1


def hashed(size: int, *facts: object) -> int:
    """Return a number of `size` bytes that depends on all of the facts, and on nothing else."""
    return int.from_bytes(blake2b(repr(facts).encode("utf-8", "backslashreplace"), digest_size=size).digest()) or 1
