"""Each limit that the studio enforces answers with Discord's status and code."""

from typing import Any

import aiohttp
import pytest

from bot.studio import MovableClock, Permission, Studio
from bot.studio.cast import BOT_ID, GUILD_ID
from tests.studio.rest_client import RestClient

BUTTON = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}


def row(*components: Any) -> dict[str, Any]:
    return {"type": 1, "components": list(components)}


def buttons(count: int, **changes: Any) -> list[dict[str, Any]]:
    return [{**BUTTON, "custom_id": f"go{index}", **changes} for index in range(count)]


V2 = 1 << 15
TOO_MUCH: dict[str, dict[str, Any]] = {
    "content": {"content": "x" * 2001},
    "content in pairs of code units": {"content": "🌊" * 1001},
    "content that is no text": {"content": 5},
    "rows": {"content": "x", "components": [row({**BUTTON, "custom_id": str(index)}) for index in range(6)]},
    "buttons a row": {"content": "x", "components": [row(*buttons(6))]},
    "an empty row": {"content": "x", "components": [row()]},
    "a custom id": {"content": "x", "components": [row({**BUTTON, "custom_id": "x" * 101})]},
    "an empty custom id": {"content": "x", "components": [row({**BUTTON, "custom_id": ""})]},
    "no custom id": {"content": "x", "components": [row({"type": 2, "style": 1, "label": "Go"})]},
    "the same custom id twice": {"content": "x", "components": [row(BUTTON), row(BUTTON)]},
    "a label": {"content": "x", "components": [row({**BUTTON, "label": "x" * 81})]},
    "a bare button": {"content": "x", "components": [row({"type": 2, "style": 1, "custom_id": "go"})]},
    "a button outside a row": {"content": "x", "components": [BUTTON]},
    "a select without options": {"content": "x", "components": [row({"type": 3, "custom_id": "s", "options": []})]},
    "more chosen than may be": {
        "content": "x",
        "components": [row({"type": 8, "custom_id": "s", "default_values": [{"id": "1", "type": "channel"}] * 2})],
    },
    "a person chosen among channels": {
        "content": "x",
        "components": [row({"type": 8, "custom_id": "s", "default_values": [{"id": "1", "type": "user"}]})],
    },
    "an embed's title": {"embeds": [{"title": "x" * 257}]},
    "an embed's description": {"embeds": [{"description": "x" * 4097}]},
    "an embed's fields": {"embeds": [{"fields": [{"name": "a", "value": "b"}] * 26}]},
    "an embed's field": {"embeds": [{"fields": [{"name": "a", "value": "x" * 1025}]}]},
    "all embeds together, in emoji": {"embeds": [{"description": "🌊" * 2000}, {"description": "🌊" * 1001}]},
    "all embeds together": {"embeds": [{"description": "x" * 4000}, {"description": "x" * 2001}]},
    "embeds": {"embeds": [{"title": "x"}] * 11},
    "an attachment that is not there": {"embeds": [{"image": {"url": "attachment://none.png"}}]},
    "a nonce": {"content": "x", "nonce": "x" * 26},
    "mentions named twice": {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
    "a reply to nothing": {"content": "x", "message_reference": {"message_id": "1"}},
    "content beside new components": {"content": "x", "flags": V2, "components": [{"type": 10, "content": "y"}]},
    "new components": {"flags": V2, "components": [{"type": 14}] * 41},
    "the text of new components": {"flags": V2, "components": [{"type": 10, "content": "x" * 2001}] * 2},
    "the text of new components, in emoji": {"flags": V2, "components": [{"type": 10, "content": "🌊" * 1001}] * 2},
    "new components without their flag": {"components": [{"type": 10, "content": "y"}]},
}


@pytest.mark.parametrize("body", TOO_MUCH.values(), ids=TOO_MUCH.keys())
async def test_a_message_beyond_a_limit_is_an_invalid_form(rest: RestClient, studio: Studio, body: Any) -> None:
    reply = await rest.send(**body)

    assert (reply.status, reply.code) == (400, 50035)
    assert reply.body["errors"]
    assert studio.messages() == []


JUST_ENOUGH: dict[str, dict[str, Any]] = {
    "content": {"content": "x" * 2000},
    "content in pairs of code units": {"content": "🌊" * 1000},
    "buttons": {"components": [row(*buttons(5, label="x" * 80))]},
    "rows": {"content": "x", "components": [row({**BUTTON, "custom_id": str(index) * 100}) for index in range(5)]},
    "an embed": {"embeds": [{"title": "x" * 256, "description": "x" * 4096}]},
    "new components": {"flags": V2, "components": [{"type": 14}] * 40},
    "new text": {"flags": V2, "components": [{"type": 10, "content": "x" * 4000}]},
    "a nonce": {"content": "x", "nonce": "x" * 25},
}


@pytest.mark.parametrize("body", JUST_ENOUGH.values(), ids=JUST_ENOUGH.keys())
async def test_a_message_at_a_limit_is_sent(rest: RestClient, studio: Studio, body: Any) -> None:
    assert (await rest.send(**body)).status == 200


@pytest.mark.parametrize("body", [{}, {"content": "  \n "}, {"content": None}, {"embeds": []}])
async def test_an_empty_message_is_refused(rest: RestClient, body: Any) -> None:
    reply = await rest.send(**body)

    assert (reply.status, reply.code) == (400, 50006)


async def test_a_file_too_large_is_refused_and_one_just_within_is_kept(rest: RestClient, studio: Studio) -> None:
    limit = studio.world.attachment_limit_bytes

    within = await rest.upload({}, b"x" * limit)
    beyond = await rest.upload({}, b"x" * (limit + 1))
    whole = await rest.upload({}, *[b"x" * (limit - 1)] * 3)

    assert (within.status, beyond.status, beyond.code) == (200, 413, 40005)
    assert (whole.status, whole.code) == (413, 40005)
    assert [len(message.attachments[0].content) for message in studio.messages()] == [limit]


@pytest.mark.parametrize(
    ("command", "is_taken"),
    [
        ({"name": "write", "description": "x"}, True),
        ({"name": "写作", "description": "x"}, True),
        ({"name": "Write", "description": "x"}, False),
        ({"name": "two words", "description": "x"}, False),
        ({"name": "x" * 33, "description": "x"}, False),
        ({"name": "x", "description": ""}, False),
        ({"name": "x", "description": "x" * 101}, False),
        ({"name": "Two Words", "type": 3}, True),
        ({"name": "x", "type": 3, "description": "x"}, False),
        ({"name": "x", "description": "x", "contexts": [3]}, False),
        ({"name": "x", "description": "x", "name_localizations": {"zh-CN": "A b"}}, False),
        ({"name": "x", "description": "x", "name_localizations": {"zh-CN": "写"}}, True),
        ({"name": "x", "description": "x", "name_localizations": {"zh": "写"}}, False),
        ({"name": "x", "description": "x", "description_localizations": {"en": "x"}}, False),
        ({"name": "x", "description": "x", "description_localizations": {"de": "x" * 101}}, False),
        ({"name": "x", "type": 3, "name_localizations": {"de": "Zwei Worte"}}, True),
        ({"name": "x", "type": 3, "name_localizations": {"tlh": "x"}}, False),
    ],
)
async def test_commands_are_named_as_discord_demands(rest: RestClient, command: Any, is_taken: bool) -> None:
    reply = await rest("PUT", f"/applications/{BOT_ID}/commands", [command])

    assert reply.status == (200 if is_taken else 400)
    assert is_taken or reply.code == 50035


@pytest.mark.parametrize(
    ("first", "second", "is_taken"),
    [
        ({"name": "x"}, {"name": "y"}, True),
        ({"name": "x"}, {"name": "x"}, False),
        ({"name": "x"}, {"name": "y", "name_localizations": {"de": "x"}}, False),
        ({"name": "x", "name_localizations": {"de": "z"}}, {"name": "y", "name_localizations": {"de": "z"}}, False),
        ({"name": "x", "name_localizations": {"de": "y"}}, {"name": "y", "name_localizations": {"de": "x"}}, True),
        ({"name": "x", "name_localizations": {"de": "z"}}, {"name": "y", "name_localizations": {"fr": "z"}}, True),
    ],
)
async def test_names_are_unique_in_every_language(rest: RestClient, first: Any, second: Any, is_taken: bool) -> None:
    described = [{"description": "x", **each} for each in (first, second)]
    with_options = [{"name": "x", "description": "x", "options": [{"type": 3, **each} for each in described]}]
    choices = [{"value": str(index), **each} for index, each in enumerate((first, second))]
    with_choices = [
        {"name": "x", "description": "x", "options": [{"name": "x", "description": "x", "type": 3, "choices": choices}]}
    ]

    replies = [
        await rest("PUT", f"/applications/{BOT_ID}/commands", commands)
        for commands in (described, with_options, with_choices)
    ]

    assert [reply.status for reply in replies] == [200 if is_taken else 400] * 3


def option(**changes: Any) -> dict[str, Any]:
    return {"name": "x", "description": "x", "type": 3, **changes}


@pytest.mark.parametrize(
    ("options", "is_taken"),
    [
        ([option(choices=[{"name": str(index), "value": str(index)} for index in range(25)])], True),
        ([option(choices=[{"name": str(index), "value": str(index)} for index in range(26)])], False),
        ([option(choices=[{"name": "x" * 101, "value": "x"}])], False),
        ([option(choices=[{"name": "x", "value": 1}])], False),
        ([option(choices=[{"name": "x", "value": "x"}], autocomplete=True)], False),
        ([option(type=4, max_value=2**53)], True),
        ([option(type=4, max_value=2**53 + 1)], False),
        ([option(name=f"x{index}") for index in range(25)], True),
        ([option(name=f"x{index}") for index in range(26)], False),
        ([option(), option()], False),
        ([option(), option(name="y", required=True)], False),
        ([option(type=1), option(name="y", type=3)], False),
        ([option(max_length=6001)], False),
        ([option(type=11, required=True), option(name="y")], True),
        ([option(type=11, autocomplete=True)], False),
        ([option(type=11, choices=[{"name": "x", "value": "x"}])], False),
        ([option(type=11, channel_types=[0])], False),
    ],
)
async def test_options_keep_their_limits(rest: RestClient, options: Any, is_taken: bool) -> None:
    command = {"name": "x", "description": "x", "options": options}

    reply = await rest("PUT", f"/applications/{BOT_ID}/guilds/{GUILD_ID}/commands", [command])

    assert reply.status == (200 if is_taken else 400)


@pytest.mark.parametrize(("type_", "most"), [(1, 100), (2, 15), (3, 15)])
async def test_a_scope_holds_so_many_commands(rest: RestClient, type_: int, most: int) -> None:
    about = {"description": "x"} if type_ == 1 else {}
    commands = [{"name": f"x{index}", "type": type_, **about} for index in range(most + 1)]
    path = f"/applications/{BOT_ID}/commands"

    assert (await rest("PUT", path, commands[:-1])).status == 200
    assert (await rest("PUT", path, commands)).status == 400


async def test_what_is_unknown_has_its_own_code(rest: RestClient, studio: Studio) -> None:
    message = (await rest.send(content="x")).body["id"]

    for method, path, expected in [
        ("GET", "/channels/1/messages", (404, 10003)),
        ("GET", f"{rest.messages}/1", (404, 10008)),
        ("GET", "/guilds/1", (404, 10004)),
        ("GET", f"/guilds/{GUILD_ID}/members/1", (404, 10007)),
        ("GET", "/users/1", (404, 10013)),
        ("PUT", f"{rest.messages}/{message}/reactions/smile/@me", (400, 10014)),
        ("POST", f"/webhooks/{BOT_ID}/nothing", (404, 10015)),
        ("POST", "/interactions/1/nothing/callback", (404, 10062)),
        ("GET", f"/applications/{BOT_ID}/commands/1", (404, 10063)),
        ("GET", "/nowhere", (404, 0)),
    ]:
        reply = await rest(method, path, {} if method == "POST" else None)
        assert (reply.status, reply.code) == expected, path


async def test_permissions_are_required(rest: RestClient, studio: Studio) -> None:
    gallery = studio.channel("gallery").id
    said = await studio.person("ada").say("mine", studio.channel("gallery"))
    path = f"/channels/{gallery}/messages"

    for denied, method, target, body in [
        (Permission.SEND_MESSAGES, "POST", path, {"content": "x"}),
        (Permission.EMBED_LINKS, "POST", path, {"embeds": [{"title": "x"}]}),
        (Permission.ADD_REACTIONS, "PUT", f"{path}/{said.id}/reactions/%F0%9F%91%8D/@me", None),
        (Permission(0), "DELETE", f"{path}/{said.id}", None),
        (Permission(0), "POST", f"{path}/bulk-delete", {"messages": [str(said.id), "1"]}),
    ]:
        studio.world.set_overwrite(gallery, BOT_ID, deny=denied)
        reply = await rest(method, target, body)
        assert (reply.status, reply.code) == (403, 50013), target

    studio.world.set_overwrite(gallery, BOT_ID, deny=Permission.VIEW_CHANNEL)
    reply = await rest("POST", path, {"content": "x"})
    assert (reply.status, reply.code) == (403, 50001)


async def test_others_messages_cannot_be_edited(rest: RestClient, studio: Studio) -> None:
    said = await studio.person("ada").say("mine")

    reply = await rest("PATCH", f"{rest.messages}/{said.id}", {"content": "yours"})

    assert (reply.status, reply.code) == (403, 50005)


async def test_without_a_token_nothing_is_answered(rest: RestClient) -> None:
    assert (await rest("GET", "/users/@me", token=None)).status == 401


async def test_broken_json_has_its_code(rest: RestClient, studio: Studio) -> None:
    reply = await rest("POST", rest.messages, [1, 2])

    assert (reply.status, reply.code) == (400, 50109)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[" * 100_000,
        b'{"content":' * 900 + b"1" + b"}" * 900,
        b'{"content": "x", "flags": NaN}',
        b'{"content": "\xff"}',
        b'{"content": ' + b"1" * 10_000 + b"}",
    ],
    ids=["unclosed", "beyond any stack", "deep", "NaN", "not UTF-8", "a long number"],
)
@pytest.mark.parametrize("form", ["json", "multipart"])
async def test_what_is_no_json_is_refused_in_every_body(
    rest: RestClient, studio: Studio, body: bytes, form: str
) -> None:
    url, headers = studio.api_url + rest.messages, {"Authorization": "Bot a-token"}
    content: Any = body
    if form == "json":
        headers["Content-Type"] = "application/json"
    else:
        content = aiohttp.MultipartWriter("form-data")
        part = content.append(body, {"Content-Type": "application/json"})
        part.set_content_disposition("form-data", name="payload_json")
    async with aiohttp.ClientSession() as session, session.post(url, data=content, headers=headers) as reply:
        assert (reply.status, (await reply.json())["code"]) == (400, 50109)


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"content": "\xff"}'])
async def test_the_page_is_told_what_was_not_understood(studio: Studio, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{studio.page_url}studio/api/press", data=body, headers=headers) as reply,
    ):
        assert reply.status == 400
        assert "Not understood" in (await reply.json())["problem"]


