"""A finished run in one signed file, and that file read again with suspicion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from assay.core.errors import IntegrityError, UsageError
from assay.core.evidence import Abstention, Evidence, Finding, Verdict
from assay.core.provenance import Provenance
from assay.core.settings import Plan
from assay.examination.record import LINE, Record, load_run
from assay.store import Ledger
from assay.store.archive import Archive, Packing
from assay.store.signing import opened, read_public, sealed
from assay.store.transfer import Row, rows_of

__all__ = ["Bundle", "bundle", "portable", "read_bundle"]

ATTESTATION = "attestation.json"
LEDGER = "ledger.jsonl"
PREDICATE = "urn:assay:run:1"
LIMITS = {
    "verdict.json": 256 * 2**20,
    "evidence.jsonl": 2**30,
    "plan.json": 2**20,
    "provenance.json": 256 * 2**20,
    LEDGER: 8 * 2**30,  # read line by line
    ATTESTATION: 2**20,
}
"""What a bundle holds, and the bytes that each may have when it is opened."""
Kept = TypeVar("Kept", bound=BaseModel)
LONGEST_LINE = 96 * 2**20
SECRETS = ("key", "secret", "token", "password", "auth", "credential")
WITHHELD = "withheld"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What a bundle says, once its signature and its digests have been found to hold."""

    path: Path
    signer: str
    verdict: Verdict
    plan: Plan
    provenance: Provenance
    records: tuple[Record, ...]

    def outcomes(self) -> Iterator[Finding | Abstention]:
        """Yield findings and abstentions as the instruments gave them, without labels."""
        for record in self.records:
            if not isinstance(record, Evidence):
                yield record.model_copy(update={"role": ""})

    def rows(self) -> Iterator[Row]:
        """Yield the ledger's rows."""
        with Archive(self.path, LIMITS) as archive:
            for line in archive.lines(LEDGER, LONGEST_LINE):
                yield _parsed(Row, line, LEDGER)


def bundle(folder: Path, key: Path, out: Path, *, replies: bool = False) -> str:
    """Put a finished run into one file and sign it.

    No text of a benchmark is in it. What a model wrote is in it as far as findings quote it, and
    whole with `replies`; the plan's secrets and the run's folder are left out.

    Parameters
    ----------
    folder
        The run's.
    key
        File of the private key.
    out
        The bundle to make or replace.
    replies
        Whether every reply of the models goes along, so that others can measure again.

    Returns
    -------
    str
        Digest of the public key.

    Raises
    ------
    UsageError
        There is no finished run, or no key.
    IntegrityError
        The ledger is not what was written.
    """
    verdict, _, plan = load_run(folder)
    try:
        provenance = (folder / "provenance.json").read_bytes()
        made = Provenance.model_validate_json(provenance)
        evidence = (folder / "evidence.jsonl").read_bytes()
        judged = (folder / "verdict.json").read_bytes()
    except (OSError, ValidationError) as error:
        raise UsageError(
            f"{folder} does not say what its run was made of\n"
            "  next: run the same assay examine again; nothing that is recorded is asked twice"
        ) from error
    with Ledger(folder) as ledger, Packing(out) as pack:
        held = (f"{row.model_dump_json()}\n".encode() for row in rows_of(ledger, replies=replies))
        digests = {
            "verdict.json": pack.add("verdict.json", [judged]),
            "evidence.jsonl": pack.add("evidence.jsonl", [evidence]),
            "plan.json": pack.add("plan.json", [portable(plan).model_dump_json(indent=2).encode()]),
            "provenance.json": pack.add("provenance.json", [provenance]),
            LEDGER: pack.add(LEDGER, held),
        }
        said = _predicate(verdict, made)
        envelope = sealed(digests, PREDICATE, said, key)
        pack.add(ATTESTATION, [envelope.encode()])
    return read_bundle(out, None).signer


def portable(plan: Plan) -> Plan:
    """Return the plan without what is this machine's: its folder, keys, passwords in addresses.

    Examples
    --------
    >>> plan = Plan(benchmark="b", model="m", model_args={"base_url": "http://me:pw@host/v1"})
    >>> portable(plan).model_args
    {'base_url': 'http://host/v1'}
    """
    kept = {name: _without_secret(name, value) for name, value in plan.model_args.items()}
    return plan.model_copy(update={"out": None, "model_args": kept})


def _without_secret(name: str, value: str) -> str:
    low = name.lower()
    if any(word in low for word in SECRETS) and not low.endswith("_env"):
        return WITHHELD
    try:
        parts = urlsplit(value)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    except ValueError:
        return WITHHELD


def _predicate(verdict: Verdict, made: Provenance) -> dict[str, object]:
    return {
        "run": made.run,
        "claim": made.claim,
        "benchmark": {"name": verdict.benchmark, "sha256": verdict.benchmark_digest},
        "model": {"name": verdict.model, "sha256": verdict.model_digest},
        "verdict": verdict.status.value,
        "alpha": verdict.alpha,
        "environment": made.environment,
    }


def read_bundle(path: Path, public: Path | None) -> Bundle:
    """Return what a bundle says, if nothing in it was changed since it was signed.

    Parameters
    ----------
    path
        The bundle.
    public
        The public key that it must be signed with; None takes the one that it names itself.

    Raises
    ------
    UsageError
        It is no archive, or the key is none.
    IntegrityError
        It was changed, or signed with another key.
    """
    key = read_public(public) if public else None
    with Archive(path, LIMITS) as archive:
        statement, signer = opened(archive.read(ATTESTATION), key)
        promised = {one.name: one.digest.get("sha256") for one in statement.subject}
        for name in LIMITS:
            if name != ATTESTATION and archive.digest(name) != promised.get(name):
                raise IntegrityError(f"{path}: {name} is not the file that was signed")
        if statement.predicate_type != PREDICATE:
            raise IntegrityError(f"{path}: what was signed is not about a run of assay")
        return Bundle(
            path=path,
            signer=signer,
            verdict=_parsed(Verdict, archive.read("verdict.json"), "verdict.json"),
            plan=_parsed(Plan, archive.read("plan.json"), "plan.json"),
            provenance=_parsed(Provenance, archive.read("provenance.json"), "provenance.json"),
            records=tuple(_records(archive)),
        )


def _records(archive: Archive) -> Iterator[Record]:
    for line in archive.lines("evidence.jsonl", LONGEST_LINE):
        try:
            yield LINE.validate_json(line)
        except ValidationError as error:
            raise IntegrityError("a line of evidence.jsonl holds no evidence") from error


def _parsed(kind: type[Kept], content: bytes, name: str) -> Kept:
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise IntegrityError(f"{name}: {where}: {first['msg']}") from error
