"""What tokens like ⟨D8⟩ are, in words, for pages that show a text's tokens.

Knows nothing of how a tokenizer learns.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from moeviz.texts import say_from

say = say_from(__file__)
_BYTE = re.compile("⟨[0-9A-F]{2}⟩")


def byte_words(tokens: Sequence[str]) -> list[str]:
    """What chips like ⟨D8⟩ are, where there is one."""
    found = next((match for token in tokens if (match := _BYTE.search(token))), None)
    if found is None:
        return []
    return [say("single_bytes", piece=found[0])]
