"""The ledger's rows out of values, and values out of its rows."""

from collections.abc import Sequence
from datetime import datetime

from inference.contract.artifacts import Artifact, Making
from inference.contract.identifiers import CreationId
from inference.contract.jobs import Job, JobState, Parent, Reply, Submission
from storage.media import MediaStore
from storage.tables import ArtifactRow, CreationRow, JobRow, ParentRow, UploadRow


def row_of(submission: Submission, uploads: Sequence[Artifact]) -> JobRow:
    reply = submission.reply
    return JobRow(
        member=submission.member,
        request=submission.request,
        reply_application=reply.application,
        reply_server=reply.server,
        reply_channel=reply.channel,
        reply_parent=reply.parent,
        reply_is_private=reply.is_private,
        reply_token=reply.token,
        reply_token_expires_at=reply.token_expires_at,
        reply_message=reply.message,
        locale=submission.locale,
        submitted_at=submission.submitted_at,
        predicted_seconds=submission.predicted_seconds,
        start_tag=submission.start_tag,
        finish_tag=submission.finish_tag,
        parents=[
            ParentRow(position=position, creation=parent.creation, relation=parent.relation, part=parent.part)
            for position, parent in enumerate(submission.parents)
        ],
        uploads=[
            UploadRow(
                part=part,
                sha256=upload.sha256,
                media_type=upload.media_type,
                size_bytes=upload.size_bytes,
                picture=upload.picture,
            )
            for part, upload in enumerate(uploads)
        ],
        guard=submission.guard,
        state=JobState.QUEUED,
        attempts=0,
    )


def creation_of(
    row: JobRow, making: Making, artifacts: Sequence[Artifact], prints: Sequence[str | None], *, at: datetime
) -> CreationRow:
    """`prints`: for each of the artifacts that is no picture its fingerprint, if it has one."""
    return CreationRow(
        job_id=row.id,
        server=row.reply_server,
        member=row.member,
        provenance=making.provenance,
        created_at=at,
        medium=row.request.medium,
        artifacts=[_artifact_of(*made, part) for part, made in enumerate(zip(artifacts, prints, strict=True))],
    )


def _artifact_of(made: Artifact, fingerprint: str | None, part: int) -> ArtifactRow:
    row = ArtifactRow(part=part, sha256=made.sha256, media_type=made.media_type, size_bytes=made.size_bytes)
    row.fingerprint = fingerprint
    if made.picture is not None:
        row.width, row.height = made.picture.width, made.picture.height
        row.fingerprint, row.unsafe = made.picture.fingerprint, made.picture.unsafe
        row.showing = made.picture.showing
    return row


def parents_of(row: JobRow) -> tuple[Parent, ...]:
    """What a job began from, as values."""
    return tuple(Parent(creation=one.creation, relation=one.relation, part=one.part) for one in row.parents)


def job_of(row: JobRow, creation: CreationId | None, media: MediaStore) -> Job:
    return Job(
        id=row.id,
        member=row.member,
        request=row.request,
        reply=Reply(
            application=row.reply_application,
            server=row.reply_server,
            channel=row.reply_channel,
            parent=row.reply_parent,
            is_private=row.reply_is_private,
            token=row.reply_token,
            token_expires_at=row.reply_token_expires_at,
            message=row.reply_message,
        ),
        locale=row.locale,
        submitted_at=row.submitted_at,
        predicted_seconds=row.predicted_seconds,
        start_tag=row.start_tag,
        finish_tag=row.finish_tag,
        parents=parents_of(row),
        uploads=tuple(media.artifact(upload) for upload in row.uploads),
        guard=row.guard,
        state=row.state,
        attempts=row.attempts,
        started_at=row.started_at,
        finished_at=row.finished_at,
        delivered_at=row.delivered_at,
        failure=row.failure,
        creation=creation,
    )
