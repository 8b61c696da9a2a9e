"""The page answers itself alone, from this machine alone, and serves files so that they cannot act."""

import aiohttp
import pytest

from bot.studio import Studio, Upload
from bot.studio.guard import is_answered_name
from tests.studio.rest_client import RestClient


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:1"}, 200),
        ({"Host": "[::1]:1"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": "169.254.169.254"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
    ],
)
@pytest.mark.parametrize("path", ["", "studio/api/world?person=ada", "api/v10/gateway"])
async def test_only_loopback_names_and_the_own_origin_are_answered(
    studio: Studio, headers: dict[str, str], status: int, path: str
) -> None:
    authorized = {"Authorization": "Bot any", **headers}
    async with aiohttp.ClientSession() as session, session.get(studio.page_url + path, headers=authorized) as response:
        assert response.status == status


async def test_a_foreign_page_cannot_listen(studio: Studio) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(studio.page_url + "studio/ws?person=ada", origin="https://evil.example")


async def test_every_answer_carries_the_headers(studio: Studio) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("", "studio/page/app.js", "studio/page/none", "nowhere"):
            async with session.get(studio.page_url + path) as response:
                assert response.headers["X-Content-Type-Options"] == "nosniff"
                assert "default-src 'none'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["..%2fserver.py", "%2e%2e/server.py", "server.py", "..", "index.html%00"])
async def test_only_the_pages_own_files_are_served(studio: Studio, name: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{studio.page_url}studio/page/{name}") as response:
        assert response.status in (400, 404)


@pytest.mark.parametrize(
    ("filename", "place", "media_type"),
    [
        ("a.png", "inline", "image/png"),
        ("a.txt", "inline", "text/plain"),
        ("a.html", "attachment", "application/octet-stream"),
        ("a.svg", "attachment", "application/octet-stream"),
        ("写 作.png", "inline", "image/png"),
    ],
)
async def test_files_are_served_so_that_they_cannot_act(
    studio: Studio, rest: RestClient, filename: str, place: str, media_type: str
) -> None:
    said = await studio.person("ada").say("look", files=[Upload(filename=filename, content=b"<script>")])
    url = studio.payloads.attachment(said.attachments[0], said.channel_id)["url"]

    async with aiohttp.ClientSession() as session, session.get(url) as response:
        assert await response.read() == b"<script>"
        assert response.headers["Content-Disposition"].startswith(place)
        assert response.content_type == media_type
        assert response.headers["Content-Security-Policy"] == "sandbox"


@pytest.mark.parametrize("body", ["[]", "{", "{}", '{"person": "ada"}', '{"person": "ada", "channel": "x"}'])
async def test_the_page_interface_answers_nonsense_plainly(studio: Studio, body: str) -> None:
    async with aiohttp.ClientSession() as session:
        headers = {"Content-Type": "application/json"}
        async with session.post(f"{studio.page_url}studio/api/say", data=body, headers=headers) as response:
            assert response.status in (400, 404)


@pytest.mark.parametrize(
    ("name", "listens_on", "is_answered"),
    [
        ("192.168.1.5", "127.0.0.1", False),
        ("192.168.1.5", "0.0.0.0", True),
        ("192.168.1.5", "::", True),
        ("127.0.0.1", "0.0.0.0", True),
        ("evil.example", "0.0.0.0", False),
        ("workshop.example", "workshop.example", True),
    ],
)
def test_beyond_loopback_bare_addresses_are_answered_but_no_foreign_name(
    name: str, listens_on: str, is_answered: bool
) -> None:
    assert is_answered_name(name, allowed_host=listens_on) is is_answered
