"""When a scene was taken and by what: what its files, its STAC item and its user say, put together."""

from imagery.provenance.reconciliation import Provenance, reconcile, statements_of
from imagery.provenance.statement import Statement

__all__ = ["Provenance", "Statement", "reconcile", "statements_of"]
