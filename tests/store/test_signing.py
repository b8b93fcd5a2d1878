"""Keys, envelopes and statements: as others read them, and as forgers write them."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from assay.core.errors import IntegrityError, UsageError
from assay.store.signing import make_key, opened, read_public, sealed

DIGESTS = {"a.json": "00" * 32, "b.json": "11" * 32}


@pytest.fixture
def key(tmp_path: Path) -> Path:
    make_key(tmp_path / "key")
    return tmp_path / "key"


def public(key: Path) -> Path:
    return key.with_name(f"{key.name}.pub")


def test_what_was_signed_is_read_again(key: Path) -> None:
    envelope = sealed(DIGESTS, "urn:x:1", {"n": 1}, key).encode()
    for given in (None, read_public(public(key))):
        statement, _ = opened(envelope, given)
        assert {one.name: one.digest["sha256"] for one in statement.subject} == DIGESTS
        assert statement.predicate["n"] == 1


def test_it_is_in_toto_in_dsse(key: Path) -> None:
    envelope = json.loads(sealed(DIGESTS, "urn:x:1", {"n": 1}, key))
    payload = base64.b64decode(envelope["payload"])
    assert envelope["payloadType"] == "application/vnd.in-toto+json"
    statement = json.loads(payload)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "urn:x:1"
    # The signature is over DSSE's pre-authentication encoding, written out here by hand.
    encoded = b"DSSEv1 28 application/vnd.in-toto+json " + str(len(payload)).encode() + b" "
    signature = base64.b64decode(envelope["signatures"][0]["sig"])
    read_public(public(key)).verify(signature, encoded + payload)


@pytest.mark.parametrize("field", ["payload", "sig"])
def test_a_changed_envelope_does_not_hold(key: Path, field: str) -> None:
    envelope = json.loads(sealed(DIGESTS, "urn:x:1", {}, key))
    place = envelope if field == "payload" else envelope["signatures"][0]
    raw = bytearray(base64.b64decode(place[field]))
    for at in range(0, len(raw), 7):
        changed = raw.copy()
        changed[at] ^= 1
        place[field] = base64.b64encode(bytes(changed)).decode()
        with pytest.raises(IntegrityError):
            opened(json.dumps(envelope).encode(), read_public(public(key)))


@pytest.mark.parametrize(
    "envelope",
    [
        b"",
        b"{}",
        b"[" * 9999,
        b'{"payloadType":"text/plain","payload":"","signatures":[]}',
        b"\xff",
    ],
)
def test_what_is_no_envelope(envelope: bytes) -> None:
    with pytest.raises(IntegrityError):
        opened(envelope, None)


def test_a_statement_names_its_signer_or_is_none(key: Path) -> None:
    envelope = json.loads(sealed(DIGESTS, "urn:x:1", {}, key))
    for signer in ({}, {"ed25519": "00"}, {"ed25519": 7}, None):
        statement = json.loads(base64.b64decode(envelope["payload"]))
        statement["predicate"]["signer"] = signer
        changed = envelope | {"payload": base64.b64encode(json.dumps(statement).encode()).decode()}
        with pytest.raises(IntegrityError):
            opened(json.dumps(changed).encode(), None)


def test_a_key_is_for_its_owner_and_never_written_over(key: Path) -> None:
    assert key.stat().st_mode & 0o777 == 0o600
    before = key.read_bytes(), public(key).read_bytes()
    with pytest.raises(UsageError, match="there is a file already"):
        make_key(key)
    (key.parent / "new.pub").write_text("")
    with pytest.raises(UsageError, match="there is a file already"):
        make_key(key.parent / "new")
    assert not (key.parent / "new").exists()
    assert (key.read_bytes(), public(key).read_bytes()) == before


def test_what_is_no_key(key: Path, tmp_path: Path) -> None:
    other = generate_private_key(SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    (tmp_path / "other").write_bytes(other)
    (tmp_path / "empty").write_bytes(b"")
    for name in ("other", "empty", "nowhere", "key.pub"):
        with pytest.raises(UsageError, match="keygen"):
            sealed(DIGESTS, "urn:x:1", {}, tmp_path / name)
    for path in (key, tmp_path / "empty", tmp_path / "nowhere"):
        with pytest.raises(UsageError, match="key"):
            read_public(path)
