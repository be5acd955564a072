"""Settings of the Label Studio that hardstand starts: its own, and scripts for the review page.

This file runs in Label Studio's environment, not in ours: Django loads it by `DJANGO_SETTINGS_MODULE`.
"""

import os
from pathlib import Path

# While they are read, Label Studio's settings ask for some of themselves: those have to be here by then.
from core.settings.base import *  # noqa: F403

SENTRY_DSN = ""  # nothing is reported

from label_studio.core.settings.label_studio import *  # noqa: E402, F403

# Browsers send the cookies of a host to all its ports: with one name, two servers log each other's users out.
SESSION_COOKIE_NAME = os.environ["HARDSTAND_SESSION_COOKIE"]
MIDDLEWARE = [*MIDDLEWARE, "review_settings.ReviewScript"]  # noqa: F405

PLACE = "/hardstand/"
PICTURES = "/data/local-files/"
SCRIPTS = {path.name: path.read_bytes() for path in Path(__file__).parent.glob("*.js")}
TAG = f'<script type="module" src="{PLACE}review_page.js"></script></body>'.encode()


class ReviewScript:
    """Serves the scripts, and names the first in every page."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        """Answer a request."""
        from django.http import HttpResponse

        script = SCRIPTS.get(request.path.removeprefix(PLACE)) if request.path.startswith(PLACE) else None
        if script is not None:
            return HttpResponse(
                script, content_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"}
            )
        response = self.get_response(request)
        if request.path == PICTURES and response.status_code == 200:
            # Their names differ by content, so that one that was fetched ahead need not be asked for again.
            response["Cache-Control"] = "private, max-age=3600, immutable"
        if not response.streaming and response.get("Content-Type", "").startswith("text/html"):
            response.content = response.content.replace(b"</body>", TAG, 1)
        return response
