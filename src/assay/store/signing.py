"""Signed statements: in-toto attestations in DSSE envelopes, with Ed25519 keys.

References
----------
in-toto attestation framework, https://github.com/in-toto/attestation (Statement v1);
DSSE, https://github.com/secure-systems-lab/dsse (envelope and pre-authentication encoding).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assay.core.errors import IntegrityError, UsageError

__all__ = ["STATEMENT", "Statement", "make_key", "opened", "read_public", "sealed", "signer_of"]

PAYLOAD = "application/vnd.in-toto+json"
STATEMENT: Final = "https://in-toto.io/Statement/v1"
LARGEST_KEY = 64 * 1024  # bytes; a key file is some hundred


class Subject(BaseModel):
    """A file that the statement is about."""

    model_config = ConfigDict(frozen=True)

    name: str
    digest: dict[str, str]


class Statement(BaseModel):
    """An in-toto statement: these files, and what is said of them."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    type: Literal["https://in-toto.io/Statement/v1"] = Field(default=STATEMENT, alias="_type")
    subject: tuple[Subject, ...] = Field(min_length=1)
    predicate_type: str = Field(alias="predicateType")
    predicate: dict[str, Any]


class Signature(BaseModel):
    """One signature of an envelope."""

    keyid: str = ""
    sig: str


class Envelope(BaseModel):
    """A DSSE envelope."""

    payload_type: Literal["application/vnd.in-toto+json"] = Field(alias="payloadType")
    payload: str
    signatures: tuple[Signature, ...] = Field(min_length=1, max_length=16)


def make_key(path: Path) -> tuple[Path, str]:
    """Make a key pair: the private key for this user's eyes alone, the public one beside it.

    Returns
    -------
    tuple
        Path of the public key, and its digest, by which signatures name it.

    Raises
    ------
    UsageError
        There is a file already: a key is never written over.
    """
    public = path.with_name(f"{path.name}.pub")
    for file in (path, public):
        if file.exists():
            raise _no_room(file, "there is a file already")
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    shown = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for file, mode, content in ((path, 0o600, secret), (public, 0o644, shown)):
        try:
            made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        except OSError as error:
            raise _no_room(file, error.strerror or "it cannot be written") from error
        with os.fdopen(made, "wb") as out:
            out.write(content)
    return public, signer_of(key.public_key())


def _no_room(file: Path, why: str) -> UsageError:
    fix = "choose another name; a key that has signed is not made twice"
    return UsageError(f"cannot make {file}: {why}\n  next: {fix}")


def signer_of(key: Ed25519PublicKey) -> str:
    """Return the digest that names a public key."""
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()


def read_public(path: Path) -> Ed25519PublicKey:
    """Read a public key in PEM.

    Raises
    ------
    UsageError
        The file holds none.
    """
    try:
        key = load_pem_public_key(_content(path))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _no_key(path, "public", f"give the {path.name}.pub that keygen made") from error
    if not isinstance(key, Ed25519PublicKey):
        raise _no_key(path, "public", "assay keygen makes one")
    return key


def sealed(
    digests: Mapping[str, str], predicate_type: str, predicate: Mapping[str, object], key: Path
) -> str:
    """Return the envelope of a signed statement, as JSON.

    Parameters
    ----------
    digests
        Name of each file to its SHA-256.
    predicate_type, predicate
        What is said of the files. The public key is added, so that a reader who was not given it
        can still see that nothing was changed after signing.
    key
        File of the private key.

    Raises
    ------
    UsageError
        The file holds no private key.
    """
    try:
        private = load_pem_private_key(_content(key), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _no_key(key, "private", f"assay keygen {key}.new makes one") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise _no_key(key, "private", f"assay keygen {key}.new makes one")
    public = private.public_key()
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    subjects = tuple(Subject(name=n, digest={"sha256": d}) for n, d in sorted(digests.items()))
    statement = Statement(
        subject=subjects,
        predicate_type=predicate_type,
        predicate={**predicate, "signer": {"ed25519": raw}},
    )
    payload = statement.model_dump_json(by_alias=True).encode()
    made = Signature(
        keyid=signer_of(public),
        sig=base64.b64encode(private.sign(_encoded(payload))).decode(),
    )
    envelope = Envelope(
        payloadType=PAYLOAD,
        payload=base64.b64encode(payload).decode(),
        signatures=(made,),
    )
    return envelope.model_dump_json(by_alias=True, indent=1) + "\n"


def opened(envelope: bytes, key: Ed25519PublicKey | None) -> tuple[Statement, str]:
    """Return the statement of an envelope whose signature holds, and who signed it.

    Parameters
    ----------
    envelope
        JSON.
    key
        The public key it must be signed with; None takes the one that the statement names, which
        shows that nothing was changed after signing, not who signed.

    Raises
    ------
    IntegrityError
        It does not hold.
    """
    try:
        read = Envelope.model_validate_json(envelope)
        payload = base64.b64decode(read.payload, validate=True)
        statement = Statement.model_validate_json(payload)
        named = statement.predicate["signer"]["ed25519"]
        public = key or Ed25519PublicKey.from_public_bytes(bytes.fromhex(named))
        signatures = [base64.b64decode(one.sig, validate=True) for one in read.signatures]
    except (ValidationError, ValueError, TypeError, KeyError, binascii.Error) as error:
        raise IntegrityError("the attestation is not a signed in-toto statement") from error
    if not any(_holds(public, payload, signature) for signature in signatures):
        whose = "with the given public key" if key else "with the key that it names"
        raise IntegrityError(f"the attestation was not signed {whose}, or was changed afterwards")
    return statement, signer_of(public)


def _encoded(payload: bytes) -> bytes:
    """Return what is signed: DSSE's pre-authentication encoding."""
    kind = PAYLOAD.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def _holds(key: Ed25519PublicKey, payload: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, _encoded(payload))
    except InvalidSignature:
        return False
    return True


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_KEY)
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror})\n  next: assay keygen {path} makes a key"
        raise UsageError(msg) from error


def _no_key(path: Path, kind: str, fix: str) -> UsageError:
    return UsageError(f"{path} holds no {kind} Ed25519 key in PEM\n  next: {fix}")
