"""Programs that reach for what is not theirs: none gets it."""

from __future__ import annotations

import json
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.sandbox.attackers import PYTHON, World, command, python

from assay.sandbox.identity import UNUSED

SECRET = "5ecret"  # noqa: S105 - nobody's
TMP = "/tmp"  # noqa: S108 - the box's

ORPHANS = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 3)
        while True:
            with open("/work/beat", "a") as file:
                file.write("x")
            time.sleep(0.01)
    os._exit(0)
time.sleep(0.3)
"""
TRACES = """
import ctypes, os, time
c = ctypes.CDLL(None, use_errno=True)
child = os.fork()
if child == 0:
    time.sleep(20)
answers = []
for call in (c.ptrace, c.process_vm_readv):
    ctypes.set_errno(0)
    answers.append((call(16, child, 0, 0, 0, 0), ctypes.get_errno()))
answers.append((c.ptrace(0, 0, 0, 0), ctypes.get_errno()))
print(answers)
"""
DENIED = """
import ctypes, errno, platform
c = ctypes.CDLL(None, use_errno=True)
numbers = {
    "x86_64": {"keyctl": 250, "bpf": 321, "perf_event_open": 298, "mount": 165, "unshare": 272,
               "setns": 308, "userfaultfd": 323, "kexec_load": 246, "chroot": 161},
    "aarch64": {"keyctl": 219, "bpf": 280, "perf_event_open": 241, "mount": 40, "unshare": 97,
                "setns": 268, "userfaultfd": 282, "kexec_load": 104, "chroot": 51},
}[platform.machine()] | {"io_uring_setup": 425, "open_tree": 428, "fsopen": 430, "clone3": 435}
for name, number in numbers.items():
    ctypes.set_errno(0)
    answer = c.syscall(number, 0, 0, 0, 0, 0)
    print(name, answer, errno.errorcode.get(ctypes.get_errno()))
clone = {"x86_64": 56, "aarch64": 220}[platform.machine()]
ctypes.set_errno(0)
print("clone", c.syscall(clone, 0x10000000 | 17, 0, 0, 0, 0), errno.errorcode[ctypes.get_errno()])
"""
CALLS_OUT = """
import socket, sys
def say(family, address, kind=socket.SOCK_STREAM):
    try:
        with socket.socket(family, kind) as s:
            s.settimeout(2)
            s.connect(address)
            print("connected")
    except OSError as error:
        print(type(error).__name__, error.errno)
say(socket.AF_INET, ("127.0.0.1", int(sys.argv[1])))
say(socket.AF_INET, ("192.0.2.1", 80))
say(socket.AF_UNIX, "\\0" + sys.argv[2])
say(40, (2, 1024))
print([name for _, name in socket.if_nameindex()])
"""
PEEKS = """
import os
print(sorted(name for name in os.listdir("/proc") if name.isdecimal()))
found = []
for place, folders, files in os.walk("/proc"):
    folders[:] = [f for f in folders if f not in ("net", "sys", "task", "fd", "map_files")]
    for name in files:
        if name in ("environ", "cmdline", "mountinfo", "maps"):
            try:
                with open(f"{place}/{name}", "rb") as file:
                    found.append(file.read())
            except OSError:
                pass
print(b"5e" + b"cret" in b"".join(found))
print(open("/proc/1/environ", "rb").read())
"""
WRITES = """
import os
for place in ("/usr/x", "/etc/x", "/x", "/dev/x", "/dev/pts/x", "/python/x", "/proc/x",
              "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/self/oom_score_adj"):
    try:
        with open(place, "w") as file:
            file.write("-1000")
        print("wrote", place)
    except OSError as error:
        print(error.errno)
"""
SIGNALS = """
import os, signal
for target in (os.getppid(), 1, 0, -1, 2, int(__import__("sys").argv[1])):
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP):
        if target in (0, -1):
            continue
        try:
            os.kill(target, number)
        except OSError:
            pass
os.kill(-1, signal.SIGKILL)
"""
TYPES = """
import fcntl, os, pty
master, slave = os.openpty()
for request in (0x5412, 0x541C):
    try:
        fcntl.ioctl(slave, request, b"x")
        print("typed")
    except OSError as error:
        print(error.errno)
