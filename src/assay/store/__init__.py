"""The ledger, and files that are whole or absent."""

from assay.store.files import write_whole
from assay.store.ledger import Ledger
from assay.store.recorded import Recorded, budget_from

__all__ = ["Ledger", "Recorded", "budget_from", "write_whole"]
