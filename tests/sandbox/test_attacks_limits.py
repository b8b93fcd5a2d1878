"""Programs that take all they can get: each is ended, by the limit that it reached."""

from __future__ import annotations

import time
from pathlib import Path

from tests.sandbox.attackers import World, command, python

MIB = 1 << 20

FORKS = """
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
"""
EATS = """
import time
held = []
while True:
    held.append(bytearray(8 << 20))
    time.sleep(0.002)
"""
EATS_IN_CHILDREN = """
import os, time
for _ in range(8):
    if os.fork() == 0:
        held = bytearray(24 << 20)
        break
time.sleep(30)
"""
SMALL_FILES = """
import os
n = 0
while True:
    n += 1
    with open(f"/tmp/{n}", "wb") as file:
        file.write(b"x")
"""
DELETED_FILES = """
import os
held = []
while True:
    file = open("/work/gone", "wb")
    os.unlink("/work/gone")
    for _ in range(16):
        file.write(bytes(1 << 20))
    file.flush()
    held.append(file)
"""
THREADS = """
import threading, time
for _ in range(300):
    try:
        threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
    except RuntimeError:
        pass
time.sleep(20)
"""


def test_a_fork_bomb(world: World, tree: Path) -> None:
    (answer,) = world.take(tree, python(FORKS, limits={"processes": 48}))
    assert (answer.sure.ended, answer.sure.code) == ("processes", None)


def test_threads_are_counted(world: World, tree: Path) -> None:
    (answer,) = world.take(tree, python(THREADS, limits={"processes": 48}))
    assert answer.sure.ended == "processes"


def test_a_memory_bomb(world: World, tree: Path) -> None:
    (answer,) = world.take(tree, python(EATS, limits={"memory_bytes": 96 * MIB}))
    assert (answer.sure.ended, answer.sure.code) == ("memory", None)


def test_memory_is_that_of_all_processes_together(world: World, tree: Path) -> None:
    (answer,) = world.take(tree, python(EATS_IN_CHILDREN, limits={"memory_bytes": 96 * MIB}))
    assert answer.sure.ended == "memory"


def test_a_full_disk(world: World, tree: Path) -> None:
    fill = command("dd", "if=/dev/zero", "of=big", "bs=1M", limits={"disk_bytes": 24 * MIB})
    (answer,) = world.take(tree, fill)
    assert answer.sure.ended == "disk"
    assert not (tree / "big").exists()


def test_many_small_files(world: World, tree: Path) -> None:
    (answer,) = world.take(tree, python(SMALL_FILES, limits={"disk_bytes": MIB}))
    assert answer.sure.ended == "disk"


def test_files_without_a_name(world: World, tree: Path) -> None:
    (answer,) = world.take(tree, python(DELETED_FILES, limits={"disk_bytes": 64 * MIB}))
    assert answer.sure.ended == "disk"


def test_an_output_flood(world: World, tree: Path) -> None:
    flood = command("yes", limits={"output_bytes": MIB})
    to_stderr = command("sh", "-c", "yes >&2", limits={"output_bytes": MIB})
    one, two = world.take(tree, flood, to_stderr)
    assert (one.sure.ended, len(one.sure.stdout)) == ("output", MIB)
    assert (two.sure.ended, len(two.sure.stderr)) == ("output", MIB)
    assert "stderr" in two.sure.note


def test_exactly_the_output_that_is_allowed(world: World, tree: Path) -> None:
    allowed = command("head", "-c", str(MIB), "/dev/zero", limits={"output_bytes": MIB})
    (answer,) = world.take(tree, allowed)
    assert (answer.sure.ended, answer.sure.code, len(answer.sure.stdout)) == ("exit", 0, MIB)


def test_the_time_on_the_clock(world: World, tree: Path) -> None:
    stubborn = command("sh", "-c", "trap '' TERM INT HUP; sleep 60", limits={"seconds": 0.5})
    begun = time.monotonic()
    (answer,) = world.take(tree, stubborn)
    assert (answer.sure.ended, answer.sure.code) == ("time", None)
    assert "clock" in answer.sure.note
    assert time.monotonic() - begun < 10


def test_the_time_of_the_processor(world: World, tree: Path) -> None:
    both = "while :; do :; done & while :; do :; done"
    (answer,) = world.take(tree, command("sh", "-c", both, limits={"cpu_seconds": 0.5}))
    assert answer.sure.ended == "time"
    assert "CPU" in answer.sure.note


def test_the_memory_of_devices_and_shared_memory_is_bounded(world: World, tree: Path) -> None:
    fill = command("dd", "if=/dev/zero", "of=/dev/shm/big", "bs=1M", "count=80")
    (answer,) = world.take(tree, fill)
    assert answer.sure.code == 1
    assert b"No space left" in answer.sure.stderr
