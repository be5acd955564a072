"""What the log holds: verdicts, the sightings that hold because of them, movements, and searched scenes."""

from annotate.log.entry.movement import Movement
from annotate.log.entry.scene_review import SceneReview
from annotate.log.entry.sighting import Sighting
from annotate.log.entry.verdict import Verdict
from annotate.log.entry.words import LIKELIHOOD, SCHEMA_VERSION, Evidence, Judgement, Status

__all__ = [
    "LIKELIHOOD",
    "SCHEMA_VERSION",
    "Evidence",
    "Judgement",
    "Movement",
    "SceneReview",
    "Sighting",
    "Status",
    "Verdict",
]
