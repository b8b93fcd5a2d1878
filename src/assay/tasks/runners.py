"""How are the tests of a project run? A guess from its files, by language; options override it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from posixpath import dirname

__all__ = ["RUNNERS", "Runner", "runner_of"]

Command = tuple[str, ...]
QUIET = ("--ignore-scripts", "--no-audit", "--no-fund")
Look = Callable[[str], str]
"""The text of a file at the root of the project; empty where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """What runs tests and who reads its output. Empty: nobody knows, the user has to say."""

    command: Command = ()
    parser: str = ""
    setup: tuple[Command, ...] = ()
    files: Command = ()
    """What is appended to the command: files, or for Go the folders that are its packages."""


def runner_of(language: str, files: Sequence[str], tests: str, look: Look) -> Runner:
    """Which command would run these tests?

    Parameters
    ----------
    language
        That of the tests.
    files
        Files of tests that the fix changed.
    tests
        The patch of the tests: what they import is a hint.
    look
        Reads a file of the project as it was before the fix.

    Examples
    --------
    >>> runner_of("go", ["a/x_test.go", "a/y_test.go"], "", lambda name: "").files
    ('./a',)
    """
    guess = RUNNERS.get(language)
    return guess(tuple(files), tests, look) if guess else Runner(files=tuple(files))


def _python(files: Command, tests: str, look: Look) -> Runner:
    settings = "".join(look(name) for name in ("pyproject.toml", "setup.cfg", "tox.ini"))
    told = "pytest" in settings + tests or look("pytest.ini") or look("conftest.py")
    build = bool(look("pyproject.toml") or look("setup.py"))
    install = ("python", "-m", "pip", "install")
    listed = ("--requirement", "requirements.txt") if look("requirements.txt") else ()
    own = ("--editable", ".") if build else ()
    setup = ((*install, *listed, *own),) if listed or own else ()
    if "unittest" in tests and not told:
        plain = ("python", "-m", "unittest", "--verbose")
        return Runner(command=plain, parser="unittest", setup=setup, files=files)
    # One file that cannot be imported before the fix must not hide the tests of the others.
    flags = ("-v", "-rA", "-p", "no:cacheprovider", "--continue-on-collection-errors")
    command = ("python", "-m", "pytest", *flags)
    setup = (*setup, (*install, "pytest"))
    return Runner(command=command, parser="pytest", setup=setup, files=files)


def _javascript(files: Command, tests: str, look: Look) -> Runner:
    told = look("package.json")
    wanted = _wanted(told)
    locked = look("package-lock.json")
    install = (("npm", "ci" if locked else "install", *QUIET),) if wanted else ()
    if "vitest" in wanted:
        command: Command = ("npx", "vitest", "run", "--reporter=tap-flat")
        return Runner(command=command, parser="tap", setup=install, files=files)
    if "jest" in wanted:
        tap = ("npm", "install", "--no-save", *QUIET, "jest-tap-reporter")
        command = ("npx", "jest", "--ci", "--reporters=jest-tap-reporter")
        return Runner(command=command, parser="tap", setup=(*install, tap), files=files)
    if "mocha" in wanted:
        command = ("npx", "mocha", "--reporter", "tap")
        return Runner(command=command, parser="tap", setup=install, files=files)
    if "tape" in wanted or "tap" in wanted:
        command = ("npx", "tape") if "tape" in wanted else ("node",)  # node runs one file alone
        return Runner(command=command, parser="tap", setup=install, files=files)
    known = "node --test" in told or "node:test" in tests
    command = ("node", "--test", "--test-reporter=tap") if known else ()
    return Runner(command=command, parser="node" if known else "", setup=install, files=files)


def _wanted(package: str) -> set[str]:
    """Name the packages that a project depends on; none where its file is broken."""
    try:
        told = json.loads(package or "{}")
    except (ValueError, RecursionError):
        return set()
    if not isinstance(told, dict):
        return set()
    lists = [told.get(key) for key in ("dependencies", "devDependencies")]
    return {str(name) for one in lists if isinstance(one, dict) for name in one}


def _go(files: Command, tests: str, look: Look) -> Runner:  # noqa: ARG001 - all guesses are alike
    folders = dict.fromkeys(f"./{dirname(file)}" if dirname(file) else "." for file in files)
    setup = (("go", "mod", "download"),) if look("go.sum") else ()
    return Runner(command=("go", "test", "-json"), parser="go", setup=setup, files=tuple(folders))


RUNNERS: dict[str, Callable[[Command, str, Look], Runner]] = {
    "go": _go,
    "javascript": _javascript,
    "python": _python,
    "typescript": _javascript,
}
