"""The ledger, and files that are whole or absent."""

from assay.store.files import write_whole
from assay.store.ledger import UNFINISHED, Ledger
from assay.store.recorded import Purse, Recorded, budget_from, price_from

__all__ = ["UNFINISHED", "Ledger", "Purse", "Recorded", "budget_from", "price_from", "write_whole"]