"""


def lines(answer_stdout: bytes) -> list[str]:
    return answer_stdout.decode().splitlines()


def test_orphans_die_with_the_run(world: World, tree: Path) -> None:
    run = python(ORPHANS)
    size = command("stat", "-c", "%s", "beat")
    begun, one, _, two = world.take(tree, run, size, command("sleep", "0.2"), size)
    assert (begun.sure.ended, begun.sure.code) == ("exit", 0)
    assert int(one.sure.stdout) > 1
    assert one.sure.stdout == two.sure.stdout


def test_tracing_is_denied(world: World, tree: Path) -> None:
    (answer,) = world.take(tree, python(TRACES))
    assert answer.sure.stdout == b"[(-1, 1), (-1, 1), (-1, 1)]\n"


def test_calls_that_no_program_needs_are_denied(world: World, tree: Path) -> None:
    (answer,) = world.take(tree, python(DENIED))
    said = {name: rest for name, *rest in map(str.split, lines(answer.sure.stdout))}
    assert said.pop("clone3") == ["-1", "ENOSYS"]
    assert len(said) == 13
    assert all(rest == ["-1", "EPERM"] for rest in said.values()), said


def test_there_is_no_network(world: World, tree: Path) -> None:
    name = f"assay-test-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as here, socket.socket(socket.AF_UNIX) as local:
        local.bind("\0" + name)
        local.listen()
        (answer,) = world.take(tree, python(CALLS_OUT, str(here.getsockname()[1]), name))
    *refused, interfaces = lines(answer.sure.stdout)
    assert interfaces == "['lo']"
    assert len(refused) == 4
    assert "connected" not in refused
    assert refused[3] == "OSError 97"  # the hypervisor's sockets know no namespace


def test_other_processes_and_our_environment_are_not_seen(world: World, tree: Path) -> None:
    os.environ["SECRET_OF_OURS"] = SECRET
    (answer,) = world.take(tree, python(PEEKS))
    pids, seen, environ = lines(answer.sure.stdout)
    assert json.loads(pids.replace("'", '"')) == ["1", "2"]
    assert (seen, environ) == ("False", "b''")


def test_the_environment_is_what_was_named(world: World, tree: Path) -> None:
    os.environ["SECRET_OF_OURS"] = SECRET
    step = command("env", options={})
    step["options"] = {"env": {"NAMED": "yes", "HOME": "/work"}}
    (answer,) = world.take(tree, step)
    said = dict(line.split("=", 1) for line in lines(answer.sure.stdout))
    assert said.pop("NAMED") == "yes"
    assert said.pop("HOME") == "/work"
    assert set(said) <= {"LANG", "PATH", "PWD", "USER"}


def test_links_out_of_the_tree(world: World, tree: Path) -> None:
    outside = tree.parent / f"secret-{world.name}"
    outside.write_text(SECRET, encoding="ascii")
    (tree / "link").symlink_to(outside)
    (tree / "up").symlink_to("../../../../../..")
    passwd, folder = command("ln", "-s", "/etc/passwd", "made"), command("ln", "-s", TMP, "t")
    reads = [{"do": "read", "path": path} for path in ("link", f"up{outside}", "made", "up")]
    writes = [{"do": "write", "path": path, "content": "x"} for path in ("link", "made", "t/x")]
    seen = command("cat", "link")
    said = world.take(tree, passwd, folder, seen, *reads, *writes)
    assert said[2].sure.code == 1
    # What is not shown in the box is not there, wherever a link points.
    kinds = [one.error.partition(":")[0] for one in said[3:6]]
    assert kinds == ["FileIsMissing", "FileIsMissing", "FileIsRefused"]
    assert all(one.error.startswith("FileIsRefused") for one in said[7:]), said[7:]
    assert SECRET not in " ".join(one.error for one in said)
    assert outside.read_text(encoding="ascii") == SECRET


def test_paths_out_of_the_tree(world: World, tree: Path) -> None:
    paths = ("../etc/passwd", "/etc/passwd", f"{TMP}/../etc/passwd", "a/../../tmp/x", "/work")
    reads = [{"do": "read", "path": path} for path in paths]
    writes = [{"do": "write", "path": path, "content": "x"} for path in paths]
    assert all(one.error for one in world.take(tree, *reads, *writes))


def test_hard_links_out_of_the_tree(world: World, tree: Path) -> None:
    outside = tree.parent / f"linked-{world.name}"
    outside.write_text(SECRET, encoding="ascii")
    if os.geteuid() == 0:
        os.chown(outside, tree.stat().st_uid, tree.stat().st_gid)
    (tree / "inside").hardlink_to(outside)
    change = command("sh", "-c", "echo changed > inside; chmod 777 inside; cat inside")
    out = command("ln", "/etc/passwd", "stolen")
    python_out = command("ln", PYTHON, "stolen")
    write = {"do": "write", "path": "inside", "content": "written"}
    changed, *linked, written = world.take(tree, change, out, python_out, write)
    assert changed.sure.stdout == b"changed\n"
    assert [one.sure.code for one in linked] == [1, 1]
    assert not written.error
    assert outside.read_text(encoding="ascii") == SECRET
    assert outside.stat().st_mode & 0o777 != 0o777


def test_writes_never_reach_the_original(world: World, tree: Path) -> None:
    for name in ("kept", "removed", "folder/file"):
        (tree / name).parent.mkdir(exist_ok=True)
        (tree / name).write_text(name, encoding="ascii")
    if os.geteuid() == 0:
        for path in (tree, *tree.rglob("*")):
            os.chown(path, tree.stat().st_uid, tree.stat().st_gid)
    before = pictured(tree)
    spoil = "echo x > kept; rm removed; mv folder moved; mkdir folder; chmod 0 kept; touch new; ls"
    (answer,) = world.take(tree, command("sh", "-ec", spoil))
    assert lines(answer.sure.stdout) == ["folder", "kept", "moved", "new"]
    assert pictured(tree) == before


def test_writes_outside_are_refused(world: World, tree: Path) -> None:
    (answer,) = world.take(tree, python(WRITES))
    said = lines(answer.sure.stdout)
    assert len(said) == 10
    assert not [line for line in said if line.startswith("wrote")], said


def test_a_signal_to_the_parent(world: World, tree: Path) -> None:
    begun = time.monotonic()
    (answer, alive) = world.take(tree, python(SIGNALS, str(os.getpid())), command("true"))
    assert answer.sure.ended in {"exit", "signal"}
    assert alive.sure.code == 0
    assert time.monotonic() - begun < 20


def test_typing_into_a_terminal_is_denied(world: World, tree: Path) -> None:
    (answer,) = world.take(tree, python(TYPES))
    assert lines(answer.sure.stdout) == ["1", "1"]


def test_no_descriptor_of_ours_is_left(world: World, tree: Path) -> None:
    (answer,) = world.take(tree, command("ls", "/proc/self/fd"))
    assert lines(answer.sure.stdout) == ["0", "1", "2", "3"]  # the last is the listing's own


def test_who_it_is_inside_and_outside(world: World, tree: Path) -> None:
    status = command("grep", "-E", "^(Uid|Groups|CapBnd|CapEff|NoNewPrivs|Seccomp):",
                     "/proc/self/status")  # fmt: skip
    (shown,) = world.take(tree, status)
    said = dict(line.split(":", 1) for line in lines(shown.sure.stdout))
    assert said["Uid"].split() == ["1000"] * 4
    assert {int(said[name], 16) for name in ("CapBnd", "CapEff")} == {0}
    assert (said["NoNewPrivs"].strip(), said["Seccomp"].strip()) == ("1", "2")


def test_who_it_is_outside(world: World, tree: Path) -> None:
    mark = f"1.{os.getpid()}"
    with ThreadPoolExecutor() as pool:
        running = pool.submit(world.take, tree, command("sleep", mark))
        owners: set[int] = set()
        while not running.done():
            owners |= {entry.stat().st_uid for entry in Path("/proc").iterdir()
                       if marked(entry, mark)}  # fmt: skip
            time.sleep(0.05)
    assert running.result()[0].sure.code == 0
    (owner,) = owners
    assert owner >= UNUSED if world.name == "ourselves" and os.geteuid() == 0 else owner != 0


def marked(entry: Path, mark: str) -> bool:
    """Is this the folder of the process that sleeps for so long?"""
    try:
        words = (entry / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return words[:2] == [b"sleep", mark.encode()]


def test_a_second_system_call_table_is_closed(world: World, tree: Path) -> None:
    if os.uname().machine != "x86_64":
        pytest.skip("only x86-64 has the x32 table")
    call = "import ctypes; print(ctypes.CDLL(None).syscall(0x40000000 | 39))"
    (answer,) = world.take(tree, python(call))
    assert (answer.sure.ended, answer.sure.note) == ("signal", "signal 31 (SIGSYS)")


def pictured(tree: Path) -> dict[str, tuple[int, int, bytes]]:
    """What is in a tree: of each path the mode, the time of change and the content."""
    return {
        str(path.relative_to(tree)): (
            path.lstat().st_mode,
            path.lstat().st_mtime_ns,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in sorted(tree.rglob("*"))
    }
