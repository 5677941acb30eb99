"""A card: a piece of HTML with a plain-text twin, for everything a lesson displays besides charts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    """Something to show in a lesson.

    `html` is what a browser shows (classes start with `tp-`; no inline style and no script, so
    that the site's content security policy holds). `text` is the same for a terminal, a screen
    reader in text mode or a printout.
    """

    html: str
    text: str

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": self.html, "text/plain": self.text}

    def __str__(self):
        return self.text
