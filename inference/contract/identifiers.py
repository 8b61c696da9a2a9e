"""One type for each kind of id, so that a member's is never taken for a message's."""

from typing import NewType

JobId = NewType("JobId", int)
CreationId = NewType("CreationId", int)
ReportId = NewType("ReportId", int)
DuelId = NewType("DuelId", int)
ReleaseId = NewType("ReleaseId", int)
ModelName = NewType("ModelName", str)

# Discord's snowflakes.
ApplicationId = NewType("ApplicationId", int)
ServerId = NewType("ServerId", int)
ChannelId = NewType("ChannelId", int)
MessageId = NewType("MessageId", int)
MemberId = NewType("MemberId", int)
RoleId = NewType("RoleId", int)
