"""Which form has an item, and what could it have been?"""

from __future__ import annotations

from assay.tasks.varying.functions import function_family, is_function
from assay.tasks.varying.parts import Family, Source
from assay.tasks.varying.patches import is_patch, patch_family
from assay.tasks.varying.problems import is_problem, problem_family
from assay.tasks.varying.proving import Prover

__all__ = ["family_of"]


def family_of(source: Source, prover: Prover) -> Family | str:
    """Return all that an item could have been, or why it cannot be varied."""
    if source.item.answer is None:
        return "it has no gold answer that could show a variant to be solvable"
    if is_function(source):
        return function_family(source, prover)
    if is_patch(source):
        return patch_family(source, prover.proofs)
    if is_problem(source):
        return problem_family(source)
    return "it is no function with tests, no patch, and its answer shows no arithmetic (<<a*b=c>>)"
