"""The filter of system calls: a small BPF program, assembled here, for which bwrap wants bytes.

Covered: the calls that reach other processes, other namespaces, the kernel's own state, or
another kernel interface that no namespace separates (keys, BPF, io_uring, sockets to the
hypervisor). Not covered: a fault of the kernel in a call that ordinary programs need.
"""

from __future__ import annotations

import errno
import platform
import struct
from collections.abc import Iterator

from assay.core.errors import SandboxError
from assay.sandbox.syscalls import MACHINES, Machine

__all__ = ["assemble", "program"]

DENIED = (
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp",
    "add_key", "request_key", "keyctl", "bpf", "perf_event_open", "userfaultfd", "io_uring_setup",
    "io_uring_enter", "io_uring_register", "mount", "umount2", "pivot_root", "chroot", "open_tree",
    "move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "unshare", "setns",
    "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "acct",
    "swapon", "swapoff", "reboot", "settimeofday", "clock_settime", "adjtimex", "clock_adjtime",
    "syslog", "quotactl", "quotactl_fd", "lookup_dcookie", "name_to_handle_at",
    "open_by_handle_at", "fanotify_init", "vhangup", "iopl", "ioperm", "modify_ldt", "_sysctl",
    "uselib", "memfd_secret",
)  # fmt: skip
"""Refused with EPERM, as if a privilege were missing."""
NEWEST = 466
"""Calls after this one are unknown to us: ENOSYS, as on an older kernel."""
HIDDEN_MEMORY = ("memfd_create", "shmget")
"""Memory that no process need map: without cgroups nothing counts it."""
NEW_NAMESPACES = 0x7E020000
FAMILIES = (1, 2, 10, 16)  # unix, IPv4, IPv6, netlink: those that a network namespace separates
INJECTING = (0x5412, 0x541C)  # TIOCSTI and TIOCLINUX type into a terminal

LOAD, EQUAL, GREATER, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x25, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT, SECOND_ARGUMENT = 0, 4, 16, 24
ALLOW, KILL, FAIL = 0x7FFF0000, 0x80000000, 0x00050000

Line = tuple[int, int, int, int]


def assemble(*, hidden_memory: bool, machine: str = "") -> bytes:
    """What does bwrap load with `--seccomp`? The program, for the machine that this is.

    Parameters
    ----------
    hidden_memory
        Whether memory files and System V segments may be made: only where cgroups count them.
    machine
        As `platform.machine()` says it; the one that this is when empty.

    Raises
    ------
    SandboxError
        No filter is known for the machine.
    """
    name = machine or platform.machine()
    if name not in MACHINES:
        msg = f"no system call filter is known for {name}; there is one for {', '.join(MACHINES)}"
        raise SandboxError(msg)
    lines = program(MACHINES[name], hidden_memory=hidden_memory)
    return b"".join(struct.pack("=HBBI", *line) for line in lines)


def program(machine: Machine, *, hidden_memory: bool) -> Iterator[Line]:
    """Yield the filter's lines: (operation, lines to skip if true, if false, operand)."""
    yield (LOAD, 0, 0, ARCHITECTURE)
    yield from _unless(EQUAL, machine.audit, KILL)
    yield (LOAD, 0, 0, NUMBER)
    if machine.foreign is not None:
        yield from _when(AT_LEAST, machine.foreign, KILL)
    yield from _when(GREATER, NEWEST, FAIL | errno.ENOSYS)
    for name in DENIED:
        if name in machine.numbers:
            yield from _when(EQUAL, machine.numbers[name], FAIL | errno.EPERM)
    # The C library tries clone3 first and turns to clone, whose flags a filter can read.
    for name in ("clone3", *(() if hidden_memory else HIDDEN_MEMORY)):
        yield from _when(EQUAL, machine.numbers[name], FAIL | errno.ENOSYS)
    yield from _arguments(machine)
    yield (RETURN, 0, 0, ALLOW)


def _arguments(machine: Machine) -> Iterator[Line]:
    numbers = machine.numbers
    flags = [*_when(ANY_BIT, NEW_NAMESPACES, FAIL | errno.EPERM)]
    yield from _call(numbers["clone"], FIRST_ARGUMENT, flags)
    requests = [line for one in INJECTING for line in _when(EQUAL, one, FAIL | errno.EPERM)]
    yield from _call(numbers["ioctl"], SECOND_ARGUMENT, requests)
    # Sockets to the hypervisor (vsock), the kernel's ciphers and the like know no namespace.
    allowed = [line for one in FAMILIES for line in _when(EQUAL, one, ALLOW)]
    families = [*allowed, (RETURN, 0, 0, FAIL | errno.EAFNOSUPPORT)]
    for name in ("socket", "socketpair"):
        yield from _call(numbers[name], FIRST_ARGUMENT, families)


def _call(number: int, argument: int, checks: list[Line]) -> Iterator[Line]:
    yield (EQUAL, 0, len(checks) + 2, number)
    yield (LOAD, 0, 0, argument)
    yield from checks
    yield (LOAD, 0, 0, NUMBER)


def _when(operation: int, operand: int, answer: int) -> Iterator[Line]:
    yield (operation, 0, 1, operand)
    yield (RETURN, 0, 0, answer)


def _unless(operation: int, operand: int, answer: int) -> Iterator[Line]:
    yield (operation, 1, 0, operand)
    yield (RETURN, 0, 0, answer)
