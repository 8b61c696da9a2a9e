"""How good works are, and how severe and how reliable those who say so: pure functions of ratings."""

from storage.scoring.posterior import PRAISE_WEIGHT, USUAL_SCALE, Estimate, Opinion, Scale, estimate

__all__ = ["PRAISE_WEIGHT", "USUAL_SCALE", "Estimate", "Opinion", "Scale", "estimate"]
