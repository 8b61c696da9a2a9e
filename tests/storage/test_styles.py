import json

from inference.contract.identifiers import ModelName, ServerId
from inference.contract.image import Canvas
from storage import Storage
from storage.domain import Deed, Preset
from tests.storage.works import ANNA, BEN, NOON, SERVER, after

ELSEWHERE = ServerId(2_000_000_000_000_000_002)
SKETCH = Preset(
    name="Skizze ✏️",
    frame="a pencil sketch of {prompt}",
    avoid="colour",
    steps=4,
    guidance=1.5,
    canvas=Canvas(width=512, height=768),
    model=ModelName("starter-pictures"),
)
INK = Preset(name="水墨", frame="{prompt}，水墨画")


async def test_styles_come_back_as_they_were_made_by_server_and_key(storage: Storage) -> None:
    await storage.styles.put(SERVER, {"skizze ✏": SKETCH, "水墨": INK}, by=ANNA, at=NOON)
    await storage.styles.put(ELSEWHERE, {"水墨": INK}, by=ANNA, at=NOON)
    assert await storage.styles.all() == {SERVER: {"skizze ✏": SKETCH, "水墨": INK}, ELSEWHERE: {"水墨": INK}}


async def test_one_change_puts_and_takes_away_together(storage: Storage) -> None:
    await storage.styles.put(SERVER, {"old": INK}, by=ANNA, at=NOON)
    await storage.styles.put(SERVER, {"old": None, "new": INK}, by=ANNA, at=after(60))
    assert await storage.styles.all() == {SERVER: {"new": INK}}
    await storage.styles.put(SERVER, {"new": None}, by=ANNA, at=after(70))
    assert await storage.styles.all() == {}


async def test_the_audit_log_tells_who_changed_which_style(storage: Storage) -> None:
    await storage.styles.put(SERVER, {"ink": INK}, by=ANNA, at=NOON)
    await storage.styles.put(SERVER, {"ink": None}, by=BEN, at=after(60))
    last, _ = (await storage.audit.page(SERVER, limit=5)).rows
    assert (last.deed, last.moderator, last.at, last.member) == (Deed.SET, BEN, after(60), None)
    told = json.loads(last.detail)["styles"]
    assert told["was"]["ink"]["frame"] == INK.frame
    assert told["is"] == {"ink": None}


async def test_a_style_put_again_as_it_is_is_no_deed(storage: Storage) -> None:
    await storage.styles.put(SERVER, {"ink": INK}, by=ANNA, at=NOON)
    await storage.styles.put(SERVER, {"ink": INK}, by=BEN, at=after(60))
    assert len((await storage.audit.page(SERVER, limit=5)).rows) == 1
