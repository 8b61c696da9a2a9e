from inference.contract.identifiers import ApplicationId
from storage import Storage


async def test_the_last_synced_command_tree_of_each_application_is_remembered(storage: Storage) -> None:
    ours, other = ApplicationId(1), ApplicationId(2)
    assert await storage.command_trees.digest(ours) is None

    await storage.command_trees.synced(ours, "first")
    await storage.command_trees.synced(other, "another")
    await storage.command_trees.synced(ours, "second")

    assert await storage.command_trees.digest(ours) == "second"
    assert await storage.command_trees.digest(other) == "another"
