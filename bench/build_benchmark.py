"""A benchmark out of public packages' releases, from their archives to a verified set.

Each project's successive source releases, which hold their tests, become a git history: one
release, one commit, whose message is what the release added to its change log. Then the commands of
`docs/bench.md` are run: mine, verify, seal, honeypots in the private half, and with --siblings
sealed siblings, whose every variant is run. What is fetched lies in the folder that is named and
nowhere else. Takes pip and npm as they are set up on this machine.

    python bench/build_benchmark.py --out build --jobs 2
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

CHANGES = re.compile(r"(change|history|news|release|versions)[\w-]*(\.\w+)?$", re.IGNORECASE)
MADE = ("PKG-INFO", ".egg-info", "dist", ".github", "node_modules")
"""Made from other files, or of no use to a solver."""
WORDS = 400
"""Lines of a change log that a message repeats."""


@dataclass(frozen=True, kw_only=True)
class Project:
    """One package, and how its tests are run."""

    name: str
    client: str
    """pip or npm."""
    versions: str
    """Successive releases, oldest first."""
    command: str
    parser: str
    setup: tuple[str, ...] = ()


BUILD = "CFLAGS=-O0 python setup.py -q build_ext --inplace --build-temp /tmp/made > /dev/null 2>&1"
NPM = "npm install --prefix /tmp/env --ignore-scripts --no-audit --no-fund"
QS = (
    "tape@5", "object-inspect", "iconv-lite", "safer-buffer", "has-symbols", "side-channel",
    "es-value-fixtures", "mock-property", "has-override-mistake", "has-property-descriptors",
    "for-each", "has-bigints", "has-proto", "define-data-property",
)  # fmt: skip
PROJECTS = (
    Project(
        name="sqlparse",
        client="pip",
        versions="0.4.0 0.4.1 0.4.2 0.4.3 0.4.4 0.5.0 0.5.1 0.5.2 0.5.3 0.5.4 0.5.5",
        command="python -m pytest -v -rA -p no:cacheprovider --continue-on-collection-errors",
        parser="pytest",
        setup=("python -m pip install pytest",),
    ),
    Project(
        name="qs",
        client="npm",
        versions="6.10.0 6.10.1 6.10.2 6.10.3 6.10.4 6.10.5 6.11.0 6.11.1 6.11.2 6.12.0 6.12.1 "
        "6.12.2 6.12.3 6.13.0 6.13.1 6.14.0",
        command="npx tape",
        parser="tap",
        setup=(f"{NPM} {' '.join(QS)}",),
    ),
    Project(
        name="simplejson",
        client="pip",
        versions="3.16.0 3.17.0 3.17.2 3.17.3 3.17.4 3.17.5 3.17.6 3.18.0 3.18.1 3.18.2 3.18.3 "
        "3.18.4 3.19.1 3.19.2 3.19.3 3.20.1 3.20.2",
        command=f"sh -c '{BUILD}; exec python -m unittest -v \"$@\"' sh",
        parser="unittest",
        setup=("python -m pip install setuptools",),
    ),
)


def main() -> None:
    """Fetch, make histories, mine, verify, seal; print how long each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", nargs="*", help="Names of projects.")
    parser.add_argument("--siblings", action="store_true", help="Make sealed siblings, too.")
    asked = parser.parse_args()
    out: Path = asked.out.resolve()
    projects = [one for one in PROJECTS if not asked.only or one.name in asked.only]
    times = {}
    times["fetch"] = timed(lambda: fetch_all(projects, out, asked.jobs))
    times["mine"] = timed(lambda: mine(projects, out))
    times["verify"] = timed(lambda: verify(projects, out, asked.jobs))
    times["seal"] = timed(lambda: seal(projects, out))
    times["honeypots"] = timed(lambda: honeypots(projects, out))
    if asked.siblings:
        times["siblings"] = timed(lambda: siblings(projects, out, asked.jobs))
    total = sum(times.values())
    print(", ".join(f"{name} {seconds / 60:.1f} min" for name, seconds in times.items()))
    print(f"total {total / 60:.1f} min")


