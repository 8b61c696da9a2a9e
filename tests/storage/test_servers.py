import json
from dataclasses import replace

from inference.contract.identifiers import ChannelId, ModelName, RoleId, ServerId
from inference.contract.image import Guard
from inference.contract.jobs import Limits
from storage import Storage
from storage.domain import Deed, ServerSettings
from tests.storage.works import ANNA, BEN, NOON, SERVER, after

ELSEWHERE = ServerId(2_000_000_000_000_000_002)
CHOSEN = ServerSettings(
    channels=(ChannelId(4_000_000_000_000_000_001), ChannelId(4_000_000_000_000_000_002)),
    moderators_channel=ChannelId(4_000_000_000_000_000_003),
    limits=Limits(a_day=5),
    role_limits={RoleId(6_000_000_000_000_000_001): Limits(waiting=2), RoleId(6_000_000_000_000_000_002): Limits()},
    seeds_reactions=False,
    text_model=ModelName("smollm2-135m"),
    image_model=ModelName("starter-pictures"),
    guard=Guard.BLUR,
    guards={ChannelId(4_000_000_000_000_000_001): Guard.PASS},
    language="zh-CN",
    blocked_words=("ass", "傻瓜"),
    allowed_words=("傻瓜相机",),
)


async def test_a_server_that_chose_nothing_has_the_defaults(storage: Storage) -> None:
    assert await storage.servers.get(SERVER) == ServerSettings()
    assert await storage.servers.all() == {}


async def test_every_choice_comes_back_as_it_was_made(storage: Storage) -> None:
    await storage.servers.put(SERVER, CHOSEN, by=ANNA, at=NOON)
    assert await storage.servers.get(SERVER) == CHOSEN
    assert await storage.servers.all() == {SERVER: CHOSEN}
    assert await storage.servers.get(ELSEWHERE) == ServerSettings()


async def test_the_audit_log_tells_who_changed_what_and_when(storage: Storage) -> None:
    await storage.servers.put(SERVER, CHOSEN, by=ANNA, at=NOON)
    await storage.servers.put(SERVER, replace(CHOSEN, language=None, limits=Limits(a_day=6)), by=BEN, at=after(60))
    last, _ = (await storage.audit.page(SERVER, limit=5)).rows
    assert (last.deed, last.moderator, last.at, last.member) == (Deed.SET, BEN, after(60), None)
    assert json.loads(last.detail) == {
        "limits": {"was": {"a_day": 5, "waiting": None}, "is": {"a_day": 6, "waiting": None}},
        "language": {"was": "zh-CN", "is": None},
    }


async def test_choosing_the_same_again_is_no_deed(storage: Storage) -> None:
    await storage.servers.put(SERVER, CHOSEN, by=ANNA, at=NOON)
    await storage.servers.put(SERVER, CHOSEN, by=BEN, at=after(60))
    assert len((await storage.audit.page(SERVER, limit=5)).rows) == 1
