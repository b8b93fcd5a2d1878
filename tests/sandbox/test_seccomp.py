"""The filter's numbers and its form."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

from assay.core.errors import SandboxError
from assay.sandbox.seccomp import DENIED, assemble, program
from assay.sandbox.syscalls import MACHINES

HEADERS = {
    "x86_64": [Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
               Path("/usr/include/asm/unistd_64.h")],
    "aarch64": [Path("/usr/include/asm-generic/unistd.h")],
}  # fmt: skip


@pytest.mark.parametrize("machine", sorted(MACHINES))
def test_numbers_are_the_headers(machine: str) -> None:
    header = next((path for path in HEADERS[machine] if path.is_file()), None)
    if header is None:
        pytest.skip("the kernel's headers are not installed")
    text = header.read_text(encoding="utf-8")
    pairs = re.findall(r"#define\s+__NR(?:3264)?_(\w+)\s+(\d+)", text)
    written = {name: int(number) for name, number in pairs}
    ours = {name: number for name, number in MACHINES[machine].numbers.items() if name in written}
    assert len(ours) > 40
    assert ours == {name: written[name] for name in ours}


@pytest.mark.parametrize("machine", sorted(MACHINES))
@pytest.mark.parametrize("hidden_memory", [True, False])
def test_every_jump_lands_in_the_program(machine: str, hidden_memory: bool) -> None:  # noqa: FBT001
    lines = list(program(MACHINES[machine], hidden_memory=hidden_memory))
    assert len(lines) < 4096  # the kernel's limit
    for at, (operation, true, false, _) in enumerate(lines):
        if operation & 0x07 == 0x05:
            assert at + 1 + max(true, false) < len(lines)
    assert lines[-1] == (0x06, 0, 0, 0x7FFF0000)
    assert len(assemble(hidden_memory=hidden_memory, machine=machine)) == 8 * len(lines)


@pytest.mark.parametrize("machine", sorted(MACHINES))
def test_what_the_filter_answers(machine: str) -> None:
    known = MACHINES[machine]
    lines = list(program(known, hidden_memory=False))
    denied = {name: known.numbers[name] for name in DENIED if name in known.numbers}
    assert {answered(lines, known.audit, number) for number in denied.values()} == {0x00050001}
    assert answered(lines, known.audit, 10_000) == 0x00050026
    assert answered(lines, 0, denied["ptrace"]) == 0x80000000
    assert answered(lines, known.audit, known.numbers["memfd_create"]) == 0x00050026
    socket, clone = known.numbers["socket"], known.numbers["clone"]
    assert answered(lines, known.audit, socket, 2) == 0x7FFF0000
    assert answered(lines, known.audit, socket, 40) == 0x00050061
    assert answered(lines, known.audit, clone, 0x01200011) == 0x7FFF0000
    assert answered(lines, known.audit, clone, 0x10000011) == 0x00050001
    assert answered(lines, known.audit, known.numbers["ioctl"], 0, 0x5412) == 0x00050001
    assert answered(lines, known.audit, known.numbers["ioctl"], 0, 0x5401) == 0x7FFF0000


def answered(lines: list[tuple[int, int, int, int]], audit: int, number: int, *args: int) -> int:
    """Run the program, slowly and readably, as the kernel does."""
    data = struct.pack("=IIQ6Q", number, audit, 0, *args, *[0] * (6 - len(args)))
    value, at = 0, 0
    while True:
        operation, true, false, operand = lines[at]
        at += 1
        if operation == 0x20:
            (value,) = struct.unpack_from("=I", data, operand)
        elif operation == 0x06:
            return operand
        else:
            holds = {0x15: value == operand, 0x25: value > operand, 0x35: value >= operand,
                     0x45: bool(value & operand)}[operation]  # fmt: skip
            at += true if holds else false


def test_an_unknown_machine_is_an_error() -> None:
    with pytest.raises(SandboxError, match="riscv64"):
        assemble(hidden_memory=True, machine="riscv64")
