"""The gate finds whatever was left behind, and passes what is clean."""

from __future__ import annotations

import base64
import bz2
import gzip
import hashlib
import importlib.util
import io
import json
import lzma
import py_compile
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.tasks.planting import FIXED, SUBJECT, Planted, commit, git, project, write

from assay.tasks.seal.answer import answer_in
from assay.tasks.seal.gate import Gated, gate

Plant = Callable[[Planted], None]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """Make the project once; tests copy it."""
    return project(tmp_path_factory.mktemp("project"))


@pytest.fixture
def planted(made: Planted, tmp_path: Path) -> Planted:
    """Return a copy of the project that a test may change."""
    return made.copied(tmp_path / "copy")


def gated(planted: Planted) -> Gated:
    """Search the repository before the fix for the answer."""
    return gate(planted.before, answer_in(planted.task, planted.source))


def zipped(name: str, content: bytes) -> bytes:
    """Return a zip archive of one member."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def tarred(name: str, content: bytes) -> bytes:
    """Return a tar archive of one member."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def loose_object(p: Planted) -> None:
    git(p.before, "hash-object", "-w", "--stdin", stdin=FIXED.encode())


def packed_object(p: Planted) -> None:
    name = git(p.before, "hash-object", "-w", "--stdin", stdin=FIXED.encode())
    git(p.before, "pack-objects", "-q", ".git/objects/pack/pack", stdin=f"{name}\n".encode())
    (p.before / ".git" / "objects" / name[:2] / name[2:]).unlink()


def unreachable_commit(p: Planted) -> None:
    p.bring()


def branch(p: Planted) -> None:
    git(p.before, "branch", "later", p.bring())


def reflog(p: Planted) -> None:
    git(p.before, "reset", "-q", "--hard", p.bring())
    git(p.before, "reset", "-q", "--hard", p.task.base_commit)
    (p.before / ".git" / "ORIG_HEAD").unlink()


def reflog_alone(p: Planted) -> None:
    """Its objects are gone, but the log still says which commit it was."""
    log = p.before / ".git" / "logs" / "HEAD"
    log.write_text(f"{p.task.base_commit} {p.task.commit} a <a@b> 1 +0000\tpull\n", "utf-8")


def stash(p: Planted) -> None:
    write(p.before, "calc.py", FIXED)
    git(p.before, "stash", "-q")


def tag(p: Planted) -> None:
    git(p.before, "tag", "v1.3.2", p.bring())


def annotated_tag(p: Planted) -> None:
    git(p.before, "tag", "-a", "-m", f"As in the fix:\n{p.patch}", "hint", "HEAD")


def note(p: Planted) -> None:
    git(p.before, "notes", "add", "-m", p.patch, "HEAD")


def replacement(p: Planted) -> None:
    git(p.before, "replace", p.task.base_commit, p.bring())


def submodule(p: Planted) -> None:
    git(p.before, "submodule", "--quiet", "add", str(p.source), "vendored")
    git(p.before, "commit", "-q", "-m", "Vendor it")


def gitlink(p: Planted) -> None:
    """A submodule that is not fetched: only the commit is named."""
    entry = f"160000,{p.task.commit},vendored"
    git(p.before, "update-index", "--add", "--cacheinfo", entry)
    git(p.before, "commit", "-q", "-m", "Vendor it")


def worktree(p: Planted) -> None:
    git(p.before, "worktree", "add", "-q", "--detach", str(p.before.parent / "wt"), p.bring())


def bundle(p: Planted) -> None:
    git(p.source, "bundle", "create", "-q", str(p.before / "history.bundle"), "main")


def thin_bundle(p: Planted) -> None:
    """Its deltas rest on objects that the repository has."""
    path = str(p.before / "update.bundle")
    git(p.source, "bundle", "create", "-q", path, f"{p.task.base_commit}..main")


def lone_pack(p: Planted) -> None:
    git(p.source, "repack", "-adq")
    (pack,) = (p.source / ".git/objects/pack").glob("*.pack")
    shutil.copy(pack, p.before / "data.bin")


def lfs_pointer(p: Planted) -> None:
    digest = hashlib.sha256(FIXED.encode()).hexdigest()
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(FIXED)}\n"
    write(p.before, "calc_next.py", text)


def lfs_store(p: Planted) -> None:
    write(p.before, ".git/lfs/objects/ab/cd/abcd", FIXED)


def patch_in_a_doc(p: Planted) -> None:
    quoted = "".join(f"    > {line}\n" for line in p.patch.splitlines())
    write(p.before, "docs/changes.md", f"# Changes\n\nProposed:\n\n{quoted}\nDone.\n")


