"""The labels of the corpus's domains. Knows neither their texts nor torch."""

from __future__ import annotations

DOMAINS: tuple[str, ...] = ("python", "english", "arithmetic", "json", "french", "c++")
"""The built-in domains, in the order of every per-domain axis G."""

USER_DOMAIN = "yours"
"""The domain of the text that a user pasted; the last one when there is such a text."""


def domain_names(user_text: str) -> tuple[str, ...]:
    """The domains of a run: the built-in ones, and the user's when the text is not empty."""
    return (*DOMAINS, USER_DOMAIN) if user_text else DOMAINS
