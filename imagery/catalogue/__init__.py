"""Catalogues of scenes (STAC): searching them, and fetching what they list over an airfield."""
