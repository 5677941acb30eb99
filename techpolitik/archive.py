"""One archive of a folder: the same files give the same bytes, whoever packs them and when."""

import zipfile
from pathlib import Path

#: The earliest moment that a zip file can name; when a file was written is no part of it.
EPOCH = (1980, 1, 1, 0, 0, 0)
#: A plain file that its owner may write and everybody read.
MODE = 0o100644 << 16


def write_zip(folder: Path, target: Path, name: str) -> int:
    """Pack all files of a folder, hidden ones aside.

    Parameters: folder, what to pack; target, the zip file; name, the folder in it that holds the
    files. Returns the size of the archive in bytes.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in packed(folder):
            entry = zipfile.ZipInfo(f"{name}/{path.relative_to(folder).as_posix()}", EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, MODE
            entry.create_system = 3  # Unix, on Windows too
            archive.writestr(entry, path.read_bytes())
    part.replace(target)
    return target.stat().st_size


def packed(folder: Path) -> list[Path]:
    """List the files of a folder that belong into an archive, in an order of their own."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
