"""Valid files of every kind that strangers send, small, made here: what mutation begins with."""

from __future__ import annotations

import json
import tempfile
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import rasterio
import rasterio.shutil
import shapely
from affine import Affine
from rasterio.control import GroundControlPoint
from rasterio.errors import NotGeoreferencedWarning
from rasterio.rpc import RPC
from rasterio.vrt import WarpedVRT

from annotate.bundle.bundle import write_bundle
from annotate.exports.export import export
from annotate.labelstudio.division import review_tasks
from annotate.labelstudio.tasks import ReviewTask
from annotate.log.identity import make_identity
from annotate.log.store import Log, open_log
from detect.box import Extent, OrientedBox
from detect.candidate import CandidatesFile, measured_candidate, to_geojson
from detect.detector import DetectorInfo
from detect.verifier.held_out import HeldOutFigures, Quality
from detect.verifier.pose_features import COUNT
from detect.verifier.regression import Regression
from detect.verifier.sensors import Line, Lines, Sensor, SensorLine
from detect.verifier.verifier import LearnedFrom, Verifier
from detect.verifier.verifier_file import write_verifier
from imagery.grid import PixelPoint
from imagery.scene import open_scene

Delivery = dict[str, bytes]  # by name: the file that is opened first, then what lies beside it
SIDE = 64
PROFILE: dict[str, Any] = {"width": SIDE, "height": SIDE, "count": 3, "dtype": "uint8"}
TRANSFORM = Affine(0.5, 0, 600_000, 0, -0.5, 1_390_000)
PLACED: dict[str, Any] = {"crs": "EPSG:32629", "transform": TRANSFORM}
NOW = "2026-01-02T03:04:05.678901Z"
POLYGON = shapely.box(-8.0795, 12.57, -8.0785, 12.5725)  # over the scene


def scenes() -> Iterator[Delivery]:
    """Yield an image in every format and with every kind of georeference."""
    one, lat, lon = ([float(place == wanted) for place in range(20)] for wanted in (0, 2, 1))
    middle = {"line_off": 32.0, "line_scale": 32.0, "samp_off": 32.0, "samp_scale": 32.0}
    ground = {"lat_off": 12.0, "lat_scale": 0.01, "long_off": -8.0, "long_scale": 0.01}
    ratios = {"line_num_coeff": lat, "line_den_coeff": one, "samp_num_coeff": lon, "samp_den_coeff": one}
    rpc = RPC(height_off=300.0, height_scale=100.0, **middle, **ground, **ratios)
    corners = ((0, 0, -8, 12), (0, SIDE, -7.9997, 12), (SIDE, 0, -8, 11.9997), (SIDE, SIDE, -7.9997, 11.9997))
    points = [GroundControlPoint(*corner) for corner in corners]
    tiled = {"tiled": True, "blockxsize": 16, "blockysize": 16}
    yield _image("a.tif", **PLACED)
    yield _image("a.tif", **PLACED, **tiled, compress="deflate", predictor=2)
    yield _image("a.tif", **PLACED, compress="jpeg", photometric="ycbcr")
    yield _image("a.tif", **PLACED, compress="lzw", dtype="uint16", nodata=0, count=4)
    yield _image("a.tif", **PLACED, dtype="float32", nodata=np.nan, count=1, bigtiff="yes")
    yield _image("a.tif", count=1, gcps=points, crs="EPSG:4326")
    yield _image("a.tif", count=1, rpcs=rpc)
    yield _image("a.tif", crs="EPSG:4326", transform=Affine(1e-5, 2e-6, -8, 1e-6, -1e-5, 12))
    yield from _other_formats()
    yield from _naming_formats()
    for name, metadata in _metadata_files():
        yield _image(name, **PLACED) | metadata
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(f"{folder}/a.zip", "w") as archive:
        archive.writestr("a.tif", _image("a.tif", **PLACED)["a.tif"])
        archive.close()
        yield {"a.zip": Path(folder, "a.zip").read_bytes()}


