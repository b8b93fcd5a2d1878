"""Models that say what they are told to, whatever they are asked; and models with a taste."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from assay.core.subject import Ability, Reply, Request
from assay.models.scripted import LETTERED, ScriptedModel, pairs


class Says(ScriptedModel):
    """A model that answers by a rule of the test's own; it remembers what it was asked."""

    def __init__(self, rule: Callable[[str], str | Reply], **options: object) -> None:
        super().__init__(abilities=Ability.GENERATE, **options)  # type: ignore[arg-type]
        self.rule = rule
        self.asked: list[str] = []

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Answer by the rule."""
        for index, request in enumerate(requests):
            self.asked.append(request.text)
            said = self.rule(request.text)
            yield index, said if isinstance(said, Reply) else Reply(text=said)


def lettered(prompt: str) -> dict[str, str]:
    """Return the texts that a prompt letters."""
    parts = LETTERED.split(prompt)[1:]
    return {letter: text.rpartition("\n\n")[0] for letter, text in pairs(parts)}


def likes(taste: Callable[[str], object]) -> Callable[[str], str]:
    """Return a rule that picks the text that comes first by this taste."""

    def rule(prompt: str) -> str:
        texts = lettered(prompt)
        return f" {min(texts, key=lambda letter: str(taste(texts[letter])))}"

    return rule
