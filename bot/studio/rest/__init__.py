"""Discord's REST interface, one resource a file; `routes` gathers them."""

from bot.studio.rest import channels, commands, guilds, interactions, messages, reactions, threads, users, webhooks
from bot.studio.rest.call import Route

ROUTES: tuple[Route, ...] = (
    *users.ROUTES,
    *commands.ROUTES,
    *interactions.ROUTES,
    *webhooks.ROUTES,
    *messages.ROUTES,
    *reactions.ROUTES,
    *threads.ROUTES,
    *channels.ROUTES,
    *guilds.ROUTES,
)
