"""The keys of the labelling page that Label Studio sets for a whole server, not in a project's interface.

Of the others, `annotate.labelstudio.interface` sets those of types, nose and likelihood.
"""

from __future__ import annotations

import json

# Names are Label Studio's. It keeps its own keys for all the rest: Backspace deletes a box, U leaves it.
KEYS = {
    "annotation:submit": ("space", "All is right as it is now: submit"),
    "region:cycle": ("tab", "Next box"),
}


def editor_keymap() -> str:
    """Our keys as Label Studio's setting ``EDITOR_KEYMAP``, JSON.

    A server that we start gets it by the environment variable of that name. On another server a tile in
    which all is right costs Ctrl+Enter, as long as the analyst does not set the key in their account.
    """
    return json.dumps(
        {name: {"key": key, "mac": key, "description": says} for name, (key, says) in KEYS.items()}
    )
