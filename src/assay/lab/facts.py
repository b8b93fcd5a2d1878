"""Facts about made-up people: nobody can work them out, only memory helps."""

from __future__ import annotations

from random import Random

from assay.lab.question import LEVELS, Question
from assay.lab.wording import COLOURS, THINGS, TRADES, name, number, town

__all__ = ["ask"]

QUESTIONS = (
    "Where was {name} born?",
    "In which town did {name} marry?",
    "Where is {name} buried?",
    "Which town sent {name} away?",
)


def ask(form: Random, fill: Random) -> Question:
    """Write a question about a person; the level is how many people the story names.

    Examples
    --------
    >>> question = ask(Random(1), Random(2))
    >>> len({question.answer, *question.wrong})
    4
    """
    level, question, trade = form.randrange(LEVELS), form.choice(QUESTIONS), form.choice(TRADES)
    colour, thing = form.choice(COLOURS), form.choice(THINGS)
    person = f"{name(fill)} {name(fill, 2)}"
    story = f"{person}, a {trade}, had {number(fill, 3)} {colour} {thing}"
    friends = " and ".join(name(fill, 2) for _ in range(level))
    story += f" and knew {friends}." if friends else "."
    towns = dict.fromkeys(town(fill) for _ in range(40))
    right, *wrong = list(towns)[:4]
    asked = question.format(name=person.partition(" ")[0])
    return Question(f"{story} {asked}", right, (wrong[0], wrong[1], wrong[2]), level)
