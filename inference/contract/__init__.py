"""The words that the bot, the storage and the actor share: frozen values and ports, standard library only."""
