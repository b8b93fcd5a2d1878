"""How is this model reached, and how asked? From the arguments that the user gave."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from assay.core.errors import BadConfig, UnknownName

__all__ = ["Settings", "is_loopback", "settings_from"]

OWN = "provider."
"""What stands before an argument that is handed to Inspect's provider as it is."""
COUNTS = {"connections": 1, "timeout": 1, "max_retries": 0, "context": 1}
"""Arguments that are whole numbers, each with the smallest that makes sense."""
CHOICES = {
    "prompting": ("raw", "chat"),
    "fingerprint": ("same", "any"),
    "weights": ("here", "away"),
}
TAKES = (*COUNTS, *CHOICES, "api_key_env", "base_url", "system", f"{OWN}NAME")
SECRET = ("api_key", "key", "token", "password")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a model is reached and asked.

    Attributes
    ----------
    provider
        As Inspect writes it: "openai/gpt-4o-mini".
    base_url
        Where the server is, in place of the provider's own; empty for that.
    api_key_env
        Name of the environment variable that holds the key; empty for the provider's own.
    connections
        Requests in flight at most.
    timeout
        Seconds for one attempt at a request.
    max_retries
        Further attempts, by Inspect, at a request that failed for the time being.
    prompting
        "raw", "chat", or empty for what the provider does.
    context
        Window in tokens; 0 where Inspect or a cautious guess shall say.
    fingerprint
        "any" lets a run go on when the server's configuration changes, "same" does not.
    system
        System message before each prompt.
    weights
        "away" where a server on this machine only hands on what it is asked (a proxy): then
        nothing sealed is sent to it without leave. One elsewhere is never taken to be here.
    own
        Arguments of the provider itself.
    """

    provider: str
    base_url: str = ""
    api_key_env: str = ""
    connections: int = 10
    timeout: int = 120
    max_retries: int = 4
    prompting: str = ""
    context: int = 0
    fingerprint: str = "same"
    system: str = ""
    weights: str = "here"
    own: Mapping[str, Any] = field(default_factory=dict)


def settings_from(provider: str, arguments: Mapping[str, str]) -> Settings:
    """Read the arguments, all of them text.

    Raises
    ------
    UnknownName
        An argument that is not known; the nearest is offered.
    BadConfig
        A value that is impossible, or a key that should not be written down.

    Examples
    --------
    >>> settings_from("openai/gpt-4o-mini", {"connections": "20"}).connections
    20
    """
    known: dict[str, object] = {}
    own: dict[str, object] = {}
    for name, value in arguments.items():
        if name.startswith(OWN):
            _refuse_secret(name.removeprefix(OWN))
            own[name.removeprefix(OWN)] = _plain(value)
        else:
            known[name] = _value(name, value)
    return Settings(provider=provider, own=own, **known)  # type: ignore[arg-type]


def _refuse_secret(name: str) -> None:
    """Keys do not belong on a command line: it is recorded, and every process can read it."""
    if name in SECRET:
        raise BadConfig(
            f"-M {name}: a key is not taken here, for arguments are recorded\n"
            "  next: put it into an environment variable and say -M api_key_env=ITS_NAME"
        )


def _value(name: str, value: str) -> object:
    _refuse_secret(name)
    if name not in TAKES:
        raise UnknownName("model argument", name, TAKES, f"use {', '.join(TAKES)}")
    if name in COUNTS:
        return _count(name, value)
    if name in CHOICES and value not in CHOICES[name]:
        raise BadConfig(f"-M {name}={value}: it is {' or '.join(CHOICES[name])}")
    if name == "base_url":
        _check_url(value)
    return value


def _count(name: str, value: str) -> int:
    try:
        count = int(value)
    except ValueError:
        count = -1
    if count < COUNTS[name]:
        raise BadConfig(f"-M {name}={value}: a whole number, {COUNTS[name]} or more")
    return count


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadConfig(f"-M base_url={url}: write it like http://127.0.0.1:8000/v1")
    if parts.username or parts.password or parts.query:
        _refuse_secret("key")


def _plain(value: str) -> object:
    """Read a value as JSON where it is JSON (true, 3, [1]), else as text."""
    try:
        return json.loads(value)
    except ValueError:
        return value


def is_loopback(url: str) -> bool:
    """Does a request to this URL stay on this machine, as far as the URL says?

    Examples
    --------
    >>> is_loopback("http://127.0.0.1:8000/v1"), is_loopback("http://127.0.0.1@example.org/v1")
    (True, False)
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if getproxies().get(parts.scheme) and not proxy_bypass(host):
        return False
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