async def test_an_interaction_is_answered_once_and_in_time(
    rest: RestClient, studio: Studio, clock: MovableClock
) -> None:
    await rest("PUT", f"/applications/{BOT_ID}/commands", [{"name": "go", "description": "x"}])
    ada = studio.person("ada")
    first, late = await ada.command("go"), await ada.command("go")
    answer = {"type": 4, "data": {"content": "x"}}

    async def code(path: str, body: Any = answer, method: str = "POST") -> tuple[int, int]:
        reply = await rest(method, path, body)
        return reply.status, (reply.body or {}).get("code", 0)

    callback = f"/interactions/{first.id}/{first.token}/callback"
    webhook = f"/webhooks/{BOT_ID}/{first.token}"
    assert await code(webhook, {"content": "too soon"}) == (404, 10015)
    assert await code(callback) == (204, 0)
    assert await code(callback) == (400, 40060)

    clock.advance(seconds=3.1)
    assert await code(f"/interactions/{late.id}/{late.token}/callback") == (404, 10062)
    assert await code(f"{webhook}/messages/@original", {"content": "y"}, "PATCH") == (200, 0)

    clock.advance(seconds=15 * 60)
    assert await code(f"{webhook}/messages/@original", {"content": "z"}, "PATCH") == (401, 50027)
    assert await code(webhook, {"content": "z"}) == (401, 50027)