def _image(name: str, rpcs: RPC | None = None, **options: Any) -> Delivery:
    profile = PROFILE | options
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        path = Path(folder, name)
        with rasterio.open(path, "w", "GTiff", **profile) as file:
            values = np.random.default_rng(0).integers(1, 255, (profile["count"], SIDE, SIDE))
            file.write(values.astype(profile["dtype"]))
            file.update_tags(TIFFTAG_DATETIME="2023:10:27 11:01:02", AREA_OR_POINT="Area")
            file.update_tags(ns="IMAGERY", ACQUISITIONDATETIME="2023-10-27 11:01:02")
            if rpcs:
                file.rpcs = rpcs
        return _files_in(folder, name)


def _other_formats() -> Iterator[Delivery]:
    names = {"PNG": "a.png", "JPEG": "a.jpg", "JP2OpenJPEG": "a.jp2", "HFA": "a.img", "NITF": "a.ntf"}
    names |= {
        "ENVI": "a.dat",
        "ERS": "a.ers",
        "EHdr": "a.bil",
        "WEBP": "a.webp",
        "BMP": "a.bmp",
        "GPKG": "a.gpkg",
    }
    for driver, name in {**names, "GIF": "a.gif"}.items():
        with tempfile.TemporaryDirectory() as folder:
            single = driver in ("GIF", "ERS", "EHdr")
            Path(folder, "source.tif").write_bytes(
                _image("a.tif", **PLACED, **({"count": 1} if single else {}))["a.tif"]
            )
            rasterio.shutil.copy(f"{folder}/source.tif", f"{folder}/{name}", driver=driver)
            Path(folder, "source.tif").unlink()
            if driver in ("PNG", "JPEG", "BMP"):
                Path(folder, name).with_suffix(".wld").write_text("0.5\n0\n0\n-0.5\n600000.25\n1389999.75\n")
                Path(folder, name).with_suffix(".prj").write_text(rasterio.CRS.from_epsg(32629).to_wkt())
            yield _files_in(folder, name)


def _naming_formats() -> Iterator[Delivery]:
    size = f'rasterXSize="{SIDE}" rasterYSize="{SIDE}"'
    place = "<SRS>EPSG:32629</SRS><GeoTransform>600000,0.5,0,1390000,0,-0.5</GeoTransform>"
    source = '<SourceFilename relativeToVRT="1">{}</SourceFilename><SourceBand>1</SourceBand>'
    band = '<VRTRasterBand dataType="Byte" band="1"{}>{}</VRTRasterBand>'
    simple = (
        f"<SimpleSource>{source}<SrcRect xOff='0' yOff='0' xSize='{SIDE}' ySize='{SIDE}'/></SimpleSource>"
    )
    raw = f"{source.partition('<SourceBand>')[0]}<ImageOffset>8</ImageOffset><PixelOffset>1</PixelOffset>"
    raw = f"{raw}<LineOffset>{SIDE}</LineOffset>"
    mosaic = f"<VRTDataset {size}>{place}{band.format('', simple)}</VRTDataset>"
    pixels = _image("tiles/b.tif".rpartition("/")[2], **PLACED)
    raw_band = band.format(' subClass="VRTRawRasterBand"', raw.format("b.tif"))
    yield {"a.vrt": mosaic.format("b.tif").encode(), **pixels}
    yield {"a.vrt": mosaic.format("c.vrt").encode(), "c.vrt": mosaic.format("b.tif").encode(), **pixels}
    yield {"a.vrt": f"<VRTDataset {size}>{place}{raw_band}</VRTDataset>".encode(), **pixels}
    yield _warped(pixels)
    dimap = (
        "<Dimap_Document><Metadata_Id><METADATA_FORMAT version='1.1'>DIMAP</METADATA_FORMAT></Metadata_Id>"
        f"<Raster_Dimensions><NCOLS>{SIDE}</NCOLS><NROWS>{SIDE}</NROWS><NBANDS>3</NBANDS></Raster_Dimensions>"
        "<Data_Access><Data_File><DATA_FILE_PATH href='b.tif'/></Data_File></Data_Access></Dimap_Document>"
    )
    yield {"DIM_a.XML": dimap.encode(), **pixels}
    tags = "<Metadata><MDI key='AREA_OR_POINT'>Point</MDI></Metadata>"
    aux = f"<PAMDataset>{tags}<SRS>EPSG:32629</SRS></PAMDataset>"
    yield {**_image("a.tif", **PLACED), "a.tif.aux.xml": aux.encode(), "a.tif.ovr": pixels["b.tif"]}


