"""Reads the text that a user pastes or uploads, or refuses it in words.

The text is data: it is neither interpreted nor altered beyond line ends and a byte order mark.
Knows nothing of tokens, of torch or of the page that received it.
"""

from __future__ import annotations

import re

from moeviz.config import (
    MAX_USER_TEXT_CHARACTERS,
    MIN_USER_TEXT_CHARACTERS,
    ConfigError,
    Unquoted,
    length,
)

BYTE_ORDER_MARK = "\ufeff"
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_LENGTH = f"{MIN_USER_TEXT_CHARACTERS:,} to {MAX_USER_TEXT_CHARACTERS:,} characters long"


def read_user_text(content: bytes | str) -> str:
    """The content as text with `\\n` line ends and no byte order mark; reading twice is harmless.

    Args:
        content: bytes of a UTF-8 file, or text.

    Raises:
        ConfigError: on the field "user_text": not UTF-8, binary (a control character other than
            tab, line feed, vertical tab, form feed or carriage return), too short (blanks at the
            ends do not count) or too long.
    """
    text = _decoded(content).lstrip(BYTE_ORDER_MARK)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > MAX_USER_TEXT_CHARACTERS:
        raise _refused(length(len(text), "character"), _LENGTH)
    control = _CONTROL.search(text)
    if control:
        found = f"control character U+{ord(control[0]):04X} at position {control.start()}"
        raise _refused(found, "text without control characters")
    counted = len(text.strip())
    if counted < MIN_USER_TEXT_CHARACTERS:
        blanks = "" if counted == len(text) else " without the blanks at its ends"
        raise _refused(length(counted, "character", blanks), _LENGTH)
    return text


def _refused(found: str, bound: str) -> ConfigError:
    """The refusal, by words about the text: it may be long, and it may be private."""
    return ConfigError("user_text", Unquoted(found), bound)


def _decoded(content: bytes | str) -> str:
    try:
        if isinstance(content, bytes):
            return content.decode("utf-8")
        content.encode("utf-8")  # lone surrogates are no text
    except UnicodeDecodeError as error:
        found = f"byte 0x{error.object[error.start]:02X} at position {error.start}"
        raise _refused(found, "UTF-8 text") from None
    except UnicodeEncodeError as error:
        found = f"lone surrogate at position {error.start}"
        raise _refused(found, "UTF-8 text") from None
    return content
