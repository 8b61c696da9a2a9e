"""Rows of a simulated community, in the form in which its tables take them."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.community.pictures import SIDE, as_png, fingerprints
from benchmarks.community.works import SimulatedWork
from inference.contract.artifacts import Provenance
from inference.contract.identifiers import CreationId, ModelName, ServerId
from inference.contract.image import Canvas, ImageRequest, Showing
from inference.contract.jobs import JobState, Relation
from inference.contract.text import Genre, TextRequest
from storage.domain import Selection
from storage.media import MediaStore
from storage.scoring import estimate
from storage.standings import chance_of
from storage.words import terms_of

TEXT_MODEL: Final = ModelName("smollm2-135m")
IMAGE_MODEL: Final = ModelName("starter-pictures")
_CHANNEL: Final = 4_000_000_000_000_000_001
_APPLICATION: Final = 3_000_000_000_000_000_001
FIRST_MESSAGE: Final = 5_000_000_000_000_000_000
_NOBODYS: Final = estimate(())
# How curators decide, by the share of works: the rest is still open.
_ACCEPTED: Final = 0.75
_REJECTED: Final = 0.1
_HIDDEN: Final = 0.002

Fields = dict[str, Any]
Rows = Mapping[str, Sequence[Fields]]  # By table.


def message_of(work: SimulatedWork) -> int:
    return FIRST_MESSAGE + work.number


@dataclass(slots=True)
class Files:
    """What works consist of, put where the media store would have put it."""

    media: MediaStore
    written: set[str] = field(default_factory=set)  # Folders that are there.

    def keep(self, content: bytes, media_type: str) -> str:
        """Returns the hash."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.media.path(sha256, media_type)
        if str(path.parent) not in self.written:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.written.add(str(path.parent))
        path.write_bytes(content)
        return sha256


def rows_of(works: Sequence[SimulatedWork], server: ServerId, files: Files, chance: np.random.Generator) -> Rows:
    """Everything that making and posting these works leaves."""
    drawn = [picture for work in works for picture in work.pictures]
    hashes = iter(fingerprints(drawn) if drawn else ())
    tables: dict[str, list[Fields]] = {
        name: [] for name in ("jobs", "creations", "parents", "artifacts", "posts", "standings", "terms")
    }
    for work in works:
        number = CreationId(work.number + 1)
        tables["jobs"].append(_job(work, server))
        tables["creations"].append(_creation(work, server, is_hidden=chance.random() < _HIDDEN))
        if work.parent is not None:
            tables["parents"].append(
                {"job": number, "position": 0, "creation": work.parent + 1, "relation": work.relation, "part": 0}
            )
        tables["artifacts"] += _artifacts(work, files, hashes)
        tables["posts"].append({"message": message_of(work), "creation": number, "part": 0})
        tables["standings"].append(_standing(work, server, chance))
        tables["terms"] += [{"server": server, "term": term, "creation": number} for term in terms_of(work.prompt)]
    return tables


def _request(work: SimulatedWork) -> TextRequest | ImageRequest:
    if work.pictures:
        return ImageRequest(
            prompt=work.prompt, model=IMAGE_MODEL, count=len(work.pictures), canvas=Canvas(width=SIDE, height=SIDE)
        )
    return TextRequest(prompt=work.prompt, model=TEXT_MODEL, genre=Genre.STORY)


def _job(work: SimulatedWork, server: ServerId) -> Fields:
    number, at = work.number + 1, work.created_at
    request = _request(work)
    return {
        "id": number,
        "member": work.member,
        "request": request,
        "reply_application": _APPLICATION,
        "reply_server": server,
        "reply_channel": _CHANNEL,
        "reply_token": "",
        "reply_token_expires_at": at,
        "reply_message": message_of(work),
        "locale": "en-US",
        "submitted_at": at - timedelta(seconds=3),
        "predicted_seconds": 1.0,
        "start_tag": float(number),
        "finish_tag": number + 1.0,
        "state": JobState.SUCCEEDED,
        "attempts": 0,
        "started_at": at - timedelta(seconds=2),
        "finished_at": at,
        "delivered_at": at,
        "made_with": request.model,
        "made_size": 150,
        "device_seconds": 1.0,
    }


def _creation(work: SimulatedWork, server: ServerId, *, is_hidden: bool) -> Fields:
    provenance = Provenance(
        model=_request(work).model,
        model_sha256="0" * 64,
        engine="diffusers" if work.pictures else "text",
        seed=work.number,
        settings={"steps": 24, "guidance": 4.0} if work.pictures else {"temperature": 0.8, "top_k": 50},
        versions={"torch": "2.13.0"},
    )
    return {
        "id": work.number + 1,
        "job_id": work.number + 1,
        "server": server,
        "member": work.member,
        "provenance": provenance,
        "created_at": work.created_at,
        "medium": work.medium,
        "picked": None,
        "hidden_at": work.created_at if is_hidden else None,
    }


def _artifacts(work: SimulatedWork, files: Files, hashes: Iterator[str]) -> list[Fields]:
    number = work.number + 1
    if not work.pictures:
        content = work.text.encode()
        nothing = dict.fromkeys(("width", "height", "fingerprint", "unsafe", "showing"))
        return [{"creation": number, "part": 0, **_file(content, "text/plain", files), **nothing}]
    seen = {"width": SIDE, "height": SIDE, "unsafe": 0.01, "showing": Showing.OPEN}
    return [
        {
            "creation": number,
            "part": part,
            **_file(as_png(picture), "image/png", files),
            **seen,
            "fingerprint": next(hashes),
        }
        for part, picture in enumerate(work.pictures)
    ]


def _file(content: bytes, media_type: str, files: Files) -> Fields:
    return {"sha256": files.keep(content, media_type), "media_type": media_type, "size_bytes": len(content)}


def _standing(work: SimulatedWork, server: ServerId, chance: np.random.Generator) -> Fields:
    number, drawn = CreationId(work.number + 1), chance.random()
    decided = Selection.ACCEPTED if drawn < _ACCEPTED else Selection.REJECTED
    selection = decided if drawn < _ACCEPTED + _REJECTED else Selection.OPEN
    return {
        "creation": number,
        "server": server,
        "member": work.member,
        "medium": work.medium,
        "created_at": work.created_at,
        "raters": 0,
        "information": 0.0,
        "score": _NOBODYS.score,
        "low": _NOBODYS.low,
        "high": _NOBODYS.high,
        "chance": chance_of(number),
        "alike": number,
        "is_lead": True,
        "selection": selection,
        "selected_by": None,
        "is_paired": len(work.pictures) > 1 or (work.parent is not None and work.relation is Relation.AGAIN),
        "selected_at": None if selection is Selection.OPEN else work.created_at + timedelta(days=1),
    }


def media_in(folder: Path) -> MediaStore:
    return MediaStore(folder / "media")


def moments(first: datetime, count: int, chance: np.random.Generator) -> Sequence[datetime]:
    """When something came of a work: within some days, as exponential as life."""
    return [first + timedelta(seconds=float(seconds)) for seconds in np.sort(chance.exponential(86_400.0, count))]