def timed(step: Callable[[], None]) -> float:
    """Return the seconds that a step takes."""
    began = time.monotonic()
    step()
    return time.monotonic() - began


def fetch_all(projects: Sequence[Project], out: Path, jobs: int) -> None:
    """Fetch all releases and write the histories."""
    (out / "archives").mkdir(parents=True, exist_ok=True)
    (out / "repos").mkdir(exist_ok=True)
    fetching = out / "fetching"  # pip asks a source release for its metadata, with these
    if not fetching.exists():
        subprocess.run([sys.executable, "-m", "venv", str(fetching)], check=True)
        install = [str(fetching / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*install, "setuptools", "wheel", "flit_core", "hatchling"], check=True)
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(lambda one: history(one, out), projects))


def history(project: Project, out: Path) -> None:
    """Write one project's history: each release a commit."""
    repo = out / "repos" / project.name
    if (repo / ".git").exists():
        return
    draft = out / "repos" / f".{project.name}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    git(draft, "init", "--quiet")
    dates = npm_dates(project) if project.client == "npm" else {}
    log = ""
    for version in project.versions.split():
        archive = fetch(project, version, out / "archives")
        made = lay(archive, draft)
        log = commit(draft, f"{project.name} {version}", dates.get(version, made), log)
    draft.rename(repo)