def _warped(pixels: Delivery) -> Delivery:
    with tempfile.TemporaryDirectory() as folder:
        (name,) = pixels
        Path(folder, name).write_bytes(pixels[name])
        with rasterio.open(f"{folder}/{name}") as source, WarpedVRT(source, crs="EPSG:4326") as warped:
            rasterio.shutil.copy(warped, f"{folder}/a.vrt", driver="VRT")
        return _files_in(folder, "a.vrt")


def _metadata_files() -> Iterator[tuple[str, Delivery]]:
    """Yield names of images, with the metadata files of their providers."""
    dimap = (
        "<Dimap_Document><Dataset_Sources><Source_Identification><SOURCE_ID>DS_PHR1A_1</SOURCE_ID><Strip_Source>"
        "<MISSION>PHR</MISSION><MISSION_INDEX>1A</MISSION_INDEX><IMAGING_DATE>2023-10-27</IMAGING_DATE>"
        "<IMAGING_TIME>11:01:02.5Z</IMAGING_TIME></Strip_Source></Source_Identification></Dataset_Sources>"
        "<Geometric_Data><Use_Area><Located_Geometric_Values><LOCATION_TYPE>Center</LOCATION_TYPE>"
        "<Acquisition_Angles><VIEWING_ANGLE>12.5</VIEWING_ANGLE></Acquisition_Angles>"
        "</Located_Geometric_Values></Use_Area></Geometric_Data><Quality_Assessment><Imaging_Quality_Measurement>"
        "<MEASURE_NAME>Cloud_Cotation (CLD)</MEASURE_NAME><Quality_Mask><Component>"
        "<COMPONENT_PATH href='CLD_PHR1A_P_MSK.GML'/></Component></Quality_Mask>"
        "</Imaging_Quality_Measurement></Quality_Assessment></Dimap_Document>"
    )
    clouds = (
        "<Mask xmlns:gml='http://www.opengis.net/gml'><gml:Polygon srsName='urn:ogc:def:crs:EPSG::32629'>"
        "<gml:exterior><gml:LinearRing><gml:posList>600002 1389980 600020 1389980 600020 1389998 "
        "600002 1389980</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></Mask>"
    )
    udm2 = _image("20231027_110102_1_3B_udm2.tif", **PLACED, count=8)
    imd = (
        'version = "28.3";\nBEGIN_GROUP = IMAGE_1\n\tsatId = "WV03";\n\tCatId = "104001";\n'
        "\tfirstLineTime = 2023-10-27T11:01:02.500000Z;\n\tmeanOffNadirViewAngle = 12.5;\n"
        "END_GROUP = IMAGE_1\nEND;\n"
    )
    xml = (
        "<isd><IMD><IMAGE><SATID>WV03</SATID><CATID>104001</CATID><FIRSTLINETIME>2023-10-27T11:01:02.5Z"
        "</FIRSTLINETIME><MEANOFFNADIRVIEWANGLE>12.5</MEANOFFNADIRVIEWANGLE></IMAGE></IMD></isd>"
    )
    planet = {
        "acquired": "2023-10-27T11:01:02Z",
        "item_type": "PSScene",
        "provider": "planetscope",
        "view_angle": 3,
    }
    listed = json.dumps({"id": "20231027_110102_1", "properties": planet})
    yield (
        "IMG_PHR1A_P_R1C1.TIF",
        {
            "DIM_PHR1A_P.XML": dimap.encode(),
            "CLD_PHR1A_P_MSK.GML": clouds.encode(),
        },
    )
    yield "a.tif", {"a.IMD": imd.encode(), "a.XML": xml.encode()}
    yield (
        "20231027_110102_1_3B_Visual.tif",
        {
            "20231027_110102_1_metadata.json": listed.encode(),
            **udm2,
        },
    )


