"""The account, numbers and SIDs of the fake Twilio."""

from __future__ import annotations

import itertools

ACCOUNT_SID = "AC" + "0" * 32
VOICE_NUMBER, SMS_NUMBER, WHATSAPP_NUMBER = "+622830112000", "+622830112001", "+622830112002"
_sids = itertools.count(1)


def new_sid(prefix: str) -> str:
    return f"{prefix}{next(_sids):032x}"
