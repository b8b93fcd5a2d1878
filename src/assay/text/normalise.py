"""Making texts comparable: one Unicode form, one kind of whitespace, no printed index."""

import re
import unicodedata

# A printed position tells a model where an item stood, so an order test would read the number
# instead of remembering the order. Only forms that print a position are listed: a number that the
# item itself begins with ("3 apples", "2.5 litres", "12 + 7") must stay.
_INDEX = re.compile(
    r"""
    \s*(?:
        [\[(]?[A-Za-z][\w.-]*/\d+[\])]?(?=\s|:|$)\s*[:.)-]?                  # HumanEval/17
      | (?:question|problem|task|item|exercise|example|no\.?|q)\s*\#?\s*\d+  # Question 12:
            \s*(?:[:.)\]-](?!\d)|\n)
      | \#\s*\d+\s*(?:[:.)\]-](?!\d)|(?=\n))                                # #12:
      | [\[(]\d+[\])](?=\s)                                                # (12)
      | \d+[.):](?=\s)                                                     # 12.
    )\s*
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BLANKS = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r"\n{3,}")


def normalise(text: str) -> str:
    r"""What is this text once typing accidents are gone?

    Composed Unicode (NFC), line breaks as ``\n``, runs of blanks as one, no blanks at line ends,
    at most one empty line in a row, nothing around it. Letters and case stay. For comparing
    texts, not for running them: the indentation of code is gone too.

    Examples
    --------
    >>> normalise("  Cafe\u0301 \t au\r\nlait ")
    'Café au\nlait'

    References
    ----------
    Unicode Standard Annex 15, Unicode normalization forms.
    """
    composed = unicodedata.normalize("NFC", text)
    lines = (_BLANKS.sub(" ", line).strip() for line in composed.splitlines())
    return _BREAKS.sub("\n\n", "\n".join(lines)).strip()


def strip_index(text: str) -> str:
    """What is this text without the position printed at its beginning?

    Takes off "HumanEval/17", "Question 12:", "#12:", "(12)" and "12." once, at the beginning only.
    A text that is nothing but its index stays as it is.

    Examples
    --------
    >>> strip_index("Question 12: What is 3 + 4?")
    'What is 3 + 4?'
    >>> strip_index("12 apples and 3 pears")
    '12 apples and 3 pears'

    References
    ----------
    Oren et al. 2024, arXiv 2310.17623 (order tests, which a printed index would fool).
    """
    match = _INDEX.match(text)
    if match is None or match.end() == len(text):
        return text
    return text[match.end() :]
