from typing import Any

from storage import Storage
from storage.domain import Consent
from tests.storage.works import ANNA, BEN, SERVER, after
from tests.storage.worlds import ELSEWHERE

ASKED: dict[str, Any] = {"wording": 1, "locale": "en-US"}


async def test_no_answer_is_no_consent(storage: Storage) -> None:
    await storage.consents.ask_once(SERVER, ANNA, Consent.WORKS, at=after(1), **ASKED)
    assert await storage.consents.of(SERVER, ANNA) == {}


async def test_the_latest_answer_holds_and_all_are_kept(storage: Storage) -> None:
    await storage.consents.give(SERVER, ANNA, Consent.WORKS, at=after(1), wording=1, locale="zh-CN")
    await storage.consents.withdraw(SERVER, ANNA, Consent.WORKS, at=after(2), wording=2, locale="en-US")
    held = (await storage.consents.of(SERVER, ANNA))[Consent.WORKS]
    assert (held.is_given, held.at, held.wording, held.locale) == (False, after(2), 2, "en-US")
    assert [one.is_given for one in await storage.consents.history(ANNA)] == [True, False]


async def test_a_clock_that_goes_back_does_not_bring_back_what_was_withdrawn(storage: Storage) -> None:
    await storage.consents.give(SERVER, ANNA, Consent.WORKS, at=after(9), **ASKED)
    await storage.consents.withdraw(SERVER, ANNA, Consent.WORKS, at=after(3), **ASKED)
    assert (await storage.consents.of(SERVER, ANNA))[Consent.WORKS].is_given is False


async def test_each_server_each_kind_and_each_member_has_an_answer_of_its_own(storage: Storage) -> None:
    await storage.consents.give(SERVER, ANNA, Consent.WORKS, at=after(1), **ASKED)
    assert set(await storage.consents.of(SERVER, ANNA)) == {Consent.WORKS}
    assert await storage.consents.of(ELSEWHERE, ANNA) == {}
    assert await storage.consents.of(SERVER, BEN) == {}


async def test_a_question_is_asked_once_whatever_becomes_of_it(storage: Storage) -> None:
    assert await storage.consents.ask_once(SERVER, ANNA, Consent.WORKS, at=after(1), **ASKED)
    assert not await storage.consents.ask_once(SERVER, ANNA, Consent.WORKS, at=after(2), **ASKED)
    assert await storage.consents.ask_once(ELSEWHERE, ANNA, Consent.WORKS, at=after(2), **ASKED)


async def test_nobody_is_asked_what_they_have_answered_already(storage: Storage) -> None:
    await storage.consents.withdraw(SERVER, ANNA, Consent.WORKS, at=after(1), **ASKED)
    assert not await storage.consents.ask_once(SERVER, ANNA, Consent.WORKS, at=after(2), **ASKED)


async def test_a_question_that_never_arrived_may_be_asked_again_and_no_answer_is_lost(storage: Storage) -> None:
    await storage.consents.ask_once(SERVER, ANNA, Consent.WORKS, at=after(1), **ASKED)
    await storage.consents.unask(SERVER, ANNA, Consent.WORKS, wording=1)
    assert await storage.consents.ask_once(SERVER, ANNA, Consent.WORKS, at=after(2), **ASKED)
    await storage.consents.give(SERVER, ANNA, Consent.WORKS, at=after(3), **ASKED)
    await storage.consents.unask(SERVER, ANNA, Consent.WORKS, wording=1)
    assert (await storage.consents.of(SERVER, ANNA))[Consent.WORKS].is_given


async def test_a_yes_to_an_older_question_is_asked_about_once_more_and_a_no_is_not(storage: Storage) -> None:
    await storage.consents.give(SERVER, ANNA, Consent.WORKS, at=after(3), **ASKED)
    await storage.consents.withdraw(SERVER, BEN, Consent.WORKS, at=after(3), **ASKED)
    newer = {**ASKED, "wording": 2}

    asked = [
        await storage.consents.ask_once(SERVER, member, Consent.WORKS, at=after(2), **newer)
        for member in (ANNA, ANNA, BEN)
    ]

    assert asked == [True, False, False]
    assert (await storage.consents.of(SERVER, ANNA))[Consent.WORKS].wording == 1