def patch_as_html(p: Planted) -> None:
    text = p.patch.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    write(p.before, "docs/review.html", f"<pre>{text}</pre>")


def patch_in_json(p: Planted) -> None:
    write(p.before, "data/review.json", json.dumps({"body": p.patch}))


def patch_file(p: Planted) -> None:
    write(p.before, "debian/patches/01.patch", p.patch)


def rejected_hunk(p: Planted) -> None:
    write(p.before, "calc.py.rej", p.patch[p.patch.index("---") :])


def saved_copy(p: Planted) -> None:
    write(p.before, "calc.py.orig", FIXED)


def hidden_test(p: Planted) -> None:
    write(p.before, "later/test_calc.py.txt", p.task.test_patch)


def wheel(p: Planted) -> None:
    content = zipped("calc.py", FIXED.encode())
    (p.before / "wheels").mkdir()
    (p.before / "wheels" / "vendored.whl").write_bytes(content)


def wheel_by_name(p: Planted) -> None:
    """Its content is not the fix, but its name is that of the release."""
    (p.before / "calc-1.3.2-py3-none-any.whl").write_bytes(zipped("a.txt", b"nothing"))


def tarball(p: Planted) -> None:
    (p.before / "old.tar.gz").write_bytes(gzip.compress(tarred("calc/calc.py", FIXED.encode())))


def tarball_bz2(p: Planted) -> None:
    (p.before / "old.tar.bz2").write_bytes(bz2.compress(tarred("calc/calc.py", FIXED.encode())))


def tarball_xz_in_zip(p: Planted) -> None:
    inner = lzma.compress(tarred("calc/calc.py", FIXED.encode()))
    (p.before / "fixture.zip").write_bytes(zipped("deep/old.tar.xz", inner))


def committed_wheel(p: Planted) -> None:
    wheel(p)
    commit(p.before, "Keep a wheel")
    shutil.rmtree(p.before / "wheels")
    commit(p.before, "Drop the wheel")


def pip_pin(p: Planted) -> None:
    write(p.before, "requirements-dev.txt", "pytest>=8\ncalc==1.3.2\n")


def setup_cfg_pin(p: Planted) -> None:
    write(p.before, "setup.cfg", "[options]\ninstall_requires =\n    calc>=1.4\n")


def pyproject_pin(p: Planted) -> None:
    write(p.before, "examples/pyproject.toml", '[project]\ndependencies = ["calc ~= 1.3.2"]\n')


def poetry_lock(p: Planted) -> None:
    write(p.before, "poetry.lock", '[[package]]\nname = "calc"\nversion = "1.3.2"\n')


def package_lock(p: Planted) -> None:
    lock = {"packages": {"node_modules/calc": {"version": "1.3.2"}}}
    write(p.before, "package-lock.json", json.dumps(lock))


def package_json(p: Planted) -> None:
    write(p.before, "web/package.json", json.dumps({"dependencies": {"calc": "^1.3.2"}}))


def go_mod(p: Planted) -> None:
    text = "module example.org/x\n\nrequire github.com/shop/calc v1.3.2\n"
    write(p.before, "go.mod", text)


def url_pin(p: Planted) -> None:
    write(p.before, "requirements.txt", "calc @ git+https://github.com/shop/calc@v1.3.2\n")


def alternates(p: Planted) -> None:
    path = p.before / ".git" / "objects" / "info" / "alternates"
    path.write_text(f"{p.source}/.git/objects\n", "utf-8")


def nested_repository(p: Planted) -> None:
    shutil.copytree(p.source, p.before / "third_party" / "calc")
    (p.before / "third_party/calc/calc.py").unlink()
    (p.before / "third_party/calc/test_calc.py").unlink()


def renamed_git_folder(p: Planted) -> None:
    shutil.copytree(p.source / ".git", p.before / "fixtures" / "dot_git")


def message_with_hash(p: Planted) -> None:
    message = f"Prepare\n\nSee {p.task.commit[:9]}, which comes next."
    git(p.before, "commit", "-q", "--allow-empty", "-m", message)


def message_with_subject(p: Planted) -> None:
    git(p.before, "commit", "-q", "--allow-empty", "-m", f'Revert "{SUBJECT}"')


def leftover_object(p: Planted) -> None:
    """What git leaves of a write that was cut off: an object under no valid name."""
    raw = b"blob %d\0" % len(FIXED) + FIXED.encode()
    (p.before / ".git" / "objects" / "tmp_obj_Xy12ab").write_bytes(zlib.compress(raw))


