"""Words from outside on their way out again: what a phone or an XML reader could take as an order is left out."""

from __future__ import annotations

import re

_STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]+")


def harmless(words: str) -> str:
    """The words with a blank for control characters (line breaks stay), direction overrides and what XML forbids.

    One escape character in a report would make the call to a team a document that Twilio refuses to read.
    """
    return _STEERING.sub(" ", words)
