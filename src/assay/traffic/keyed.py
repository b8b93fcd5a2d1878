"""Keyed hashes: equal where the hidden value is equal, and no more than that without the key.

The same value under the same key has the same hash in another field only by accident: the field's
name is hashed with it. DuckDB has SHA-256 and no HMAC; the macro builds one from the other
(RFC 2104), so no value that is hashed ever becomes an object of Python.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path

import duckdb

from assay.core.errors import BadFormat, UsageError
from assay.formats.lines import check_file
from assay.formats.row import shown_path

__all__ = ["HEX", "LONGEST_KEY", "SHORTEST_KEY", "install_keyed", "keyed", "read_key"]

SHORTEST_KEY, LONGEST_KEY = 16, 4096
"""Bytes. Whoever guesses the key tries account names until the hashes agree."""
HEX = 32
"""Hexadecimal digits that are kept: 128 bits, so two of 2^40 values agree with chance 2^-49."""
BLOCK = 64  # bytes that SHA-256 takes at a time
BETWEEN = "\x1f"


def read_key(path: Path | None) -> bytes:
    """Which key is used? The file's bytes without white space around them, or a new random one.

    Raises
    ------
    UsageError
        There is no such file.
    BadFormat
        Too short to be secret, or no key at all.
    """
    if path is None:
        return secrets.token_bytes(32)
    check_file(path)
    with path.open("rb") as file:
        key = file.read(LONGEST_KEY + 1)
    if len(key) > LONGEST_KEY:
        what = f"a key of more than {LONGEST_KEY} bytes"
        raise BadFormat(shown_path(path), None, what, "name the file that holds the key")
    key = key.strip()
    if len(key) < SHORTEST_KEY:
        what = f"a key of {len(key)} bytes, which can be guessed"
        fix = f"make one: openssl rand -hex 32 > {shown_path(path)}"
        raise BadFormat(shown_path(path), None, what, fix)
    return key


def keyed(key: bytes, field: str, value: str) -> str:
    """Which token hides this value of this field?

    Examples
    --------
    >>> keyed(b"k" * 32, "account", "alice") == keyed(b"k" * 32, "org", "alice")
    False
    """
    said = f"{field}{BETWEEN}{value}".encode()
    return hmac.new(key, said, hashlib.sha256).hexdigest()[:HEX]


def install_keyed(connection: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Give a connection the functions `keyed(field, value)` and `subnet(address)`.

    Raises
    ------
    UsageError
        The key holds nothing.

    Examples
    --------
    >>> with duckdb.connect() as connection:
    ...     install_keyed(connection, b"k" * 32)
    ...     row = connection.execute("SELECT keyed('account', 'alice'), subnet('10.1.2.3')")
    ...     row.fetchone() == (keyed(b"k" * 32, "account", "alice"), "10.1.2.0/24")
    True
    """
    if not key:
        msg = "an empty key hides nothing\n  next: give one of at least 16 bytes with --key FILE"
        raise UsageError(msg)
    block = (key if len(key) <= BLOCK else hashlib.sha256(key).digest()).ljust(BLOCK, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in block) for pad in (0x36, 0x5C))
    connection.execute("SET VARIABLE assay_inner = ?::BLOB", [inner])
    connection.execute("SET VARIABLE assay_outer = ?::BLOB", [outer])
    for macro in (KEYED, ADDRESS, GROUPS, HEXTETS, SUBNET):
        connection.execute(macro)


KEYED = f"""CREATE OR REPLACE MACRO keyed(field, value) AS left(sha256(
    getvariable('assay_outer') || unhex(sha256(
        getvariable('assay_inner') || encode(field || chr(31) || value)))), {HEX})"""
ADDRESS = r"""CREATE OR REPLACE MACRO address(said) AS regexp_replace(regexp_replace(
    trim(split_part(said, ',', 1)), '^\[(.*)\](:\d+)?$|^::ffff:([\d.]+)$', '\1\3', 'i'),
    '^([\d.]+):\d+$|/\d+$|%.*$', '\1')"""
"""The first of a list of addresses, without port, mask, zone and brackets; an IPv4 address that was
written as IPv6 is what it is."""
GROUPS = """CREATE OR REPLACE MACRO groups(part) AS
    list_filter(string_split(part, ':'), lambda x: x <> '')"""
HEXTETS = """CREATE OR REPLACE MACRO hextets(low, high) AS list_transform(
    (groups(low) || list_transform(
        range(8 - len(groups(low)) - len(groups(high)) - contains(high, '.')::INT), lambda x: '0')
    || groups(high))[1:3], lambda x: coalesce(nullif(ltrim(x, '0'), ''), '0'))"""
"""The first three of eight groups; `::`, which stands between low and high, is as many zeros as
are missing. An IPv4 address at the end counts for two."""
SUBNET = r"""CREATE OR REPLACE MACRO subnet(said) AS CASE
    WHEN regexp_full_match(address(said), '\d{1,3}(\.\d{1,3}){3}')
        THEN regexp_replace(address(said), '\.\d+$', '.0/24')
    WHEN regexp_full_match(address(said),
            '([0-9a-fA-F]{0,4}:){2,7}([0-9a-fA-F]{0,4}|\d{1,3}(\.\d{1,3}){3})')
        THEN array_to_string(hextets(split_part(lower(address(said)), '::', 1),
            split_part(lower(address(said)), '::', 2)), ':') || '::/48'
    END"""
"""The /24 or /48 that an address lies in; nothing when it is no address. Up to 2^16 neighbours of
one household share a /48, 256 hosts a /24: that is what is kept of an address, hashed."""
