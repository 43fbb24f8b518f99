"""Regular expressions that users write, in the dialect of OpenAPI's `pattern` (ECMA 262), run in bounded time.

Python's own engine can take for ever over a text (`^(a+)+$`), and a scenario is asked by whoever sends a request.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from jsonschema_rs import Draft202012Validator, FancyRegexOptions, ValidationError

MOST_STEPS = 100_000
"""Only look-around and back-references can take steps back at all; with more than these the text does not match."""


class ExpressionError(ValueError):
    """A text is no regular expression; the text says why."""


@dataclass(frozen=True)
class Expression:
    """A compiled regular expression.

    Raises:
        ExpressionError: when it is made of a text that is none.
    """

    pattern: str
    _compiled: Draft202012Validator = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        options = FancyRegexOptions(backtrack_limit=MOST_STEPS)
        try:
            compiled = Draft202012Validator({"pattern": self.pattern}, pattern_options=options)
        except (ValidationError, ValueError):
            raise ExpressionError(self._why_not()) from None
        object.__setattr__(self, "_compiled", compiled)

    def finds(self, text: str) -> bool:
        """Whether some part of a text matches."""
        try:
            return self._compiled.is_valid(text)
        except UnicodeEncodeError:  # lone surrogates, which no expression can name
            return self._compiled.is_valid(text.encode(errors="replace").decode())

    def _why_not(self) -> str:
        """What Python's parser says is wrong, where it agrees that something is."""
        try:
            re.compile(self.pattern)
        except (re.error, OverflowError, RecursionError) as error:
            return str(error)
        return "it uses what only Python's dialect has; allowed: the dialect of JSON Schema (ECMA 262)"
