"""From a provider's name to an opened model of Inspect; what is wrong is said in our words."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from io import StringIO
from urllib.parse import urlsplit

from inspect_ai._util.error import PrerequisiteError
from inspect_ai._util.registry import registry_find, registry_unqualified_name
from inspect_ai.model import GenerateConfig, Model, get_model
from rich.text import Text

from assay.core.errors import MissingExtra, ModelError, UnknownName, UsageError, boundary
from assay.models.inspect.asking import Line
from assay.models.inspect.failures import failure_of
from assay.models.inspect.settings import Settings, is_loopback

__all__ = ["address", "hang_up", "open_line", "provider_of"]

RAW = "-completions"
"""How the names of Inspect's providers end that send a prompt as it stands."""
UNBOUNDED = 10_000
"""For Inspect's own limit on requests in flight, which all models of a process share by name."""
NO_KEY = "none"
"""For servers on this machine, which ask for no key where the library insists on one."""


def provider_of(settings: Settings) -> str:
    """Return the provider string, turned to the kind of prompting that was asked for.

    Raises
    ------
    UnknownName
        Inspect has no such provider.
    UsageError
        The provider has no such kind.
    """
    provider, slash, model = settings.provider.partition("/")
    known = _providers()
    if provider not in known or not slash or not model:
        example = "inspect:openai/gpt-4o-mini, inspect:openai-api-completions/SERVICE/MODEL"
        shown = provider if provider not in known else settings.provider
        raise UnknownName("provider", shown, known, f"write PROVIDER/MODEL: {example}")
    plain = provider.removesuffix(RAW)
    wanted = {"raw": plain + RAW, "chat": plain, "": provider}[settings.prompting]
    if wanted not in known:
        raise UsageError(
            f"-M prompting={settings.prompting}: Inspect's provider {provider} has no such form\n"
            f"  next: leave it out, or use one of {', '.join(p for p in known if p.endswith(RAW))}"
        )
    if wanted.endswith(RAW) and settings.system:
        raise UsageError(
            f"-M system: {wanted} continues a prompt as it stands, there is no place for a system "
            "message\n  next: leave it out, or add -M prompting=chat"
        )
    return f"{wanted}/{model}"


def _providers() -> list[str]:
    found = registry_find(lambda info: info.type == "modelapi")
    return sorted(registry_unqualified_name(one) for one in found)


def open_line(settings: Settings, provider: str) -> Line:
    """Open the model, without asking it anything yet.

    Raises
    ------
    UsageError
        A key, a package or an argument is missing or wrong.
    ModelError
        The provider fails otherwise.
    """
    key = _key(settings)
    with _unheard():
        try:
            model = _opened(settings, provider, key)
        except UsageError:
            if key or not is_loopback(settings.base_url):
                raise
            model = _opened(settings, provider, NO_KEY)
    secret = getattr(model.api, "api_key", None)
    return Line(
        model=model,
        where=address(settings, provider, model),
        prompting="raw" if provider.partition("/")[0].endswith(RAW) else "chat",
        secret=secret if isinstance(secret, str) and secret != NO_KEY else key or "",
        system=settings.system,
    )


def _opened(settings: Settings, provider: str, key: str | None) -> Model:
    config = GenerateConfig(
        max_connections=UNBOUNDED,  # ours is the limit: `side_by_side`
        max_retries=settings.max_retries,
        attempt_timeout=settings.timeout,
        # Waits between attempts come on top of this, and a server's Retry-After of up to a minute.
        timeout=settings.timeout * (settings.max_retries + 1),
    )
    try:
        with boundary(ModelError, f"opening {provider}"):
            return get_model(
                provider,
                config=config,
                base_url=settings.base_url or None,
                api_key=key,
                memoize=False,
                **settings.own,
            )
    except ModelError as error:
        raise _in_our_words(provider, settings, error.__cause__ or error, key or "") from None


def _in_our_words(
    provider: str, settings: Settings, error: BaseException, secret: str
) -> UsageError | ModelError:
    words = failure_of(error, secret).words
    if isinstance(error, PrerequisiteError):
        said = Text.from_markup(str(error.message)).plain.replace("ERROR: ", "")
        words = ". ".join(part.strip(" .") for part in said.split("\n\n"))
        if "pip install" in words:
            what, _, packages = words.partition("pip install")
            extra = "pip install 'assay[api]'" if "openai" in packages else "pip install"
            line = extra if "openai" in packages else f"{extra}{packages}"
            return MissingExtra(f"what {provider} needs ({what.strip(' :.')})", line)
        return UsageError(
            f"inspect:{provider}: {words}\n"
            "  next: set that variable, or name another one with -M api_key_env=NAME"
        )
    if isinstance(error, TypeError | ValueError):
        return UsageError(
            f"inspect:{provider} cannot be opened: {words}\n"
            f"  next: look at the name and at -M {', '.join(settings.own) or 'arguments'}"
        )
    return ModelError(f"inspect:{provider} cannot be opened: {words}")


def _key(settings: Settings) -> str | None:
    """Read the key from the variable that the user named; None for the provider's own way."""
    name = settings.api_key_env
    if not name:
        return None
    key = os.environ.get(name)
    if not key:
        raise UsageError(
            f"-M api_key_env={name}: there is no such environment variable, or it is empty\n"
            f"  next: export {name}=YOUR_KEY"
        )
    return key


def address(settings: Settings, provider: str, model: Model) -> str:
    """Say where the server is: scheme, host and port, or the provider's name."""
    url = settings.base_url or model.api.base_url or ""
    parts = urlsplit(url)
    if not parts.hostname:
        return provider.partition("/")[0]
    port = f":{parts.port}" if parts.port else ""
    return f"the server at {parts.scheme}://{parts.hostname}{port}"


async def hang_up(model: Model) -> None:
    """Close the connections of a model.

    Inspect's vLLM provider leaves its own open once another of the same name was closed.
    """
    client = getattr(model.api, "client", None)
    with suppress(ModelError), boundary(ModelError, "hanging up"):
        await model.api.aclose()
        if client is not None:
            await client.close()


@contextmanager
def _unheard() -> Iterator[None]:
    """Keep Inspect's announcements off our output, and our way of ending ours."""
    for name in ("inspect_ai", "openai", "anthropic", "httpx", "httpx2"):
        logger = logging.getLogger(name)
        if not logger.handlers:  # else Python itself writes warnings that nobody takes
            logger.addHandler(logging.NullHandler())
    hook = sys.excepthook
    try:
        with redirect_stdout(StringIO()):
            yield
    finally:
        sys.excepthook = hook
