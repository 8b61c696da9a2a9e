"""The same path over PostgreSQL."""

from bot.studio import Studio
from tests.storage.databases import postgresql_address
from tests.support.host import Host

__all__ = ["postgresql_address"]


async def test_a_text_is_written_rated_and_found_again_over_postgresql(
    host: Host, studio: Studio, postgresql_address: str
) -> None:
    await host.start(ATELIER_DATABASE_URL=postgresql_address)
    work = await host.work_of(await host.write(length=40))
    await studio.person("lin").react(work, "4️⃣")
    await host.history_of("ada", until="★ 3.5 (")
    await host.kill()
    await host.start(ATELIER_DATABASE_URL=postgresql_address)
    await host.history_of("ada", until="★ 3.5 (")