def _files_in(folder: str, first: str) -> Delivery:
    names = sorted((path.name for path in Path(folder).iterdir()), key=lambda name: (name != first, name))
    return {name: Path(folder, name).read_bytes() for name in names}


def plain_images() -> Iterator[Delivery]:
    """Yield an image without a place in each of the formats that can be georeferenced."""
    for driver, name in {
        "GTiff": "a.tif",
        "PNG": "a.png",
        "JPEG": "a.jpg",
        "BMP": "a.bmp",
        "WEBP": "a.webp",
    }.items():
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "source.tif").write_bytes(_image("a.tif")["a.tif"])
            rasterio.shutil.copy(f"{folder}/source.tif", f"{folder}/{name}", driver=driver)
            Path(folder, "source.tif").unlink()
            yield _files_in(folder, name)


def stac_items() -> Iterator[Delivery]:
    """Yield a STAC item beside its asset."""
    yield {"item.json": json.dumps(_item()).encode(), **_image("a.tif", **PLACED)}


def catalogues() -> Iterator[Delivery]:
    """Yield a static catalogue with a collection of an item, and a file of items."""
    image = _image("a.tif", **PLACED)
    outline = {"type": "Polygon", "coordinates": [[[-9, 12], [-7, 12], [-7, 14], [-9, 14], [-9, 12]]]}
    item = {**_item(), "geometry": outline, "bbox": [-9, 12, -7, 14]}
    node: dict[str, Any] = {"stac_version": "1.0.0", "description": "a", "license": "CC-BY-4.0"}
    times = {"interval": [["2023-01-01T00:00:00Z", None]]}
    extent = {"spatial": {"bbox": [[-9, 12, -7, 14]]}, "temporal": times}
    collection = {**node, "type": "Collection", "id": "b", "extent": extent}
    collection |= {"links": [{"rel": "item", "href": "./item.json"}]}
    root = {**node, "type": "Catalog", "id": "c", "links": [{"rel": "child", "href": "b.json"}]}
    files: dict[str, dict[str, Any]] = {"catalog.json": root, "b.json": collection, "item.json": item}
    yield {**{name: json.dumps(content).encode() for name, content in files.items()}, **image}
    items = {"type": "FeatureCollection", "features": [item, {**item, "id": "d"}]}
    yield {"items.geojson": json.dumps(items).encode(), **image}


def _item() -> dict[str, Any]:
    assets = {
        "visual": {"href": "a.tif", "type": "image/tiff; application=geotiff", "roles": ["visual"]},
        "thumbnail": {"href": "./t.png", "type": "image/png", "roles": ["thumbnail"]},
    }
    properties = {"datetime": "2023-10-27T11:01:02Z", "platform": "PHR1A", "view:off_nadir": 12.5}
    item: dict[str, Any] = {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": "a",
        "geometry": None,
        "links": [],
    }
    return {**item, "properties": properties, "assets": assets, "stac_extensions": []}


