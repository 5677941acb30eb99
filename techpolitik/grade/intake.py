"""Read a folder or an archive of submissions without trusting anything in it.

No name is ever used as a path: what comes out of an archive goes into numbered files of a folder of
our own. Links, devices and names that lead elsewhere are refused, and so is what would fill the
disk. Everything gets an `Item`, so that nothing is lost without a word, and nothing in one
student's archive or folder stops the others.
"""

import errno
import lzma
import os
import re
import stat
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .course_dir import CourseError
from .submission import MOST_BYTES

MOST_FILES = 20_000  # of the whole archive
MOST_TOTAL = 5_000_000_000  # bytes, of the whole archive with all that is in it
MOST_INNER_FILES = 2_000  # of an archive in it or in a folder, which is one student's
MOST_INNER_TOTAL = 250_000_000  # bytes, of such an archive
MOST_RATIO = 300  # how many times larger a large file may be than in its archive
SMALL_FILE = 1_000_000
MOST_NESTED = 1  # archives in an archive are opened, archives in those are not

SYSTEM_FILE = re.compile(
    r"(^|/)(__MACOSX|__pycache__|node_modules|site-packages|\.[^/.][^/]*)/"
    r"|(^|/)(\._[^/]*|\.DS_Store|Thumbs\.db|desktop\.ini)$"
)
IGNORED = "It belongs to the system, the editor or an environment."
ARCHIVE_ERRORS = (
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

    `status` is "" for a file that may be a submission, else "ignored" or "refused", with the reason
    in `remark`; `path` is then None. `changed` is the time of the file, where a folder knows it.
    """

    name: str
    path: Path | None = None
    status: str = ""
    remark: str = ""
    changed: datetime | None = None


@dataclass
class Room:
    """How many bytes may still be unpacked, in all and of one student's archive."""

    total: int
    inner: int

    @property
    def left(self) -> int:
        """What the next file may have."""
        return min(self.total, self.inner)

    def take(self, size: int) -> None:
        """Count a file that was unpacked."""
        self.total -= size
        self.inner -= size


def items(source: Path, spool: Path) -> list[Item]:
    """List all files of a folder, an archive or a single file, by name.

    Parameters
    ----------
    source : Path
        The folder, archive or notebook.
    spool : Path
        An empty folder for what is unpacked.

    Raises
    ------
    CourseError
        If there is nothing to read.

    """
    room = Room(MOST_TOTAL, MOST_TOTAL)
    if source.is_dir():
        found = [item for one in in_folder(source) for item in opened(one, spool, room)]
    elif not source.is_file():
        raise CourseError(f"There is no file or folder {source}.")
    elif zipfile.is_zipfile(source):
        found = list(in_archive(source, "", spool, room))
    elif source.suffix == ".ipynb":
        found = [Item(source.name, source, changed=changed(source.stat()))]
    else:
        raise CourseError(
            f"{source} is neither a folder nor a zip archive that can be read. If it is another "
            "kind of archive, unpack it and name the folder; if it is a zip, download it again."
        )
    return sorted(found, key=lambda item: item.name)


# ---------------------------------------------------------------------------- folders


def in_folder(source: Path) -> Iterator[Item]:
    """Yield the files of a folder and of those in it; no link is followed."""
    unreadable = []
    for place, folders, names in os.walk(source, onerror=unreadable.append):
        for name in sorted([*folders, *names]):
            path = Path(place) / name
            shown = printable(path.relative_to(source).as_posix())
            if name in folders and SYSTEM_FILE.search(f"{shown}/"):
                folders.remove(name)  # it is not walked through
                yield Item(f"{shown}/", None, "ignored", IGNORED)
                continue
            try:
                yield from in_place(path, shown)
            except OSError as error:
                yield refused(shown, f"It cannot be looked at ({error.strerror}).")
    for error in unreadable:
        shown = printable(Path(error.filename).relative_to(source).as_posix())
        yield refused(shown, f"The folder cannot be opened ({error.strerror}).")


def in_place(path: Path, shown: str) -> Iterator[Item]:
    """Yield the item of one entry of a folder; none for a folder, which is walked through."""
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode):
        yield refused(shown, "It is a link; links are not followed.")
    elif stat.S_ISREG(found.st_mode) and SYSTEM_FILE.search(shown):
        yield Item(shown, None, "ignored", IGNORED)
    elif stat.S_ISREG(found.st_mode):
        yield Item(shown, path, changed=changed(found))
    elif not stat.S_ISDIR(found.st_mode):
        yield refused(shown, "It is not a file but a device or a pipe.")


def changed(found: os.stat_result) -> datetime:
    """Return when a file was last changed."""
    return datetime.fromtimestamp(found.st_mtime, UTC).replace(microsecond=0)


