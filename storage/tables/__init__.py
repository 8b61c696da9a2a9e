"""The tables. A comment at each index names the question that it answers."""

from storage.tables.base import Row
from storage.tables.curation import (
    IS_LEAD,
    IS_RATED,
    ReleasedRaterRow,
    ReleasedWorkRow,
    ReleaseRow,
    StandingRow,
    TagRow,
)
from storage.tables.identity import IdentityRow
from storage.tables.members import BlockRow, ConsentRow, DeletionRow, ErasureRow, ForgottenRow
from storage.tables.moderation import AuditRow, ReportRow
from storage.tables.opinions import (
    ClearingRow,
    DuelRow,
    FavouriteRow,
    PraiseRow,
    RaterRow,
    RatingRow,
    ReactionRow,
    RemarkRow,
    RepeatRow,
    ScaleRow,
)
from storage.tables.servers import CommandTreeRow, ServerSettingsRow, StyleRow
from storage.tables.works import (
    ArtifactRow,
    CreationRow,
    JobRow,
    OutdatedRow,
    ParentRow,
    PostRow,
    TermRow,
    UploadRow,
)

__all__ = [
    "IS_LEAD",
    "IS_RATED",
    "ArtifactRow",
    "AuditRow",
    "BlockRow",
    "ClearingRow",
    "CommandTreeRow",
    "ConsentRow",
    "CreationRow",
    "DeletionRow",
    "DuelRow",
    "ErasureRow",
    "FavouriteRow",
    "ForgottenRow",
    "IdentityRow",
    "JobRow",
    "OutdatedRow",
    "ParentRow",
    "PostRow",
    "PraiseRow",
    "RaterRow",
    "RatingRow",
    "ReactionRow",
    "ReleaseRow",
    "ReleasedRaterRow",
    "ReleasedWorkRow",
    "RemarkRow",
    "RepeatRow",
    "ReportRow",
    "Row",
    "ScaleRow",
    "ServerSettingsRow",
    "StandingRow",
    "StyleRow",
    "TagRow",
    "TermRow",
    "UploadRow",
]
