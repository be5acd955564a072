"""Files as strangers could send them, and how they are read: for the tests of what such a file may not do."""

import pytest
from affine import Affine

from imagery.errors import HardstandError
from imagery.scene import open_scene
from imagery.tiling import Tile

SIDE = 256
TRANSFORM = Affine(0.5, 0, 600000, 0, -0.5, 1390000)
PLACE = (
    f'<VRTDataset rasterXSize="{SIDE}" rasterYSize="{SIDE}"{{0}}><SRS>EPSG:32629</SRS>'
    "<GeoTransform>600000,0.5,0,1390000,0,-0.5</GeoTransform>{1}</VRTDataset>"
)
SECRET = bytes(range(32, 127)) * 1024  # as many bytes as pixels, and more


def simple_vrt(source, relative=0, extra=""):
    return PLACE.format(
        "",
        '<VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
        f'<SourceFilename relativeToVRT="{relative}">{source}</SourceFilename>'
        f"<SourceBand>1</SourceBand></SimpleSource></VRTRasterBand>{extra}",
    )


def raw_vrt(source, relative=0):
    return PLACE.format(
        "",
        '<VRTRasterBand dataType="Byte" band="1" subClass="VRTRawRasterBand">'
        f'<SourceFilename relativeToVRT="{relative}">{source}</SourceFilename><ImageOffset>0</ImageOffset>'
        f"<PixelOffset>1</PixelOffset><LineOffset>{SIDE}</LineOffset></VRTRasterBand>",
    )


def warped_vrt(source):
    return PLACE.format(
        ' subClass="VRTWarpedDataset"',
        '<VRTRasterBand dataType="Byte" band="1" subClass="VRTWarpedRasterBand"/><BlockXSize>128</BlockXSize>'
        '<BlockYSize>128</BlockYSize><GDALWarpOptions><SourceDataset relativeToVRT="0">'
        f"{source}</SourceDataset></GDALWarpOptions>",
    )


def mrf(data, index, source=None):
    """An MRF that fetches its pixels from ``source`` and keeps them in ``data`` when it is read."""
    cached = f"<CachedSource><Source>{source}</Source></CachedSource>" if source else ""
    return (
        f'<MRF_META>{cached}<Raster><Size x="{SIDE}" y="{SIDE}" c="1"/><Compression>NONE</Compression>'
        f'<DataType>Byte</DataType><PageSize x="{SIDE}" y="{SIDE}" c="1"/><DataFile>{data}</DataFile>'
        f'<IndexFile>{index}</IndexFile></Raster><GeoTags><BoundingBox minx="600000" miny="1389872" '
        'maxx="600128" maxy="1390000"/><Projection>EPSG:32629</Projection></GeoTags></MRF_META>'
    )


def ers(data):
    return (
        f'DatasetHeader Begin\n\tVersion = "6.0"\n\tDataFile = "{data}"\n\tDataSetType = ERStorage\n'
        "\tDataType = Raster\n\tByteOrder = LSBFirst\n\tCoordinateSpace Begin\n"
        '\t\tDatum = "WGS84"\n\t\tProjection = "NUTM29"\n\tCoordinateSpace End\n\tRasterInfo Begin\n'
        f"\t\tCellType = Unsigned8BitInteger\n\t\tNrOfLines = {SIDE}\n\t\tNrOfCellsPerLine = {SIDE}\n"
        "\t\tNrOfBands = 1\n\t\tCellInfo Begin\n\t\t\tXdimension = 0.5\n\t\t\tYdimension = 0.5\n"
        "\t\tCellInfo End\n\t\tRegistrationCoord Begin\n\t\t\tEastings = 600000\n\t\t\tNorthings = 1390000\n"
        "\t\tRegistrationCoord End\n\tRasterInfo End\nDatasetHeader End\n"
    )


def read_whole(path, **options):
    with open_scene(path, **options) as scene:
        scene.record()
        scene.read(Tile(0, 0, SIDE, SIDE, SIDE // 4, SIDE // 4))  # from overviews, where there are some
        return scene.read(Tile(0, 0, SIDE, SIDE, SIDE, SIDE)).pixels[..., 0]


def refusal(path, **options):
    with pytest.raises(HardstandError) as error:
        read_whole(path, **options)
    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)
    return str(error.value)


def band_of(vrt):
    return vrt[vrt.index("<VRTRasterBand") : vrt.index("</VRTDataset>")]
