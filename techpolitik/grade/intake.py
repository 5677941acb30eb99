"""Read a folder or an archive of hand-ins without trusting anything in it.

No name is ever used as a path: what comes out of an archive goes into numbered files of a folder of
our own. Links, devices and names that lead elsewhere are refused, and so is what would fill the
disk. Everything gets an `Item`, so that nothing is lost without a word.
"""

import errno
import lzma
import os
import re
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .course_dir import CourseError
from .submission import MOST_BYTES

MOST_FILES = 20_000
MOST_TOTAL = 5_000_000_000  # bytes, of all files of an archive
MOST_RATIO = 300  # how many times larger a large file may be than in its archive
SMALL = 1_000_000
DEEPEST = 1  # archives in an archive are opened, archives in those are not

SYSTEM = re.compile(
    r"(^|/)(__MACOSX|\.ipynb_checkpoints|\.git)/"
    r"|(^|/)(\._[^/]*|\.DS_Store|Thumbs\.db|desktop\.ini)$"
)
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,  # a method of compression that is not known
    RuntimeError,  # a password
    EOFError,
    OSError,
    ValueError,
)


@dataclass(frozen=True)
class Item:
    """A file that was found: its name for people, and where its content is.

    `status` is "" for a file that may be a hand-in, else "ignored" or "refused", with the reason in
    `remark`; `path` is then None. `changed` is the time of the file, where a folder knows it.
    """

    name: str
    path: Path | None = None
    status: str = ""
    remark: str = ""
    changed: datetime | None = None


def items(source: Path, spool: Path) -> list[Item]:
    """List all files of a folder, an archive or a single file, by name.

    Parameters: source; spool, an empty folder for what is unpacked.
    Raises `CourseError` if there is nothing to read.
    """
    if source.is_dir():
        found = [item for one in folder(source) for item in opened(one, spool)]
    elif not source.is_file():
        raise CourseError(f"There is no file or folder {source}.")
    elif zipfile.is_zipfile(source):
        found = list(archive(source, "", spool))
    elif source.suffix == ".ipynb":
        found = [Item(source.name, source, changed=changed(source))]
    else:
        raise CourseError(
            f"{source} is neither a folder nor a zip archive that can be read. If it is another "
            "kind of archive, unpack it and name the folder; if it is a zip, download it again."
        )
    return sorted(found, key=lambda item: item.name)


# ---------------------------------------------------------------------------- folders


def folder(source: Path) -> Iterator[Item]:
    """Yield the files of a folder and of those in it; no link is followed."""
    for place, folders, names in os.walk(source):
        for name in sorted([*folders, *names]):
            path = Path(place) / name
            shown = plain_name(path.relative_to(source).as_posix())
            kind = path.lstat().st_mode
            if stat.S_ISLNK(kind):
                yield Item(shown, None, "refused", "It is a link; links are not followed.")
            elif stat.S_ISREG(kind) and SYSTEM.search(shown):
                yield Item(shown, None, "ignored", "It belongs to the system or the editor.")
            elif stat.S_ISREG(kind):
                yield Item(shown, path, changed=changed(path))
            elif not stat.S_ISDIR(kind):
                yield Item(shown, None, "refused", "It is a device or a pipe and no file.")


def changed(path: Path) -> datetime:
    """Return when a file was last changed."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(microsecond=0)


def opened(item: Item, spool: Path) -> list[Item]:
    """Return what is in an archive that stands in a folder; any other file as it is."""
    if item.path and item.name.lower().endswith(".zip") and zipfile.is_zipfile(item.path):
        return list(archive(item.path, f"{item.name}!", spool, DEEPEST))
    return [item]


# ---------------------------------------------------------------------------- archives


def archive(source: Path, prefix: str, spool: Path, depth: int = 0) -> Iterator[Item]:
    """Yield the files of a zip archive, unpacked into `spool`.

    Parameters: prefix, what to put before names; depth, of how many archives this is inside.
    """
    try:
        with zipfile.ZipFile(source) as content:
            entries = [entry for entry in content.infolist() if not entry.is_dir()]
            if len(entries) > MOST_FILES:
                raise CourseError(f"{source.name} holds more than {MOST_FILES:,} files.")
            left = MOST_TOTAL
            for entry in entries:
                name = prefix + plain_name(entry_name(entry))
                item, size = unpacked(content, entry, name, spool, left)
                left -= size
                nested = (
                    item.path and name.lower().endswith(".zip") and zipfile.is_zipfile(item.path)
                )
                if nested and depth < DEEPEST:
                    yield from archive(item.path, f"{name}!", spool, depth + 1)
                elif nested:
                    reason = "It is an archive in an archive in an archive; unpack it by hand."
                    yield Item(name, None, "refused", reason)
                else:
                    yield item
    except BROKEN as error:
        full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
        if full or isinstance(error, CourseError):
            raise
        if depth == 0:
            raise CourseError(f"{source} is damaged ({error}): download it again.") from error
        yield Item(prefix.rstrip("!"), None, "refused", f"The archive is damaged ({error}).")


def entry_name(entry: zipfile.ZipInfo) -> str:
    """Return the name of an entry as it was meant, in whatever encoding it was written."""
    name = entry.orig_filename
    if entry.flag_bits & 0x800:  # it says that it is UTF-8
        return name
    raw = name.encode("cp437", "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return name


def unpacked(content, entry, name: str, spool: Path, left: int) -> tuple[Item, int]:
    """Unpack one entry into `spool`, or say why not; return the item and its size.

    Parameters: left, how many bytes all that follow may have.
    """
    reason = refusal(entry, left)
    if reason:
        return Item(name, None, "refused", reason), 0
    if SYSTEM.search(name):
        return Item(name, None, "ignored", "It belongs to the system or the editor."), 0
    try:
        with content.open(entry) as file:
            # What the archive says of the size may be a lie.
            data = file.read(min(MOST_BYTES, left) + 1)
    except BROKEN as error:
        return Item(name, None, "refused", f"It cannot be unpacked ({error})."), 0
    with tempfile.NamedTemporaryFile(dir=spool, delete=False) as copy:
        copy.write(data)
    return Item(name, Path(copy.name)), len(data)


def refusal(entry: zipfile.ZipInfo, left: int) -> str:
    """Say why an entry is not unpacked; "" if it is."""
    name = entry.orig_filename.replace("\\", "/")
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in name.split("/"):
        return "Its name leads out of the archive. Look at it by hand, and ask who made it."
    kind = entry.external_attr >> 16
    if stat.S_IFMT(kind) not in (0, stat.S_IFREG):
        return "It is a link or a device and no file."
    if entry.flag_bits & 1:
        return "It has a password. Ask the student for the file without one."
    if entry.file_size > SMALL and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
        return f"It would unpack to more than {MOST_RATIO} times its size. Ask who made it."
    if left <= 0:
        return f"The archive unpacks to more than {MOST_TOTAL // 10**9} GB; the rest is not read."
    return ""


def plain_name(name: str) -> str:
    """Return a name that can be shown: with / between folders, without what moves the cursor."""
    name = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\\", "/")
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in name)
