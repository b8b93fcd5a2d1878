"""Folders of owners that were killed are taken away; all others stay."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from assay.sandbox.temporary import MARK, make_owned, owned, remove, sweep, this_process

HOLD = """\
import sys, time
from pathlib import Path
from assay.sandbox.choosing import best
from assay.sandbox.temporary import make_owned
tree = make_owned("verify")
with best().open(tree) as box:
    box.run(["true"])
    print("open", flush=True)
    time.sleep(120)
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder for temporary ones, where this process has made none yet."""
    return tmp_path


def holder(place: Path) -> subprocess.Popen[bytes]:
    """Start a process that opens a box, and waits; return it when the box is open."""
    env = os.environ | {"TMPDIR": str(place)}
    made = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, env=env)
    assert made.stdout is not None
    assert made.stdout.readline() == b"open\n"
    return made


def named(place: Path, kind: str) -> list[Path]:
    return sorted(place.glob(f"assay-{kind}-*"))


def test_what_a_killed_process_left_is_taken_away_by_the_next(place: Path) -> None:
    with holder(place) as killed:
        assert len(named(place, "box")) == len(named(place, "verify")) == 1
        assert sweep(place) == 0  # its owner lives
        killed.send_signal(signal.SIGKILL)
    left = {*named(place, "box"), *named(place, "verify")}
    assert len(left) == 2
    with holder(place) as following:
        now = {*named(place, "box"), *named(place, "verify")}
        assert len(now) == 2
        assert not now & left
        following.send_signal(signal.SIGKILL)
    assert sweep(place) == 2
    assert list(place.iterdir()) == []


def dead(folder: Path, **other: object) -> Path:
    """Make a folder's mark that of a process that is gone; return the folder."""
    mark = folder.parent / MARK
    mark.write_text(json.dumps(json.loads(mark.read_text()) | {"started": 1} | other))
    return folder.parent


def test_only_what_is_certainly_ours_and_dead_goes(place: Path) -> None:
    stays = [
        make_owned("box", place).parent,
        dead(make_owned("box", place), namespace="pid:[1]"),
        dead(make_owned("box", place), machine="another", boot="another"),
    ]
    bare = dead(make_owned("git", place))
    (bare / MARK).unlink()
    broken = dead(make_owned("git", place))
    (broken / MARK).write_text("{")
    linked = dead(make_owned("git", place))
    (linked / MARK).rename(place / "mark.json")
    (linked / MARK).symlink_to(place / "mark.json")
    open_to_all = dead(make_owned("git", place))
    open_to_all.chmod(0o777)
    odd = dead(make_owned("git", place)).rename(place / "assay-git-another-name")
    goes = [dead(make_owned("history", place)), dead(make_owned("verify", place), boot="before")]
    assert sweep(place) == 2
    assert not any(folder.exists() for folder in goes)
    assert all(one.exists() for one in (*stays, bare, broken, linked, open_to_all, odd))


def test_no_link_is_followed(place: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    treasure = tmp_path_factory.mktemp("treasure")
    (treasure / "kept").write_text("x")
    elsewhere = dead(make_owned("box", place)).rename(treasure / "folder")
    (place / "assay-box-aaaaaaaa").symlink_to(elsewhere)
    inside = make_owned("box", place)
    (inside / "way-out").symlink_to(treasure)
    gone = dead(inside)
    assert sweep(place) == 1
    assert not gone.exists()
    assert (elsewhere / MARK).exists()
    assert (treasure / "kept").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files of another user")
def test_another_users_folder_stays(place: Path) -> None:
    folder = dead(make_owned("box", place))
    os.chown(folder, 12345, 12345)
    marked = dead(make_owned("box", place))
    os.chown(marked / MARK, 12345, 12345)
    assert sweep(place) == 0
    assert folder.exists()
    assert marked.exists()


def test_a_folder_goes_with_its_block(place: Path) -> None:
    with owned("try") as folder:
        (folder / "a").mkdir()
        mark = json.loads((folder.parent / MARK).read_text())
        assert mark["pid"] == os.getpid()
    assert not folder.parent.exists()
    here = this_process()
    assert here is not None
    assert not here.is_gone(here)
    held = make_owned("try", place)
    remove(held)
    assert list(place.iterdir()) == []