async def test_an_answer_of_the_wrong_kind_is_refused(rest: RestClient, studio: Studio) -> None:
    await rest("PUT", f"/applications/{BOT_ID}/commands", [{"name": "go", "description": "x"}])

    for body in ({"type": 7, "data": {"content": "x"}}, {"type": 8, "data": {"choices": []}}, {"type": 99}, {}):
        asked = await studio.person("ada").command("go")
        reply = await rest("POST", f"/interactions/{asked.id}/{asked.token}/callback", body)
        assert (reply.status, reply.code) == (400, 50035)


@pytest.mark.parametrize(
    "modal",
    [
        {"title": "x" * 46},
        {"custom_id": ""},
        {"components": []},
        {"components": [row({"type": 4, "custom_id": "a", "label": "x" * 46, "style": 1})]},
        {"components": [row({"type": 4, "custom_id": "a", "label": "x", "style": 1, "max_length": 4001})]},
        {"components": [row({"type": 4, "custom_id": str(i), "label": "x", "style": 1}) for i in range(6)]},
    ],
)
async def test_modals_keep_their_limits(rest: RestClient, studio: Studio, modal: Any) -> None:
    await rest("PUT", f"/applications/{BOT_ID}/commands", [{"name": "go", "description": "x"}])
    asked = await studio.person("ada").command("go")
    whole = {
        "title": "x",
        "custom_id": "x",
        "components": [row({"type": 4, "custom_id": "a", "label": "x", "style": 1})],
    }

    path = f"/interactions/{asked.id}/{asked.token}/callback"
    refused = await rest("POST", path, {"type": 9, "data": {**whole, **modal}})
    taken = await rest("POST", path, {"type": 9, "data": whole})

    assert (refused.status, refused.code) == (400, 50035)
    assert taken.status == 204


async def test_a_message_holds_twenty_reactions(rest: RestClient, studio: Studio) -> None:
    said = await studio.person("ada").say("x")
    emojis = [chr(code) for code in range(0x1F600, 0x1F615)]

    replies = [await rest("PUT", f"{rest.messages}/{said.id}/reactions/{emoji}/@me") for emoji in emojis]

    assert [reply.status for reply in replies] == [204] * 20 + [400]
    assert replies[-1].code == 30010
