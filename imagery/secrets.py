"""Passwords and signatures in addresses, which no message shows."""

from __future__ import annotations

import re

HIDDEN = "***"
# Nothing of these is in an address; so in JSON, no pattern reaches from one text into another.
_END = r"\s\"'<>,"


def _sign(letters: str) -> str:
    """Return a pattern of signs, also as an address within an address has them: %40, %2540."""
    codes = "|".join(f"{ord(letter):02X}" for letter in letters)
    return rf"(?:[{re.escape(letters)}]|%(?:25)*(?:{codes}))"


_SLASHES = _sign("/") * 2
# Of an address of the web all before the @, which may be a token alone; of a database, its password.
_WEB_USER = re.compile(
    rf"\b(https?{_sign(':')}{_SLASHES})(?:(?!{_sign('/?#')})[^{_END}])+({_sign('@')})", re.I
)
_PASSWORD = re.compile(
    rf"({_sign(':')}{_SLASHES}(?:(?!{_sign('/@:?#')})[^{_END}])*{_sign(':')})"
    rf"(?:(?!{_sign('/')})[^{_END}])*({_sign('@')})",
    re.IGNORECASE,
)
# The parameters that AWS, Google, Azure and others sign addresses with, the passwords of libpq, and what GDAL
# takes for /vsicurl?.
_PARAMETER = re.compile(
    rf"({_sign('?&;')}"
    r"(?:X-(?:Amz|Goog|Oss|Cos)-[\w-]+|sig|signature|[\w-]*token|[\w-]*secret[\w-]*|pwd|[\w-]*passw(?:or)?d"
    r"|passfile|sslkey|[\w-]*api_?key|AWSAccessKeyId|GoogleAccessId|Key-Pair-Id|Policy|\w*userpwd|header\.[\w-]+)"
    rf"{_sign('=')})(?:(?!{_sign('&;#')})[^{_END}])+",
    re.IGNORECASE,
)
_SETTING = re.compile(r"\b((?:ssl)?password\s*=\s*)('[^']*'|[^\s&;]+)", re.IGNORECASE)


def without_secrets(text: str) -> str:
    """Return a text with ``***`` in place of what addresses in it keep secret.

    Args:
        text: Any. A web address loses user and password, a database URL its password, both the values of
            parameters that sign or open something; also where an address is written with percent signs.
    """
    text = _WEB_USER.sub(rf"\1{HIDDEN}\2", text)
    text = _PASSWORD.sub(rf"\1{HIDDEN}\2", text)
    text = _PARAMETER.sub(rf"\1{HIDDEN}", text)
    return _SETTING.sub(rf"\1{HIDDEN}", text)
