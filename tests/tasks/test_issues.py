"""Exports of issues: what GitHub's API gives, in the shapes in which people save it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from assay.core.errors import BadFormat, UsageError
from assay.tasks.issues import read_exports


def issue(number: int = 12, **more: object) -> dict[str, Any]:
    return {
        "number": number,
        "title": "Nought is lost",
        "body": None,
        "created_at": "2025-01-01T00:00:00Z",
        "repository_url": "https://api.github.com/repos/Me/It",
    } | more


def saved(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_shapes(tmp_path: Path) -> None:
    one, two = issue(1), issue(2)
    texts = {
        "list.json": json.dumps([one, two]),
        "pages.json": json.dumps([[one], [two]]),
        "lines.jsonl": f"{json.dumps(one)}\n\n{json.dumps(two)}\n",
        "pages.jsonl": f"{json.dumps([one])}\n{json.dumps([two])}\n",
    }
    for name, text in texts.items():
        (export,) = read_exports([saved(tmp_path / name, text)]).values()
        assert sorted(export.by_number) == [1, 2], name
    packed = saved(tmp_path / "lines.jsonl.gz", gzip.compress(texts["lines.jsonl"].encode()))
    assert read_exports([packed]).keys() == {"me/it"}


def test_an_issue_and_its_pull_request_are_joined(tmp_path: Path) -> None:
    as_issue = issue(5, pull_request={"url": "x"}, body="Fixes #1")
    as_pull = issue(5, merge_commit_sha="ab" * 20, merged_at="2025-02-01T00:00:00Z", head={})
    first = saved(tmp_path / "pulls.json", json.dumps([as_pull]))
    second = saved(tmp_path / "issues.json", json.dumps([as_issue]))
    for files in ([first, second], [second, first]):
        export = read_exports(files)["me/it"]
        assert export.by_number[5].pull
        assert export.by_merge["ab" * 20].body == "Fixes #1"


def test_a_pull_request_that_was_not_merged_merged_nothing(tmp_path: Path) -> None:
    tried = issue(5, merge_commit_sha="ab" * 20, merged_at=None, head={})
    export = read_exports([saved(tmp_path / "a.json", json.dumps([tried]))])["me/it"]
    assert export.by_number[5].pull
    assert not export.by_merge


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ({"repository_url": "https://api.github.com/repos/me/it"}, "me/it"),
        ({"repository_url": None, "html_url": "https://github.com/me/it/issues/1"}, "me/it"),
        ({"repository_url": "https://git.example.org/api/v3/repos/me/it"}, "me/it"),
        ({"repository_url": None}, ""),
        ({"repository_url": "it"}, ""),
    ],
)
def test_whose_issue_it_is(tmp_path: Path, url: dict[str, Any], name: str) -> None:
    file = saved(tmp_path / "a.json", json.dumps([issue(**url)]))
    assert read_exports([file]).keys() == {name}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[]", None, "no issues"),
        ("{}", None, "not a list"),
        ('[{"number": 1}]', 1, "created_at"),
        (json.dumps([issue(), issue(number="2")]), 2, "number"),  # type: ignore[arg-type]
        (json.dumps([issue(number=True)]), 1, "number"),
        (json.dumps([issue(-1)]), 1, "number"),
        (json.dumps([issue(title=["x"])]), 1, "title"),
        (json.dumps([issue(created_at="soon")]), 1, "created_at"),
        (json.dumps([issue(), 3]), 2, "is no issue"),
        ("[[[]]]", 1, "is no issue"),
        ('[{"a": NaN}]', None, "NaN"),
        (b'["\xff"]', 1, "UTF-8"),
        ("[" * 100_000, None, "nested"),
    ],
)
def test_refusals(tmp_path: Path, text: str | bytes, line: int | None, said: str) -> None:
    with pytest.raises(BadFormat, match=said) as caught:
        read_exports([saved(tmp_path / "a.json", text)])
    assert caught.value.line == line


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        read_exports([tmp_path / "nowhere.json"])
