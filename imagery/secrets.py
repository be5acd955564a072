"""Passwords and signatures in addresses, which no message shows."""

from __future__ import annotations

import re

HIDDEN = "***"
# Nothing of these is in an address; so in JSON, no pattern reaches from one text into another.
_END = r"\s\"'<>,"
# Of an address of the web all before the @, which may be a token alone; of a database, its password.
_WEB_USER = re.compile(rf"\b(https?://)[^/?#{_END}]+@")
_PASSWORD = re.compile(rf"(://[^/@:?#{_END}]*):[^/{_END}]*@")
# The parameters that AWS, Google, Azure and others sign addresses with, and the passwords of libpq.
_PARAMETER = re.compile(
    r"([?&;](?:X-(?:Amz|Goog|Oss|Cos)-[\w-]+|sig|signature|[\w-]*token|[\w-]*secret[\w-]*|pwd|[\w-]*passw(?:or)?d"
    rf"|passfile|sslkey|[\w-]*api_?key|AWSAccessKeyId|GoogleAccessId|Key-Pair-Id|Policy)=)[^&;#{_END}]+",
    re.IGNORECASE,
)
_SETTING = re.compile(r"\b((?:ssl)?password\s*=\s*)('[^']*'|[^\s&;]+)", re.IGNORECASE)


def without_secrets(text: str) -> str:
    """Return a text with ``***`` in place of what addresses in it keep secret.

    Args:
        text: Any. A web address loses user and password, a database URL its password, both the values of
            parameters that sign or open something.
    """
    text = _WEB_USER.sub(rf"\1{HIDDEN}@", text)
    text = _PASSWORD.sub(rf"\1:{HIDDEN}@", text)
    text = _PARAMETER.sub(rf"\1{HIDDEN}", text)
    return _SETTING.sub(rf"\1{HIDDEN}", text)
