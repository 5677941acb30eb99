"""Archives: the same files give the same bytes, whoever packs them and when."""

import hashlib
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
    content : iterable of (str, bytes)
        Paths in the folder with what the files hold, in their order.
    target : Path
        The zip file.
    name : str
        Name of the folder in it.

    Returns
    -------
    int
        Size of the archive in bytes.

    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.new")
    with zipfile.ZipFile(part, "w") as archive:
        for path, data in content:
            entry = zipfile.ZipInfo(f"{name}/{path}", EPOCH)
            entry.external_attr, entry.create_system = MODE, 3  # Unix, on Windows too
            # Not the level of the archive, which zipfile ignores for an entry made by hand.
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED, compresslevel=9)
    part.replace(target)
    return target.stat().st_size


def files_of(folder: Path, parts: Iterable[str] = ("",)) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a folder with what they hold, sorted within each part.

    Parameters
    ----------
    folder : Path
        The folder.
    parts : iterable of str, default all
        Files and folders in it to take, those that are there.

    Yields
    ------
    (str, bytes)
        Path from the folder, and content. Hidden files and compiled code are left out.

    """
    for part in parts:
        for path in sorted([folder / part, *(folder / part).rglob("*")]):
            inside = path.relative_to(folder)
            unwanted = any(name.startswith(".") or name == "__pycache__" for name in inside.parts)
            if path.is_file() and not unwanted:
                yield inside.as_posix(), path.read_bytes()


def digest(content: Iterable[tuple[str, bytes]]) -> str:
    """Name files by their paths and what they hold, in 16 hexadecimal digits."""
    found = hashlib.sha256()
    for path, data in content:
        found.update(f"{path} {len(data)}\n".encode() + data)
    return found.hexdigest()[:16]
