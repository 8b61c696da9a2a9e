"""What a server's admins have chosen, and what its application told Discord."""

from sqlalchemy.orm import Mapped, mapped_column

from inference.contract.identifiers import ApplicationId, ServerId
from storage.codec import Stored
from storage.domain import Preset, ServerSettings
from storage.tables.base import Row


class CommandTreeRow(Row):
    """The command tree that an application last told Discord of."""

    __tablename__ = "command_trees"

    application: Mapped[ApplicationId] = mapped_column(primary_key=True, autoincrement=False)
    digest: Mapped[str]


class ServerSettingsRow(Row):
    """What the admins of a server have chosen."""

    __tablename__ = "server_settings"

    server: Mapped[ServerId] = mapped_column(primary_key=True, autoincrement=False)
    settings: Mapped[ServerSettings] = mapped_column(Stored(ServerSettings))


class StyleRow(Row):
    """A preset of a server's admins, or that they do not want one of ours."""

    __tablename__ = "styles"

    server: Mapped[ServerId] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(primary_key=True)  # The name, folded.
    preset: Mapped[Preset] = mapped_column(Stored(Preset))