def fetch(project: Project, version: str, folder: Path) -> Path:
    """Fetch one release's archive, with the registry's own client."""
    held = folder / f"{project.name}-{version}"
    held.mkdir(exist_ok=True)
    if project.client == "npm":
        words = [client("npm"), "pack", "--silent", "--pack-destination", str(held)]
        words.append(f"{project.name}@{version}")
    else:
        python = folder.parent / "fetching" / "bin" / "python"
        words = [str(python), "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(held)]
        words += ["--no-binary", ":all:", "--no-build-isolation", f"{project.name}=={version}"]
    if not any(held.iterdir()):
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return next(held.iterdir())


def client(name: str) -> str:
    """Return where a program lies."""
    found = shutil.which(name)
    if found is None:
        sys.exit(f"{name} is not installed")
    return found


def npm_dates(project: Project) -> dict[str, datetime]:
    """Return when each release came out, as the registry says."""
    told = subprocess.run(
        [client("npm"), "view", project.name, "time", "--json"],
        check=True,
        capture_output=True,
    )
    return {name: datetime.fromisoformat(text) for name, text in json.loads(told.stdout).items()}


def lay(archive: Path, repo: Path) -> datetime:
    """Replace a work tree by an archive's files; return when the newest of them was written."""
    for old in repo.iterdir():
        if old.name != ".git":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    newest = 0.0
    with tarfile.open(archive) as files:
        for member in files:
            member.name = member.name.partition("/")[2]
            if member.isreg() and member.name and not is_made(member.name):
                member.mode = 0o755 if member.mode & 0o100 else 0o644
                files.extract(member, repo, filter="data")
                newest = max(newest, member.mtime)
    return datetime.fromtimestamp(newest, UTC)


def is_made(name: str) -> bool:
    """Was this file made from others?"""
    return any(
        part == made or part.endswith(".egg-info") for part in name.split("/") for made in MADE
    )


def commit(repo: Path, title: str, date: datetime, log: str) -> str:
    """Commit the work tree, with what is new in its change log; return that log."""
    logs = [path for path in repo.rglob("*") if CHANGES.match(path.name) and path.is_file()]
    now = min(logs, key=lambda path: len(path.parts)).read_text("utf-8", "replace") if logs else ""
    new = [line[2:] for line in difflib.ndiff(log.splitlines(), now.splitlines()) if line[0] == "+"]
    said = "\n".join(new[:WORDS]) if log else ""
    git(repo, "add", "--all", "--force")
    stamp = date.isoformat()
    env = {"GIT_AUTHOR_DATE": stamp, "GIT_COMMITTER_DATE": stamp}
    git(repo, "commit", "--quiet", "--allow-empty", "-m", f"Release {title}\n\n{said}", env=env)
    return now


def git(repo: Path, *arguments: str, env: dict[str, str] | None = None) -> None:
    """Run git, without this machine's settings."""
    settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", **(env or {})}
    who = ("-c", "user.name=releases", "-c", "user.email=releases@example.org")
    hooks = ("-c", "core.hooksPath=/dev/null", "-c", "core.autocrlf=false")
    subprocess.run(
        [client("git"), "-C", str(repo), *who, *hooks, *arguments],
        check=True,
        env=os.environ | settings,
    )


def assay(*arguments: str) -> None:
    """Run a command of Assay; "undecided" is an answer, too."""
    done = subprocess.run([sys.executable, "-m", "assay", *arguments], check=False)
    if done.returncode not in {0, 11}:
        sys.exit(done.returncode)


def mine(projects: Sequence[Project], out: Path) -> None:
    """Mine every history, and put the tasks into one file."""
    found = []
    for project in projects:
        file = out / f"{project.name}.jsonl"
        setup = [word for line in project.setup for word in ("--setup", line)]
        assay(
            "bench", "mine", str(out / "repos" / project.name), "--out", str(file),
            "--test-command", project.command, "--parser", project.parser, *setup,
        )  # fmt: skip
        found.append(file.read_text("utf-8"))
    (out / "tasks.jsonl").write_text("".join(found), "utf-8")


def verify(projects: Sequence[Project], out: Path, jobs: int) -> None:
    """Verify all tasks."""
    repos = [str(out / "repos" / project.name) for project in projects]
    assay(
        "bench", "verify", str(out / "tasks.jsonl"), *repos, "--out", str(out / "verified"),
        "--jobs", str(jobs), "--seconds", "120", *certificates(),
    )  # fmt: skip


def certificates() -> list[str]:
    """Return the options that hand on where certificates are."""
    names = ("SSL_CERT_FILE", "PIP_CERT", "NODE_EXTRA_CA_CERTS")
    return [word for name in names if name in os.environ for word in ("--build-env", name)]


def seal(projects: Sequence[Project], out: Path) -> None:
    """Seal what was verified, in a public half and a private one."""
    repos = [word for one in projects for word in ("--repo", str(out / "repos" / one.name))]
    shutil.rmtree(out / "sealed", ignore_errors=True)
    assay(
        "bench", "seal", str(out / "verified" / "verified.jsonl"), *repos,
        "--out", str(out / "sealed"), "--seed", "1", "--committed", "2026-01-01",
    )  # fmt: skip


def running(projects: Sequence[Project], out: Path) -> list[str]:
    """Return the options of commands that run tasks again, in the environments there are."""
    repos = [word for one in projects for word in ("--repo", str(out / "repos" / one.name))]
    cache = str(out / "verified" / "environments")
    return [*repos, "--cache", cache, "--seconds", "120", *certificates()]


def honeypots(projects: Sequence[Project], out: Path) -> None:
    """Plant honeypots in the private half: few tasks, so the classifier's interval is wide."""
    shutil.rmtree(out / "vault", ignore_errors=True)
    assay(
        "bench", "honeypots", str(out / "sealed"), "--out", str(out / "vault"), "--share", "0.3",
        "--anyway", *running(projects, out),
    )  # fmt: skip


def siblings(projects: Sequence[Project], out: Path, jobs: int) -> None:
    """Make sealed siblings of what was verified, and draw one of each."""
    shutil.rmtree(out / "release", ignore_errors=True)
    assay(
        "bench", "siblings", str(out / "verified" / "verified.jsonl"), "--out",
        str(out / "release"), "--seed", "1", "--committed", "2026-01-01", "--jobs", str(jobs),
        *running(projects, out),
    )  # fmt: skip


if __name__ == "__main__":
    main()
