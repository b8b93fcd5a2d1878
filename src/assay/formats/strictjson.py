"""JSON as the standard has it: no NaN, no doubled keys, no half characters, no abyss."""

from __future__ import annotations

import json
import math
from typing import NoReturn

from assay.core.errors import BadFormat
from assay.formats.row import shown

__all__ = ["parse"]


def parse(text: str, *, path: str, line: int | None) -> object:
    """Which value does this JSON text hold?

    Parameters
    ----------
    text
        One JSON value.
    path, line
        Where the text begins, for messages; a line of None means the whole file.

    Raises
    ------
    BadFormat
        When it is no JSON, or holds what later steps could not write or compare: NaN, infinity,
        a key twice in one object, a lone surrogate, nesting beyond Python's depth.

    Examples
    --------
    >>> parse('{"a": 1}', path="b.jsonl", line=1)
    {'a': 1}
    """
    try:
        value: object = json.loads(
            text, parse_constant=refuse, parse_float=finite, object_pairs_hook=distinct
        )
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        at = error.lineno + (line or 1) - 1
        what = f"no JSON at column {error.colno}: {error.msg}"
        raise BadFormat(path, at, what, "mend the text there, or write the file again") from error
    except UnicodeEncodeError as error:
        what = f"half a character: {shown(error.object[error.start])} stands alone"
        raise BadFormat(path, line, what, "write the character whole, as a pair") from error
    except RecursionError as error:
        raise BadFormat(path, line, "nested too deeply", "flatten the value") from error
    except ValueError as error:
        raise BadFormat(path, line, str(error), "write null, or leave the value out") from error
    return value


def refuse(name: str) -> NoReturn:
    """Refuse NaN and the infinities, which the JSON standard does not have."""
    msg = f"{name} is not JSON"
    raise ValueError(msg)


def finite(text: str) -> float:
    """Read a number; one that overflows to infinity is refused like infinity."""
    value = float(text)
    if math.isinf(value):
        refuse(shown(text))
    return value


def distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Build an object; a key given twice would lose a value in silence."""
    built = dict(pairs)
    if len(built) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        msg = f"the key {shown(twice)} stands twice in one object"
        raise ValueError(msg)
    return built
