"""Coordinates as people have them are read where they can be read in one way, and only there."""
# ruff: noqa: RUF001 # what people write

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from annotate.intake.coordinates import read_coordinates
from annotate.intake.place import parse_lonlat
from imagery.errors import UsageError

SECONDS, MINUTES, DEGREES = (
    (-7.95, 12 + 32 / 60 + 1 / 3600),
    (-(7 + 56.994 / 60), 12 + 32.01 / 60),
    (-7.9499, 12.5335),
)
LETTERS = [
    ("12°32'01\"N 7°57'00\"W", SECONDS),
    ("12º32’01”N, 7º57’00”W", SECONDS),
    ("7°57′00″W 12°32′01″N", SECONDS),
    ("12 32 01 N 7 57 00 W", SECONDS),
    ("12d32'01''n 7d57'00''w", SECONDS),
    ("123201N0075700W", SECONDS),
    ("12°32′01″ с.ш. 7°57′00″ з.д.", SECONDS),
    ("12°32.01'N, 7°56.994'W", MINUTES),
    ("N 12° 32.010 W 007° 56.994", MINUTES),
    ("12.5335N,7.9499W", DEGREES),
    ("7.9499W,12.5335N", DEGREES),
    ("N12.5335 W7.9499", DEGREES),
    ("12,5335° N, 7,9499° W", DEGREES),
    ("12.5335S,7.9499E", (7.9499, -12.5335)),
]
LINKS = [
    "geo:12.5335,-7.9499;u=35",
    "geo:12.5335,-7.9499,380",
    "geo:0,0?q=12.5335,-7.9499(Senou)",
    "https://www.google.com/maps/@12.5335,-7.9499,17z",
    "https://www.google.com/maps/place/X/@12.53,-7.95,15z/data=!3m1!4b1!8m2!3d12.5335!4d-7.9499",
    "https://www.google.de/maps/search/12.5335,+-7.9499?entry=tts",
    "https://maps.google.com/?q=12.5335,-7.9499",
    "https://www.google.com/maps/search/?api=1&query=12.5335%2C-7.9499",
    "https://www.openstreetmap.org/#map=17/12.5335/-7.9499",
    "https://www.openstreetmap.org/?mlat=12.5335&mlon=-7.9499#map=17/12.5/-7.9",
    "https://www.bing.com/maps?cp=12.5335~-7.9499&lvl=17",
    "https://www.bing.com/maps?sp=point.12.5335_-7.9499_apron",
    "https://yandex.com/maps/?ll=-7.9499%2C12.5335&z=17",
    "https://earth.google.com/web/@12.5335,-7.9499,380a,1000d",
    "https://maps.apple.com/?ll=12.5335,-7.9499",
]


@pytest.mark.parametrize(("text", "place"), LETTERS)
def test_letters_say_which_is_which(text: str, place: tuple[float, float]) -> None:
    assert read_coordinates(text) == pytest.approx(place, abs=1e-9)
    assert parse_lonlat(text) == pytest.approx(place, abs=1e-9)


@pytest.mark.parametrize("text", LINKS)
def test_links_to_maps_and_geo_uris_are_read_in_the_order_of_each(text: str) -> None:
    assert read_coordinates(text) == DEGREES


def test_the_place_of_a_link_is_not_the_middle_of_what_it_shows() -> None:
    link = "https://www.google.com/maps/place/12%C2%B032'01%22N+7%C2%B057'00%22W/@12.5336,-7.9526,17z"
    assert read_coordinates(link) == pytest.approx(SECONDS)
    assert read_coordinates("https://www.google.com/maps/place/Senou/@12.5336,-7.9526,17z") is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        # Corners by PROJ: EPSG:32629 at 613900, 1385900 and so on; the middle of the square is given.
        ("29PPP1390085900", (-7.951630513, 12.534640938)),
        ("29P PP 13900 85900", (-7.951630513, 12.534640938)),
        ("29ppp139859", (-7.951173146, 12.535086714)),
        ("33XVG7459443593", (13.917290349, 77.865494861)),
    ],
)
def test_mgrs_to_a_hundred_metres_is_the_middle_of_its_square(text: str, place: tuple[float, float]) -> None:
    assert read_coordinates(text) == pytest.approx(place, abs=1e-8)


@given(st.floats(-179.9, 179.9), st.floats(-79.9, 83.9))
def test_mgrs_in_the_ordinary_zones_is_read_to_a_metre(lon: float, lat: float) -> None:
    zone, band = int((lon + 180) // 6) + 1, "CDEFGHJKLMNPQRSTUVWXX"[int((lat + 80) // 8)]
    crs = (32600 if lat >= 0 else 32700) + zone
    east, north = Transformer.from_crs(4326, crs, always_xy=True).transform(lon, lat)
    column = ("ABCDEFGH", "JKLMNPQR", "STUVWXYZ")[(zone - 1) % 3][int(east // 1e5) - 1]
    row = "ABCDEFGHJKLMNPQRSTUV"[(int(north // 1e5) + (5 if zone % 2 == 0 else 0)) % 20]
    text = f"{zone}{band}{column}{row}{int(east % 1e5):05}{int(north % 1e5):05}"
    place = read_coordinates(text)
    assert place is not None
    assert Geod(ellps="WGS84").inv(lon, lat, *place)[2] < 1


@pytest.mark.parametrize(
    "text",
    [
        "12.5335,-7.9499",  # which is the longitude?
        "12°32'01\" 7°57'00\"",
        "12°32'01\"N 7°57'00\"O",  # west in French, east in German
        "12.5N 13.5N",
        "12°75'N 7°W",
        "12.5°30'N 7°W",
        "29PPP1385",  # a square of a kilometre
        "29PPP139008590",
        "29PAP1390085900",  # no such column in zone 29
        "https://goo.gl/maps/abc",
        "https://example.org/@12.5,-7.9,17z",
        "https://maps.google.com/?q=Bamako",
        "https://[",
        "geo:0,0",
        "geo:1,2;crs=moon",
        "",
    ],
)
def test_what_could_be_two_places_or_none_is_not_read(text: str) -> None:
    assert read_coordinates(text) is None


@pytest.mark.parametrize("text", ["12°32'01\" 7°57'00\"", "29PPP1385", "https://goo.gl/maps/abc"])
def test_the_message_says_what_can_be_read(text: str) -> None:
    with pytest.raises(
        UsageError, match=r"degrees with N or S and E or W, MGRS .* or paste the long address"
    ):
        parse_lonlat(text)


@given(st.text(max_size=40) | st.from_regex(r"https://www\.google\.com/maps/.{0,20}"))
def test_whatever_is_pasted_raises_nothing_foreign(text: str) -> None:
    place = read_coordinates(text)
    assert place is None or (abs(place.lon) <= 180 and abs(place.lat) <= 90)
