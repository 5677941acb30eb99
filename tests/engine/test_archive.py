"""Archives: the same bytes again, and as small as promised."""

import zipfile
import zlib

from checkout import ROOT

from techpolitik.archive import files_of, write_zip

CONTENT = {"table.csv": (ROOT / "data" / "rare_earth_mines.csv").read_bytes() * 9}


def deflated(data: bytes, level: int) -> int:
    """Give the size that zlib makes of data at a level."""
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return len(packer.compress(data) + packer.flush())


def test_files_are_packed_as_tightly_as_zlib_can(tmp_path):
    write_zip(CONTENT.items(), tmp_path / "a.zip", "course")
    data = CONTENT["table.csv"]
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        size = archive.getinfo("course/table.csv").compress_size
    assert size == deflated(data, 9) < deflated(data, 6)


def test_the_same_files_give_the_same_bytes_at_another_time(tmp_path):
    packed = []
    for name in ("one", "other"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / ".hidden").touch()
        (folder / "table.csv").write_bytes(CONTENT["table.csv"])
        write_zip(files_of(folder), tmp_path / f"{name}.zip", "course")
        packed.append((tmp_path / f"{name}.zip").read_bytes())
    assert packed[0] == packed[1] and b".hidden" not in packed[0]