def candidates() -> CandidatesFile:
    """Return three candidates of a scene, in an area of interest."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.tif")
        path.write_bytes(_image("a.tif", **PLACED)["a.tif"])
        with open_scene(
            path, acquired="2023-10-27", licence="CC-BY-4.0", source_url="https://example.org/a"
        ) as scene:
            record = scene.record()
    detector = DetectorInfo("contour", "1", {"min_score": 0.5, "weights_licence": "MIT"})
    boxes = [OrientedBox(PixelPoint(20.0 * n, 15.0 * n), 30.0, 28.0, 45.5 * n) for n in (1, 2, 3)]
    found = tuple(
        measured_candidate(
            record.grid,
            box,
            Extent(box.center.col - 9, box.center.row - 9, box.center.col + 9, box.center.row + 9),
            scene=record,
            detector=detector,
            score=0.75,
            heading_sure=True,
            airfield="GABS",
        )
        for box in boxes
    )
    return CandidatesFile(record, detector, found, shapely.MultiPolygon([POLYGON]), doubts=("a doubt",))


def previewed_candidates() -> Iterator[Delivery]:
    """Yield a candidates file with its scene."""
    yield {**next(candidates_files()), **_image("a.tif", **PLACED)}


def candidates_files() -> Iterator[Delivery]:
    """Yield a candidates file."""
    yield {"c.geojson": json.dumps(to_geojson(candidates())).encode()}


def verifier_files() -> Iterator[Delivery]:
    """Yield what `hardstand learn` writes, with coefficients of one size."""
    quality = Quality(0.9, 0.2, 0.05)
    numbers = np.full(COUNT, 0.5)
    sensor = SensorLine(Sensor("PLEIADES", 0.5), Line(1.1, 0.2), 40)
    verifier = Verifier(
        DetectorInfo("contour", "1", {"min_score": 0.5}),
        0.02,
        Regression(numbers, numbers, numbers, 0.5),
        Lines(Line(), (sensor,)),
        LearnedFrom(("ab" * 32,), 0, ("CC-BY-4.0",), 1),
        HeldOutFigures(3, 40, 60, quality, quality, (0.01, 0.02), 0.03),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.json")
        write_verifier(verifier, path)
        yield {"model.json": path.read_bytes()}


def control_points() -> Iterator[Delivery]:
    """Yield an image without a place, with control points as CSV and as QGIS writes them."""
    places = [(0, 0, -8.0, 12.0), (64, 1, -7.9997, 12.0), (1, 64, -8.0, 11.9997), (63, 62, -7.9997, 11.9997)]
    shot = _image("shot.png")["shot.png"]
    rows = "".join(f"{col},{row},{lon},{lat}\n" for col, row, lon, lat in places)
    yield {"gcp.csv": f"col,row,lon,lat\n{rows}".encode(), "shot.tif": shot}
    rows = "".join(f"{lon},{lat},{col},{-row},1\n" for col, row, lon, lat in places)
    yield {
        "gcp.points": f"#CRS: EPSG:4326\nmapX,mapY,sourceX,sourceY,enable\n{rows}".encode(),
        "shot.tif": shot,
    }


def areas() -> Iterator[Delivery]:
    """Yield an area of interest in every format."""
    formats = {"a.geojson": "GeoJSON", "a.gpkg": "GPKG", "a.kml": "KML", "a.shp": "ESRI Shapefile"}
    formats |= {
        "a.fgb": "FlatGeobuf",
        "a.gdb.dxf": "DXF",
        "a.geojsons": "GeoJSONSeq",
        "a.tab": "MapInfo File",
    }
    for name, driver in formats.items():
        with tempfile.TemporaryDirectory() as folder:
            fields: dict[str, Any] = {"field_data": [], "fields": [], "geometry_type": "Polygon"}
            geometry = np.array([shapely.to_wkb(POLYGON)], dtype=object)
            if driver == "DXF":
                fields["geometry_type"] = "LineString"
                geometry = np.array([shapely.to_wkb(POLYGON.exterior)], dtype=object)
            pyogrio.raw.write(f"{folder}/{name}", geometry, driver=driver, crs="EPSG:4326", **fields)
            yield _files_in(folder, name)
    wkt = shapely.to_wkt(POLYGON)
    yield {"a.csv": f'WKT,name\n"{wkt}",a\n'.encode()}
    ring = [list(point) for point in POLYGON.exterior.coords]
    arcs = {"type": "Polygon", "arcs": [[0]]}
    yield {"a.topojson": json.dumps({"type": "Topology", "objects": {"a": arcs}, "arcs": [ring]}).encode()}


def known_aircraft() -> Iterator[Delivery]:
    """Yield a truth file of every kind."""
    coco = {
        "images": [{"id": 1, "file_name": "images/a.tif", "width": SIDE, "height": SIDE}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 20, 30], "iscrowd": 0}],
        "categories": [{"id": 1, "name": "airplane"}],
    }
    yield {"t.json": json.dumps(coco).encode()}
    yield {"t.csv": b'id,image_id,geometry,class\n1,a.tif,"[(1, 2), (1, 20), (30, 20)]",Airplane\n',
           "airports.csv": b"image_id,airport\na.tif,GABS\n"}  # fmt: skip
    marks = "image_id,site,nose_col,nose_row,tail_col,tail_row,left_col,left_row,right_col,right_row"
    yield {"t.csv": f"{marks}\na.tif,GABS,1,2,3,4,5,6,7,8\n".encode()}
    members = {"center_px": [9, 9], "length_px": 9, "width_px": 8, "angle_deg": 7, "bbox_px": [1, 2, 20, 30]}
    shapes: Iterable[tuple[str, dict[str, Any]]] = (("Point", {}), ("Polygon", members))
    for kind, properties in shapes:
        coordinates: Any = [-8.0, 12.0] if kind == "Point" else [[[-8, 12], [-7, 12], [-7, 13], [-8, 12]]]
        feature = {
            "type": "Feature",
            "geometry": {"type": kind, "coordinates": coordinates},
            "properties": properties,
        }
        yield {"a.geojson": json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()}


def review_task() -> tuple[ReviewTask, dict[str, Any]]:
    """Return a task, and what the server lists of it when two analysts have answered."""
    (task, *_) = review_tasks(candidates())
    data = task.to_json("/data/upload/1/a.jpg", "/data/upload/1/b.jpg")
    regions = data["predictions"][0]["result"]
    turned = [{**regions[0], "value": {**regions[0]["value"], "rotation": 12.0}}, *regions[1:]]
    shared = {"type": "choices", "to_name": "image", "id": regions[0]["id"]}
    said = [
        {**shared, "from_name": "likelihood", "value": {"choices": ["likely"]}},
        {**shared, "from_name": "type", "type": "taxonomy", "value": {"taxonomy": [["Transport", "C130"]]}},
        {**shared, "from_name": "note", "type": "textarea", "value": {"text": ["by the tail", "a note"]}},
        {**shared, "from_name": "nose", "value": {"choices": ["right"]}},
    ]
    written = {
        "created_at": NOW,
        "updated_at": NOW,
        "was_cancelled": False,
        "lead_time": 12.5,
        "parent_prediction": 1,
    }
    answers = [
        {"id": 1, "completed_by": 1, "result": [*regions, *said], **written},
        {"id": 2, "completed_by": 2, "result": turned, **written},
    ]
    return task, {"id": 7, "data": data["data"], "updated_at": NOW, "annotations": answers}


def server_answers() -> Iterator[Delivery]:
    """Yield what a server lists, and the state that a pull left."""
    _, listed = review_task()
    state = {
        "version": 1,
        "cursor": NOW,
        "clocks_s": 0.0,
        "rules": [1],
        "anchor": ["0123456789abcdef", "0" * 64],
        "analysts": {"1": "ana@example.org"},
        "tasks": {"7": {"updated": "", "scene": "ab", "candidates": 1, "reviewed": True,
                        "stated": {f"1 {NOW}": ["r"]}, "left_out": None}},
        "scenes": {"ab": {"task": 7, "review": {"kind": "scene"}}},
    }  # fmt: skip
    yield {
        "tasks.json": json.dumps([listed, {**listed, "id": 8}]).encode(),
        "state.json": json.dumps(state).encode(),
    }


def fill(log: Log) -> None:
    """Add an entry of every kind to a log."""
    from annotate.intake.statements import reported_sighting, stated_movement
    from annotate.labelstudio.pull_state import TaskState
    from annotate.labelstudio.task_reading import read_task

    _, listed = review_task()
    reading = read_task(listed, TaskState(), project="Bamako", analysts={1: "ana", 2: "ben"})
    log.record(reading.verdicts)
    if reading.review:
        log.review([reading.review])
    who: dict[str, Any] = {"analyst": "ana", "source": "a photograph", "source_url": "https://example.org/b"}
    reported = log.add(reported_sighting(when="2023-10", airfield="GABS", type="C130", grade="B2", **who))
    movement = stated_movement(["GABS", "GAGO"], since="2023-10-26", until="2023-10-27", type="C130", **who)
    log.add_movement(movement)
    log.amend(reported.id, {"tail_number": "TZ-1"}, because="seen again", analyst="ben")


def logs() -> Iterator[Delivery]:
    """Yield a log as its database, and as the payloads of its entries."""
    with tempfile.TemporaryDirectory() as folder:
        with open_log(f"{folder}/log.db", create=True) as log:
            fill(log)
            entries = [json.loads(entry.payload) for entry in log.entries()]
        yield {"payloads.json": json.dumps(entries).encode()}
        yield {"log.db": Path(folder, "log.db").read_bytes()}


def exports() -> Iterator[Delivery]:
    """Yield a log's exports, to be imported."""
    with tempfile.TemporaryDirectory() as folder, open_log(f"{folder}/log.db", create=True) as log:
        fill(log)
        for name in ("a.csv", "a.geojson"):
            export(log, f"{folder}/{name}")
            yield {name: Path(folder, name).read_bytes()}
        yield {"a-movements.csv": Path(folder, "a-movements.csv").read_bytes()}