def vendored_copy(p: Planted) -> None:
    """Tabs, other quotes, Windows line ends, other comments."""
    lines = FIXED.replace("    ", "\t").replace('"', "'").splitlines()
    text = "\r\n".join(f"\t{line}  # vendored" if line.strip() else "" for line in lines)
    write(p.before, "vendor/prices.py", text)


def utf16_copy(p: Planted) -> None:
    (p.before / "calc.txt").write_bytes(FIXED.encode("utf-16"))


def base64_copy(p: Planted) -> None:
    (p.before / "blob.txt").write_bytes(base64.encodebytes(FIXED.encode()))


def compiled(p: Planted) -> None:
    path = p.before / "__pycache__" / Path(importlib.util.cache_from_source("calc.py")).name
    write(p.source, "calc.py", FIXED)
    py_compile.compile(str(p.source / "calc.py"), cfile=str(path), doraise=True)


REMNANTS: tuple[Plant, ...] = (
    *(loose_object, packed_object, unreachable_commit, branch, reflog, reflog_alone, stash, tag),
    *(annotated_tag, note, replacement, submodule, gitlink, worktree, bundle, thin_bundle),
    *(lone_pack, lfs_pointer, lfs_store, patch_in_a_doc, patch_as_html, patch_in_json, patch_file),
    *(rejected_hunk, saved_copy, hidden_test, wheel, wheel_by_name, tarball, tarball_bz2),
    *(tarball_xz_in_zip, committed_wheel, pip_pin, setup_cfg_pin, pyproject_pin, poetry_lock),
    *(package_lock, package_json, go_mod, url_pin, alternates, nested_repository),
    *(renamed_git_folder, message_with_hash, message_with_subject, leftover_object),
    *(vendored_copy, utf16_copy, base64_copy, compiled),
)


@pytest.mark.parametrize("plant", REMNANTS, ids=lambda plant: plant.__name__)
def test_a_remnant_is_found(planted: Planted, plant: Plant) -> None:
    plant(planted)
    found = gated(planted)
    assert found.count >= 1
    assert not found.passes


@pytest.mark.parametrize("plant", [stash, tag, note, reflog], ids=lambda plant: plant.__name__)
def test_what_reaches_a_remnant_is_named(planted: Planted, plant: Plant) -> None:
    plant(planted)
    reached = {label for one in gated(planted).remnants for label in one.named_by}
    labels = {"stash": "refs/stash", "tag": "refs/tags/v1.3.2", "note": "refs/notes/commits"}
    assert labels.get(plant.__name__, "logs/HEAD") in reached


def untouched(_: Planted) -> None:
    """The history before the fix, as it was."""


def packed_history(p: Planted) -> None:
    git(p.before, "gc", "-q")


def other_pins(p: Planted) -> None:
    write(p.before, "requirements.txt", "calc==1.3.1\ncalculus==1.9\nother-calc>=2.0\n")
    write(p.before, "package.json", json.dumps({"name": "calc", "version": "1.3.1"}))


def other_wheel(p: Planted) -> None:
    (p.before / "calc-1.3.1-py3-none-any.whl").write_bytes(zipped("calc.py", b"x = 1\n"))


def half_a_line(p: Planted) -> None:
    """Words and lines that a fix shares with much other code."""
    write(p.before, "other.py", "def f(result):\n    return round(result, ndigits=2)\n")


def compiled_base(p: Planted) -> None:
    path = p.before / "__pycache__" / "calc.cpython-311.pyc"
    py_compile.compile(str(p.before / "calc.py"), cfile=str(path), doraise=True)


def same_subject(p: Planted) -> None:
    git(p.before, "commit", "-q", "--allow-empty", "-m", "Say that it is not released yet")


def hex_and_numbers(p: Planted) -> None:
    text = "".join(f"{hashlib.sha256(str(i).encode()).hexdigest()} {i}\n" for i in range(3000))
    write(p.before, "sums.txt", text)


def old_bundle(p: Planted) -> None:
    git(p.before, "bundle", "create", "-q", "start.bundle", "main")


CLEAN: tuple[Plant, ...] = (
    *(untouched, packed_history, other_pins, other_wheel, half_a_line, compiled_base),
    *(same_subject, hex_and_numbers, old_bundle),
)


@pytest.mark.parametrize("plant", CLEAN, ids=lambda plant: plant.__name__)
def test_what_is_clean_passes(planted: Planted, plant: Plant) -> None:
    plant(planted)
    found = gated(planted)
    assert (found.remnants, found.unsearched) == ((), ())
    assert found.passes
