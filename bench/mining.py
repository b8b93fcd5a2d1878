"""How long does mining a large history take, beside what git needs to print all of its changes?

    python bench/mining.py                     50,000 commits; goal: under 5 minutes and 2 GiB
    python bench/mining.py 2000                smaller
    python bench/mining.py 50000 --keep DIR    with the repository that lies there, or is made there

The repository is made by `git fast-import`, the same for the same number: 600 modules and their
tests, of which commits change one to three; two in five change sources and tests together, one in
ten is merged from a branch. Memory is that of all processes of a run together, read from /proc
every 50 ms: pages that several of them share, such as git's packs, count more than once.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from assay.tasks.git import command, environment

MODULES, LINES = 600, 60
START = 1_400_000_000
MINUTES, GIB = 5.0, 2.0
WORDS = (
    "parser", "reader", "writer", "cache", "index", "window", "buffer", "queue", "limit", "header",
    "record", "column", "empty", "missing", "doubled", "late", "wrong", "slow", "stale", "broken",
)  # fmt: skip


def stream(commits: int) -> Iterator[bytes]:
    """Yield what `git fast-import` reads."""
    draw = random.Random(commits)  # noqa: S311 - no secret
    texts: dict[str, list[str]] = {}
    yield b"feature done\nreset refs/heads/main\n"
    for number in range(commits):
        merged = number > 10 and number % 10 == 0
        changed = first(texts) if number == 0 else chosen(draw, texts)
        text = message(draw, number).encode()
        when = START + number * 600
        yield f"commit refs/heads/main\nmark :{number + 1}\n".encode()
        yield f"committer A <a@example.org> {when} +0000\ndata {len(text)}\n".encode() + text
        if number:
            yield f"\nfrom :{number}\n".encode()
        if merged:
            yield f"merge :{number - 5}\n".encode()
        for path in changed:
            content = "\n".join(texts[path]).encode() + b"\n"
            yield f"M 100644 inline {path}\ndata {len(content)}\n".encode() + content + b"\n"
    yield b"done\n"


def first(texts: dict[str, list[str]]) -> list[str]:
    """Fill all files."""
    for module in range(MODULES):
        for path in (source(module), test(module)):
            texts[path] = [f"def f{line}(): return {line}  # {path}" for line in range(LINES)]
    for path in ("README.md", "docs/guide.md", "go.sum"):
        texts[path] = [f"line {line}" for line in range(LINES)]
    return list(texts)


def chosen(draw: random.Random, texts: dict[str, list[str]]) -> list[str]:
    """Change a few files: sources with or without tests, or only prose."""
    modules = [draw.randrange(MODULES) for _ in range(draw.choice((1, 1, 1, 2, 3)))]
    kind = draw.random()
    paths = [source(module) for module in modules] if kind < 0.8 else ["README.md"]
    paths += [test(module) for module in modules] if kind < 0.4 or kind > 0.95 else []
    for path in dict.fromkeys(paths):
        at = draw.randrange(LINES)
        texts[path][at] = f"def f{at}(): return {draw.randrange(10**9)}  # {draw.choice(WORDS)}"
    return list(dict.fromkeys(paths))


def source(module: int) -> str:
    """Return the path of a module."""
    return f"src/part{module % 20}/m{module}.py"


def test(module: int) -> str:
    """Return the path of its tests."""
    return f"tests/part{module % 20}/test_m{module}.py"


def message(draw: random.Random, number: int) -> str:
    """Make up what a commit says; some say too little to be a task."""
    subject = f"Mend the {draw.choice(WORDS)} of the {draw.choice(WORDS)} (#{number})"
    if draw.random() < 0.2:
        return "Fix"
    body = " ".join(draw.choice(WORDS) for _ in range(30))
    return f"{subject}\n\nThe {body}.\n\nFixes #{number // 2 + 1}\nReviewed-by: B <b@example.org>\n"


def make(folder: Path, commits: int) -> None:
    """Make the repository."""
    folder.mkdir(parents=True, exist_ok=True)
    guarded = environment(folder)
    subprocess.run(command(folder, "init", "--quiet", "-b", "main", "."), check=True, env=guarded)
    importer = command(folder, "fast-import", "--quiet", "--done")
    with subprocess.Popen(importer, stdin=subprocess.PIPE, env=guarded) as process:
        given = cast("IO[bytes]", process.stdin)
        given.writelines(stream(commits))
        given.close()
    if process.returncode:
        sys.exit("git fast-import failed")


def measured(argv: list[str], env: dict[str, str] | None = None) -> tuple[float, float]:
    """Run a command; return its seconds and the most GiB of it and all that it started."""
    peak, done = [0], threading.Event()
    begin = time.perf_counter()
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, env=env) as process:

        def watch() -> None:
            while not done.wait(0.05):
                peak[0] = max(peak[0], resident(process.pid))

        watcher = threading.Thread(target=watch)
        watcher.start()
        process.wait()
        done.set()
        watcher.join()
    if process.returncode:
        sys.exit(f"{argv[0]} failed: {process.returncode}")
    return time.perf_counter() - begin, peak[0] * 4096 / 2**30


def resident(pid: int) -> int:
    """Return the pages of a process and its children that are in memory."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (OSError, IndexError):
        return 0
    return pages + sum(resident(int(child)) for child in children)


def main() -> None:
    """Make the repository, mine it, print it, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commits", type=int, nargs="?", default=50_000)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = (asked.keep or Path(scratch)) / f"made-{asked.commits}"
        if not folder.exists():
            begin = time.perf_counter()
            make(folder, asked.commits)
            print(f"made in {time.perf_counter() - begin:.0f} s")
        compare(folder, Path(scratch) / "tasks.jsonl", asked.commits)


def compare(folder: Path, out: Path, commits: int) -> None:
    """Print both runs side by side, and whether the goal was reached."""
    program = "from assay.cli import main; main()"
    mine = [sys.executable, "-c", program, "bench", "mine", str(folder), "--out", str(out)]
    printing = command(folder, "log", "-p")
    bare, bare_gib = measured(printing, environment(folder))
    seconds, gib = measured(mine)
    with out.open("rb") as file:
        tasks = sum(1 for _ in file)
    print(f"git log -p          {bare:7.1f} s   {bare_gib:5.2f} GiB")
    print(f"assay bench mine    {seconds:7.1f} s   {gib:5.2f} GiB   {tasks:,} tasks")
    print(f"{commits:,} commits; {seconds / bare:.2f} times as long as git log -p")
    reached = seconds < 60 * MINUTES and gib < GIB
    print(f"goal {MINUTES:.0f} min and {GIB:.0f} GiB for 50,000:", "pass" if reached else "FAIL")


if __name__ == "__main__":
    main()
