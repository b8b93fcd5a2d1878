"""What is this file: a source, a test, something beside them? Its path says so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from assay.core.errors import UnknownName

__all__ = [
    "LANGUAGES",
    "Kind",
    "checked_languages",
    "is_runnable",
    "kind_of",
    "language_of",
    "trouble",
]

Kind = Literal["source", "test", "data", "docs", "generated"]
"""data: neither code nor prose, such as settings and templates; generated: nobody wrote it here."""

LANGUAGES = {
    "c": "c h",
    "c++": "cc cpp cxx hpp hh hxx",
    "c#": "cs",
    "clojure": "clj cljs cljc",
    "dart": "dart",
    "elixir": "ex exs",
    "erlang": "erl hrl",
    "go": "go",
    "haskell": "hs",
    "java": "java",
    "javascript": "js jsx mjs cjs",
    "julia": "jl",
    "kotlin": "kt kts",
    "lua": "lua",
    "ocaml": "ml mli",
    "perl": "pl pm t",
    "php": "php",
    "python": "py pyi pyx",
    "r": "r",
    "ruby": "rb rake",
    "rust": "rs",
    "scala": "scala sc",
    "shell": "sh bash",
    "swift": "swift",
    "typescript": "ts tsx mts cts",
    "zig": "zig",
}
"""Language to the endings of its files."""
BY_ENDING = {ending: name for name, endings in LANGUAGES.items() for ending in endings.split()}

TEST_FOLDERS = frozenset(
    ("test", "tests", "__tests__", "spec", "specs", "testdata", "__snapshots__", "unittests")
)
TEST_NAMES = re.compile(
    r"""
    (?: test_.* | .*_tests? | tests? | conftest ) \. (?: pyi? | exs? | dart | lua | rs | jl | r )
  | .* _test \. go
  | (?: .* [._-] (?: test|tests|spec|e2e ) | test ) \. [cm]? [jt] sx?
  | (?: .* _ (?: spec|test ) | test_ .* ) \. rb
  | .* _spec \. lua
  | .* (?: Tests? | TestCase | IT | Spec | Suite ) \. (?: java|kt|scala|groovy|cs|php|swift )
  | Test [A-Z] .* \. (?: java|kt|scala )
  | (?: test_ .* | .* _ (?: test|tests|unittest ) ) \. (?: c|cc|cpp|cxx )
  | .* \. t
    """,
    re.VERBOSE,
)
SUPPORT_NAMES = re.compile(r"conftest\.py|__init__\.py|(?:setup|helper|fixture)s?\.[a-z]+")

GENERATED_FOLDERS = frozenset(
    ("vendor", "vendored", "_vendor", "node_modules", "third_party", "third-party", "thirdparty",
     "generated", "__generated__", "dist", "bower_components", "site-packages", "__pycache__")
)  # fmt: skip
GENERATED_NAMES = re.compile(
    r"""
    (?: package-lock | npm-shrinkwrap | packages\.lock ) \. json
  | pnpm-lock\.yaml | go\.sum | bun\.lockb | gradle\.lockfile | .* \. lock
  | .* \. min \. (?: js|css ) | .* \. map | .* \. pb \. (?: go|cc|h ) | .* _pb2 (?: _grpc )? \. pyi?
  | .* [._] generated \. \w+ | zz_generated .* | .* \. g \. dart | .* \. designer \. cs
    """,
    re.VERBOSE | re.IGNORECASE,
)
DOCS_FOLDERS = frozenset(("doc", "docs", "documentation"))
DOCS_NAMES = re.compile(
    r"""
    .* \. (?: md | mdx | rst | adoc | tex )
  | (?: changes | changelog | news | history | readme | authors | contributors | licen[cs]e
      | copying | notice | todo | codeowners ) (?: \. \w+ )?
    """,
    re.VERBOSE | re.IGNORECASE,
)


@lru_cache(maxsize=1 << 16)
def kind_of(path: str) -> Kind:
    """What does the path say about the file? The first that fits: generated, test, docs, source.

    Parameters
    ----------
    path
        From the root of the repository, with slashes.

    Examples
    --------
    >>> [kind_of(path) for path in ("src/a.py", "tests/a.json", "a/b_test.go", "go.sum", "x.toml")]
    ['source', 'test', 'test', 'generated', 'data']
    """
    *folders, name = path.split("/")
    within = {folder.lower() for folder in folders}
    if within & GENERATED_FOLDERS or GENERATED_NAMES.fullmatch(name):
        return "generated"
    tests = any(folder.endswith((".tests", ".test")) for folder in within)
    if within & TEST_FOLDERS or tests or TEST_NAMES.fullmatch(name):
        return "test"
    if within & DOCS_FOLDERS or DOCS_NAMES.fullmatch(name) or within & {"changelog.d", "news"}:
        return "docs"
    return "source" if language_of(path) else "data"


def language_of(path: str) -> str:
    """Which language does the ending name? Empty for none of `LANGUAGES`.

    Examples
    --------
    >>> language_of("web/App.TSX"), language_of("Makefile")
    ('typescript', '')
    """
    name = path.rpartition("/")[2]
    return BY_ENDING.get(name.rpartition(".")[2].lower(), "") if "." in name else ""


def is_runnable(path: str) -> bool:
    """Is this a file of tests, and not only what tests need?

    Examples
    --------
    >>> [is_runnable(path) for path in ("tests/test_a.py", "tests/conftest.py", "tests/a.json")]
    [True, False, False]
    """
    name = path.rpartition("/")[2]
    if kind_of(path) != "test" or not language_of(path) or SUPPORT_NAMES.fullmatch(name):
        return False
    strict = {"python", "go"}  # their runners find tests by the names of files
    return language_of(path) not in strict or TEST_NAMES.fullmatch(name) is not None


def trouble(path: bytes) -> str:
    r"""Why may no file be written under this path? Empty when one may.

    Examples
    --------
    >>> trouble(b"src/a.py"), trouble(b"../a.py"), trouble(b"a/.GIT/config")
    ('', 'a path leads out of the tree', 'a path leads into .git')
    """
    try:
        text = path.decode("utf-8")
    except UnicodeDecodeError:
        return "a path is no UTF-8"
    parts = text.split("/")
    if text.startswith("/") or "" in parts or {".", ".."} & set(parts):
        return "a path leads out of the tree"
    if any(re.fullmatch(r"\.git|git~\d+", part.rstrip(" ."), re.IGNORECASE) for part in parts):
        return "a path leads into .git"
    if not text.isprintable() or "\\" in text or re.match(r"[A-Za-z]:", text) or len(path) > 1000:
        return "a path that not every system can hold"
    return ""


def checked_languages(names: Iterable[str]) -> frozenset[str]:
    """Return languages as they are named here.

    Raises
    ------
    UnknownName
        One of them is not known.
    """
    asked = frozenset(name.lower() for name in names)
    for name in asked - LANGUAGES.keys():
        raise UnknownName("language", name[:80], LANGUAGES, f"one of {', '.join(LANGUAGES)}")
    return asked
