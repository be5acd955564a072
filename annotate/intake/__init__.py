"""Statements of other sources, amendments and other logs: checked before they are logged, never guessed."""
