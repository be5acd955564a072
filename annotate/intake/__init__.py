"""Statements that are not ours: what others saw or say, checked before it is logged and never guessed."""
