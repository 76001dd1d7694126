"""The verbs of the human door itself: those that change what is shared, leave a fact and make promises."""