def bundles() -> Iterator[Delivery]:
    """Yield a bundle, and its entries alone."""
    with tempfile.TemporaryDirectory() as folder:
        identity = make_identity(Path(folder, "identity.json"), "ana", None)
        with open_log(f"{folder}/log.db", create=True, identity=identity) as log:
            fill(log)
            log.covered()
            write_bundle(log, f"{folder}/a.zip")
        yield {"a.zip": Path(folder, "a.zip").read_bytes()}
        with zipfile.ZipFile(f"{folder}/a.zip") as archive:
            yield {"entries.jsonl": archive.read("a/data/entries.jsonl")}


def networks() -> Iterator[Delivery]:
    """Yield a network of one convolution, as an ONNX file, with its settings."""
    settings = 'licence = "MIT"\nlayout = "hardstand"\ninput_px = 320\ngsd_m = 0.5\n'
    settings += 'channels = "rgb"\nmean = [0, 0, 0]\n'
    yield {"own.onnx": _convolution(channels=11, stride=4), "own.toml": settings.encode()}


def _convolution(channels: int, stride: int) -> bytes:
    """Return an ONNX file (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto)."""
    kernel = stride
    weights = np.random.default_rng(0).normal(0, 0.1, (channels, 3, kernel, kernel)).astype("<f4")
    dims = b"".join(_field(1, size) for size in weights.shape)
    tensor = dims + _field(2, 1) + _field(8, b"w") + _field(9, weights.tobytes())
    attributes = b"".join(
        _field(5, _field(1, name) + b"".join(_field(8, size) for size in (kernel, kernel)) + _field(20, 7))
        for name in (b"kernel_shape", b"strides")
    )
    node = _field(1, b"x") + _field(1, b"w") + _field(2, b"y") + _field(4, b"Conv") + attributes
    ports = [_field(number, _port(name)) for number, name in ((11, b"x"), (12, b"y"))]
    graph = _field(1, node) + _field(2, b"g") + _field(5, tensor) + b"".join(ports)
    return _field(1, 8) + _field(7, graph) + _field(8, _field(1, b"") + _field(2, 13))


def _port(name: bytes) -> bytes:
    shape = b"".join(_field(1, _field(2, side)) for side in (b"n", b"c", b"h", b"w"))
    return _field(1, name) + _field(2, _field(1, _field(1, 1) + _field(2, shape)))


def _field(number: int, value: int | bytes) -> bytes:
    """Return a field of a protocol buffer (https://protobuf.dev/programming-guides/encoding)."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])
