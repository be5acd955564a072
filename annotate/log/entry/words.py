"""The words that entries use, and the version of what they hold."""

from __future__ import annotations

from typing import Literal

SCHEMA_VERSION = 2

Judgement = Literal["confirmed", "corrected", "rejected", "added"]
Status = Literal["confirmed", "disputed", "withdrawn"]
# seen: a person looked at an image that the log names; reported: another source says so; inferred: nobody
# saw it, it is what somebody concludes.
Evidence = Literal["seen", "reported", "inferred"]
# ICD 203 (2015), table of expressions of likelihood, upper line; the share in percent each stands for.
LIKELIHOOD = {
    "almost no chance": (1, 5),
    "very unlikely": (5, 20),
    "unlikely": (20, 45),
    "roughly even chance": (45, 55),
    "likely": (55, 80),
    "very likely": (80, 95),
    "almost certain": (95, 99),
}
