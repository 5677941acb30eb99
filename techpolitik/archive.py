"""Archives: the same files give the same bytes, whenever they are packed with the same zlib."""

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

#: The earliest moment that a zip file can name; when a file was written is no part of it.
EPOCH = (1980, 1, 1, 0, 0, 0)
#: A plain file that its owner may write and everybody read.
MODE = 0o100644 << 16


def write_zip(content: Iterable[tuple[str, bytes]], target: Path, name: str) -> int:
    """Write files as a zip with one folder in it; the old file or the new one is there, whole.

    Parameters
    ----------
    content
        Paths with what the files hold, in their order.
    target
        The zip file.
    name
        Of the folder in it.

    Returns
    -------
    int
        The size of the archive in bytes.

    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.new")
    with zipfile.ZipFile(part, "w") as archive:
        for path, data in content:
            entry = zipfile.ZipInfo(f"{name}/{path}", EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, MODE
            entry.create_system = 3  # Unix, on Windows too
            # Not the level of the archive, which zipfile ignores for an entry made by hand.
            archive.writestr(entry, data, compresslevel=9)
    part.replace(target)
    return target.stat().st_size


def files_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Give the files of a folder, hidden ones aside, sorted by path."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in inside.parts):
            yield inside.as_posix(), path.read_bytes()