def refused(name: str, remark: str) -> Item:
    """Return the item of a file that is not read."""
    return Item(name, None, "refused", remark)


def opened(item: Item, spool: Path, room: Room) -> list[Item]:
    """Return what is in an archive that stands in a folder; any other file as it is."""
    if item.path and item.name.lower().endswith(".zip") and zipfile.is_zipfile(item.path):
        return list(inner_archive(item.path, f"{item.name}!", spool, room, MOST_NESTED))
    return [item]


# ---------------------------------------------------------------------------- archives


def in_archive(
    source: Path, prefix: str, spool: Path, room: Room, depth: int = 0
) -> Iterator[Item]:
    """Yield the files of a zip archive, unpacked into `spool`.

    Parameters
    ----------
    source : Path
        The archive.
    prefix : str
        What to put before names.
    spool : Path
        A folder for what is unpacked.
    room : Room
        What may still be unpacked.
    depth : int
        Of how many archives this one is inside.

    """
    most, ignored = MOST_INNER_FILES if depth else MOST_FILES, Counter()
    try:
        with zipfile.ZipFile(source) as content:
            entries = []
            for entry in content.infolist():
                name = printable(entry_name(entry))
                system = SYSTEM_FILE.search(name)
                if system:
                    ignored[name[: system.end()]] += 1
                elif not entry.is_dir():
                    entries.append((prefix + name, entry))
            if len(entries) > most:
                raise CourseError(f"The archive holds more than {most:,} files.")
            for name, number in ignored.items():
                files = f" {number:,} files are in it." if number > 1 else ""
                yield Item(prefix + name, None, "ignored", IGNORED + files)
            for name, entry in entries:
                item = unpacked(content, entry, name, spool, room)
                nested = item.path and name.lower().endswith(".zip")
                if nested and zipfile.is_zipfile(item.path):
                    yield from inner_archive(item.path, f"{name}!", spool, room, depth + 1)
                else:
                    yield item
    except (CourseError, *ARCHIVE_ERRORS) as error:
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
            raise
        damaged = "" if isinstance(error, CourseError) else f"The archive is damaged ({error})."
        if depth == 0:
            again = f"{damaged} Download it again." if damaged else error
            raise CourseError(f"{source}: {again}") from error
        yield refused(prefix.rstrip("!"), damaged or f"{error} Ask the student for the notebook.")


def inner_archive(source: Path, prefix: str, spool: Path, room: Room, depth: int) -> Iterator[Item]:
    """Yield the files of an archive that one student has made."""
    if depth > MOST_NESTED:
        reason = "It is an archive in an archive in an archive; unpack it by hand."
        yield refused(prefix.rstrip("!"), reason)
        return
    room.inner = MOST_INNER_TOTAL
    yield from in_archive(source, prefix, spool, room, depth)
    room.inner = MOST_TOTAL


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


def unpacked(content, entry: zipfile.ZipInfo, name: str, spool: Path, room: Room) -> Item:
    """Unpack one entry into `spool`, or say why not."""
    reason = refusal(entry, room)
    if reason:
        return refused(name, reason)
    try:
        with content.open(entry) as file:
            # What the archive says of the size may be a lie.
            data = file.read(min(MOST_BYTES, room.left) + 1)
    except ARCHIVE_ERRORS as error:
        return refused(name, f"It cannot be unpacked ({error}).")
    room.take(len(data))
    with tempfile.NamedTemporaryFile(dir=spool, delete=False) as copy:
        copy.write(data)
    return Item(name, Path(copy.name))


def refusal(entry: zipfile.ZipInfo, room: Room) -> str:
    """Say why an entry is not unpacked; "" if it is."""
    name = entry.orig_filename.replace("\\", "/")
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in name.split("/"):
        return "Its name leads out of the archive. Look at it by hand, and ask who made it."
    kind = entry.external_attr >> 16
    if stat.S_IFMT(kind) not in (0, stat.S_IFREG):
        return "It is not a file but a link or a device."
    if entry.flag_bits & 1:
        return "It has a password. Ask the student for the file without one."
    if entry.file_size > SMALL_FILE and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
        return f"It would unpack to more than {MOST_RATIO} times its size. Ask who made it."
    if room.total <= 0:
        return f"The archive unpacks to more than {MOST_TOTAL // 10**6:,} MB; the rest is not read."
    if room.inner <= 0:
        most = MOST_INNER_TOTAL // 10**6
        return f"The student's archive unpacks to more than {most:,} MB; the rest is not read."
    return ""


def printable(name: str) -> str:
    """Return a name that can be shown: with / between folders, without what moves the cursor."""
    name = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\\", "/")
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in name)
