"""Collecting: every file gets a line, nothing is lost or overwritten, nothing hostile gets out."""

import csv
import errno
import io
import json
import os
import shutil
import stat
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import nbformat
import pytest
from classroom import archive, run, small_course

from techpolitik import course
from techpolitik.grade import collect as collecting
from techpolitik.grade import course_dir, intake, naming, roster, submission

NAME = "week-1"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Path:
    """A course folder in which one assignment was released; not to be changed."""
    folder = tmp_path_factory.mktemp("prepared") / "grading"
    with small_course(tmp_path_factory.mktemp("calendar") / "course"):
        assert run("new", "lesson", "weeks", "--title", "Weeks") == 0
        more = ["--only", "student", "--due", "2027-01-31T18:00+00:00", "--course", folder]
        assert run("release", "months", "--assignment", NAME, *more) == 0
        yield folder


@pytest.fixture
def where(prepared, tmp_path) -> Path:
    """A copy of that course folder."""
    return shutil.copytree(prepared, tmp_path / "course")


@pytest.fixture
def assignment(prepared) -> dict:
    return course_dir.assignment(prepared, NAME)


@pytest.fixture(scope="module")
def released(prepared) -> nbformat.NotebookNode:
    return nbformat.read(course_dir.release(prepared, NAME) / f"{NAME}.ipynb", as_version=4)


@pytest.fixture(scope="module")
def answered(released):
    """A function that gives the bytes of a notebook in which one exercise has been answered."""
    text = nbformat.writes(released)

    def give(answer: str = "57.1") -> bytes:
        code = json.dumps(f"long_share = {answer}", ensure_ascii=False)[1:-1]
        return text.replace("long_share = ...", code).encode()

    return give


def folder(path: Path, content: dict) -> Path:
    """Write a folder of files by name."""
    for name, data in content.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def collect(where: Path, source: Path | dict, *more) -> tuple[int, dict[str, dict]]:
    """Run the command; give its code and the report by file, or by student for the missing.

    Files by name are packed as an archive.
    """
    if isinstance(source, dict):
        source = archive(where.with_name("download.zip"), source)
    code = run("collect", NAME, source, "--course", where, *more)
    path = course_dir.reports(where) / f"collect-{NAME}.csv"
    if not path.exists():
        return code, {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return code, {row["file"] or row["student"]: row for row in rows}


def packed(content: dict) -> bytes:
    """Return an archive as bytes, as one student hands it to the course system."""
    file = io.BytesIO()
    archive(file, content)
    return file.getvalue()


def graded(where: Path, student: str) -> str:
    """Give the first answer as it will be graded."""
    path = course_dir.submission(where, NAME, student) / f"{NAME}.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    (source,) = (cell.source for cell in cells if cell.id == "mo-long-share")
    return source.splitlines()[0].removeprefix("long_share = ")


def everything(folder: Path) -> dict[str, bytes]:
    return {p.as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


# --- course systems --------------------------------------------------------------------------


def test_a_download_of_moodle(where, answered, tmp_path):
    one, two = answered("1"), answered("2")
    code, report = collect(
        where,
        {
            "Ana Ilić_5551_assignsubmission_file/week-1.ipynb": one,
            "José Ñandú_5552_assignsubmission_file_/my work/final (2).ipynb": two,
            "O'Neil, Pat_5553_assignsubmission_file_week-1.ipynb": answered("3"),
            "王 伟_5554_assignsubmission_file/week-1.ipynb": answered("4"),
            "Lee Text_5555_assignsubmission_onlinetext/onlinetext.html": b"<p>57</p>",
            "Ana Ilić_5551_assignsubmission_file/notes.pdf": b"%PDF-1.7",
        },
    )
    assert code == 0
    assert graded(where, "ana-ilic") == "1"
    assert graded(where, "jose-nandu") == "2"
    assert graded(where, "o-neil-pat") == "3"
    assert graded(where, "wang-wei") == "4"
    online = report["Lee Text_5555_assignsubmission_onlinetext/onlinetext.html"]
    assert online["status"] == "ignored" and "read it there" in online["remark"]
    assert report["Ana Ilić_5551_assignsubmission_file/notes.pdf"]["status"] == "ignored"
    assert len(report) == 6
    people = course_dir.students(where)
    assert people["wang-wei"]["name"] == "王 伟"
    assert people["ana-ilic"]["moodle_id"] == "5551"
    kept = course_dir.submissions(where, NAME)["ana-ilic"][0]
    assert (
        course_dir.submission(where, NAME, "ana-ilic") / "originals" / kept["file"]
    ).read_bytes() == one
    # The times in such an archive are those of the download: nobody is late by them.
    assert kept["time"] is None and not kept["late"]


def test_a_download_of_canvas(where, answered, tmp_path):
    submitted = {
        "doejane_10_900_week-1.ipynb": answered("1"),
        "doejane_10_901_week-1-1.ipynb": answered("2"),
        "roejohn_LATE_11_902_week-1-2.ipynb": answered("3"),
        "anon_x7k2p_903_week-1.ipynb": answered("4"),
        "poesam_12_text.html": b"<p>57</p>",
    }
    listed = tmp_path / "canvas.csv"
    listed.write_text(
        'Student,ID,SIS User ID,Section\n"    Points Possible",,,\n'
        '"Doe, Jane",10,jd1,A\n"Poe, Sam",12,sp1,A\n',
        "utf-8",
    )
    code, report = collect(where, submitted, "--roster", listed)
    assert code == 0
    assert graded(where, "jd1") == "2"
    assert report["doejane_10_900_week-1.ipynb"]["status"] == "older"
    assert report["roejohn_LATE_11_902_week-1-2.ipynb"]["late"] == "late"
    assert "not on the roster" in report["roejohn_LATE_11_902_week-1-2.ipynb"]["remark"]
    assert graded(where, "roejohn") and graded(where, "anon-x7k2p")
    assert report["sp1"]["status"] == "missing"
    assert [one["late"] for one in course_dir.submissions(where, NAME)["roejohn"]] == [True]


def test_an_exchange_of_nbgrader(where, answered, tmp_path):
    content = {}
    for name, answer in {
        f"ana+{NAME}+2027-01-30 10:00:00.000000 UTC": "1",
        f"ana+{NAME}+2027-01-31 18:30:00.000000 UTC+c2VjcmV0": "2",
        f"bo+x+{NAME}+2027-01-29 10:00:00 UTC": "3",
        "cy+other+2027-01-29 10:00:00 UTC": "4",
    }.items():
        content[f"{name}/{NAME}.ipynb"] = answered(answer)
        content[f"{name}/timestamp.txt"] = b"2027-01-30 10:00:00 UTC"
    code, report = collect(where, folder(tmp_path / "inbound", content))
    assert code == 0
    assert graded(where, "ana") == "2"
    late = report[f"ana+{NAME}+2027-01-31 18:30:00.000000 UTC+c2VjcmV0/{NAME}.ipynb"]
    assert late["late"] == "late"
    stamp = (course_dir.submission(where, NAME, "ana") / "timestamp.txt").read_text("utf-8")
    assert stamp == "2027-01-31 18:30:00.000000 UTC"
    other = report[f"cy+other+2027-01-29 10:00:00 UTC/{NAME}.ipynb"]
    assert other["status"] == "ignored" and "'other'" in other["remark"]
    plus = [s for s in course_dir.submissions(where, NAME) if s.startswith("bo-x-")]
    assert len(plus) == 1 and course_dir.students(where)[plus[0]]["name"] == "bo+x"


def test_a_folder_submitted_by_nbgrader_may_be_that_of_the_course(where, answered):
    data = b"\xef\xbb\xbf" + answered()
    content = {f"{NAME}.ipynb": data, "timestamp.txt": b"2027-02-01 00:00:00.000000 UTC"}
    kept = folder(course_dir.submission(where, NAME, "ana"), content)
    code, report = collect(where, where / "submitted")
    assert code == 0
    assert report[f"ana/{NAME}/{NAME}.ipynb"]["late"] == "late"
    assert "byte-order mark" in report[f"ana/{NAME}/{NAME}.ipynb"]["remark"]
    assert data in everything(kept / "originals").values()
    before = everything(where / "submitted")
    code, report = collect(where, where / "submitted")
    assert report[f"ana/{NAME}/{NAME}.ipynb"]["status"] == "unchanged"
    assert everything(where / "submitted") == before


def test_a_folder_of_notebooks_and_folders_of_students(where, answered, tmp_path):
    content = {
        "ana.ipynb": answered("1"),
        "bo/my notebook.ipynb": answered("2"),
        "cy.zip": packed({"work/week-1.ipynb": answered("3")}),
        "dee.py": b"long_share = 57\n",
        ".DS_Store": b"\0",
    }
    source = folder(tmp_path / "in", content)
    os.utime(source / "ana.ipynb", (1_900_000_000, 1_900_000_000))
    code, report = collect(where, source)
    assert code == 1
    assert [graded(where, s) for s in ("ana", "bo", "cy")] == ["1", "2", "3"]
    assert report["dee.py"]["status"] == "unreadable"
    assert "perhaps a Python script" in report["dee.py"]["remark"]
    assert report[".DS_Store"]["status"] == "ignored"
    assert report["ana.ipynb"]["late"] == "perhaps"
    assert not course_dir.submissions(where, NAME)["ana"][0]["late"]
    assert not (course_dir.submission(where, NAME, "dee") / f"{NAME}.ipynb").exists()


def test_a_packed_folder_is_not_taken_for_a_student(where, answered, tmp_path):
    content = {f"week 1/{student}.ipynb": answered() for student in ("ana", "bo")}
    assert collect(where, content)[0] == 0
    again = {f"all/{student}/{NAME}/{NAME}.ipynb": answered("1") for student in ("ana", "cy")}
    assert collect(where, again)[0] == 0
    assert list(course_dir.submissions(where, NAME)) == ["ana", "bo", "cy"]


# --- versions --------------------------------------------------------------------------------


def test_nothing_is_overwritten_and_the_newest_is_graded(where, answered, tmp_path):
    versions = [answered(answer) for answer in ("1", "2")]
    for data in versions:
        source = folder(tmp_path / "in", {"ana.ipynb": data})
        assert collect(where, source)[0] == 0
    assert graded(where, "ana") == "2"
    kept = course_dir.submission(where, NAME, "ana") / "originals"
    assert sorted(everything(kept).values()) == sorted(versions)
    before = everything(where / "submitted")
    _, report = collect(where, source)
    assert report["ana.ipynb"]["status"] == "unchanged"
    assert everything(where / "submitted") == before
    # A version that cannot be read does not take the place of one that can.
    code, report = collect(where, folder(source, {"ana.ipynb": versions[0][:5000]}))
    assert code == 1 and report["ana.ipynb"]["status"] == "unreadable"
    assert "Another file of this student can be read" in report["ana.ipynb"]["remark"]
    assert graded(where, "ana") == "2"


def test_what_the_teacher_changed_is_kept(where, answered, tmp_path):
    collect(where, {"ana.ipynb": answered("1")})
    path = course_dir.submission(where, NAME, "ana") / f"{NAME}.ipynb"
    mended = answered("1  # mended by the teacher")
    path.write_bytes(mended)
    collect(where, {"ana.ipynb": answered("2")})
    assert mended in everything(path.parent / "originals").values()
    assert graded(where, "ana") == "2"


def test_the_same_submission_of_two_students_is_told(where, released, answered, tmp_path):
    same = nbformat.reads(answered("1").decode(), as_version=4)
    same.cells[-1].metadata["x"] = 1  # the bytes differ, the cells do not
    content = {
        "ana.ipynb": answered("1"),
        "bo.ipynb": nbformat.writes(same).encode(),
        "cy.ipynb": answered("2"),
        "dee.ipynb": nbformat.writes(released).encode(),
        "eve.ipynb": nbformat.writes(released).encode(),
    }
    _, report = collect(where, content)
    assert "submission of bo." in report["ana.ipynb"]["remark"]
    assert "submission of ana." in report["bo.ipynb"]["remark"]
    assert report["cy.ipynb"]["remark"] == ""
    assert report["dee.ipynb"]["remark"] == "No cell was changed since it was released."


# --- who is who ------------------------------------------------------------------------------


def test_two_students_of_one_name_stay_two(where, answered):
    def download(first, second):
        names = [f"Ana Ilić_{n}_assignsubmission_file/w.ipynb" for n in (first, second)]
        return {names[0]: answered("1"), names[1]: answered("2")}

    code, _ = collect(where, download(501, 502))
    assert code == 0
    assert graded(where, "ana-ilic-501") == "1"
    assert graded(where, "ana-ilic-502") == "2"
    # In another assignment Moodle gives other numbers, and who is who cannot be known.
    code, report = collect(where, download(601, 602))
    assert code == 1
    assert {row["status"] for row in report.values() if row["file"]} == {"unclear"}
    row = report["Ana Ilić_602_assignsubmission_file/w.ipynb"]
    assert "Write 602 into moodle_id of the right one" in row["remark"]
    people = course_dir.students(where)
    people["ana-ilic-501"]["moodle_id"] += " 601"
    people["ana-ilic-502"]["moodle_id"] += " 602"
    course_dir.write_students(where, people)
    code, report = collect(where, download(601, 602))
    assert code == 0
    assert report["Ana Ilić_601_assignsubmission_file/w.ipynb"]["student"] == "ana-ilic-501"


def test_a_student_keeps_the_id_from_one_assignment_to_the_next(where, answered, tmp_path):
    for number in (501, 777):
        name = f"Ana Ilić_{number}_assignsubmission_file/w.ipynb"
        collect(where, {name: answered()})
    people = course_dir.students(where)
    assert list(people) == ["ana-ilic"]
    assert people["ana-ilic"]["moodle_id"] == "501 777"


@pytest.mark.parametrize(
    "given", ["a/b", "../x", "..", "con", "ana ilić", "-rf", "x" * 200, "a.", "=1+1", "a\nb", "*"]
)
def test_every_id_is_safe_as_the_name_of_a_folder(given):
    made = roster.safe_id(given)
    assert roster.SAFE_ID.fullmatch(made) and not roster.RESERVED.fullmatch(made)
    assert made != roster.safe_id(given + "x")


def test_an_id_that_is_safe_is_kept():
    for given in ("ana", "s1234567", "a.b-c_d@uni.example", "7"):
        assert roster.safe_id(given) == given


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("email\na@x\n", "lists no student: it needs a column student_id, and has email"),
        ("student_id,name\na,Ana\na,Ana\n", "line 3: 'a' is there twice"),
        ("student_id,name\n,Ana\n", "line 2, has no student_id for 'Ana'"),
        (b"\xff\xfe\0\0\x80", "cannot be read as CSV in UTF-8"),
    ],
)
def test_a_wrong_roster_is_explained(where, tmp_path, capsys, text, message):
    listed = tmp_path / "students.csv"
    listed.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert collect(where, {}, "--roster", listed)[0] == 2
    assert message in capsys.readouterr().err


# --- hostile archives ------------------------------------------------------------------------


def entry(name: str, mode: int = 0o100644) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.external_attr = mode << 16
    return made


def test_names_links_and_devices_cannot_get_out(where, answered, tmp_path):
    good = answered()
    content = {
        entry("../../evil.ipynb"): good,
        entry("/tmp/evil.ipynb"): good,
        entry("..\\..\\evil-2.ipynb"): good,
        entry("C:\\evil.ipynb"): good,
        entry("a/../../evil.ipynb"): good,
        entry("link.ipynb", stat.S_IFLNK | 0o777): b"/etc/passwd",
        entry("device.ipynb", stat.S_IFCHR | 0o666): b"",
        entry("pipe.ipynb", stat.S_IFIFO | 0o666): b"",
        entry("good.ipynb"): good,
    }
    inside, before = everything(where), set(everything(tmp_path))
    code, report = collect(where, content)
    assert code == 1
    refused = [row for row in report.values() if row["status"] == "refused"]
    assert len(refused) == 8 and report["good.ipynb"]["status"] == "collected"
    assert all("by hand" in r["remark"] or "not a file" in r["remark"] for r in refused)
    allowed = ("/submitted/good/", "/reports/", "/students.csv", "/download.zip")
    new = set(everything(tmp_path)) - before
    assert [path for path in new if not any(part in path for part in allowed)] == []
    assert {k: v for k, v in everything(where).items() if k in inside} == inside
    assert not Path("/tmp/evil.ipynb").exists()


def test_links_and_pipes_in_a_folder_are_not_followed(where, answered, tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    (tmp_path / "secret.ipynb").write_bytes(answered())
    (source / "ana.ipynb").symlink_to(tmp_path / "secret.ipynb")
    (source / "bo").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(source / "cy.ipynb")
    code, report = collect(where, source)
    assert code == 1
    statuses = {name: row["status"] for name, row in report.items()}
    assert statuses == dict.fromkeys(["ana.ipynb", "bo", "cy.ipynb"], "refused")
    assert course_dir.submissions(where, NAME) == {}


def test_archive_bombs_are_refused(where, answered, tmp_path, monkeypatch):
    layers = b"PK"
    for _ in range(3):
        layers = packed({"next.zip": layers, "week-1.ipynb": answered()})
    content = {"ana.ipynb": b" " * 30_000_000, "bo.zip": layers, "cy.ipynb": answered()}
    code, report = collect(where, content)
    assert code == 1
    assert report["ana.ipynb"]["status"] == "refused"
    assert "more than 300 times its size" in report["ana.ipynb"]["remark"]
    assert report["bo.zip!week-1.ipynb"]["status"] == "collected"
    assert report["bo.zip!next.zip"]["status"] == "refused"
    assert report["cy.ipynb"]["status"] == "collected"

    monkeypatch.setattr(intake, "MOST_TOTAL", 100_000)
    large = {f"s{n}.ipynb": b"{}" * 40_000 for n in range(4)}
    _, report = collect(where, large)
    assert report["s3.ipynb"]["status"] == "refused"
    monkeypatch.setattr(intake, "MOST_FILES", 3)
    assert collect(where, large)[0] == 2


def test_a_size_that_is_a_lie_does_not_fill_the_memory(where, tmp_path):
    source = archive(tmp_path / "x.zip", {"ana.ipynb": os.urandom(1000) * 40_000})
    data = bytearray(source.read_bytes())
    true_size = (40_000_000).to_bytes(4, "little")
    while (at := data.find(true_size)) >= 0:
        data[at : at + 4] = (1000).to_bytes(4, "little")
    source.write_bytes(data)
    code, report = collect(where, source)
    assert code == 1 and report["ana.ipynb"]["status"] in ("refused", "unreadable")


def test_duplicate_odd_and_foreign_names_each_have_a_line(where, answered, tmp_path):
    source = tmp_path / "x.zip"
    with zipfile.ZipFile(source, "w") as file, pytest.warns(UserWarning, match="Duplicate name"):
        file.writestr("ana.ipynb", answered("1"))
        file.writestr("ana.ipynb", answered("2"))
        file.writestr("esc\x1b[2Jape.ipynb", answered("3"))
        file.writestr("=cmd|' /C calc'!A1.ipynb", answered("4"))
        file.writestr("Mxxller.ipynb", answered("5"))
    # UTF-8 without the mark that says so, as some systems write it.
    source.write_bytes(source.read_bytes().replace(b"Mxxller", "Müller".encode()))
    assert collect(where, source)[0] == 0
    path = course_dir.reports(where) / f"collect-{NAME}.csv"
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    assert len([row for row in rows if row["file"]]) == 5
    found = sorted(row["status"] for row in rows if row["file"] == "ana.ipynb")
    assert found == ["collected", "older"]
    assert not any("\x1b" in value for row in rows for value in row.values())
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())
    names = [row["name"] for row in course_dir.students(where).values()]
    assert "Müller" in names
    assert not any(name.startswith("=") for name in names)


def test_a_password_and_a_damaged_member_are_told(where, answered, tmp_path):
    source = archive(tmp_path / "x.zip", {"ana.ipynb": answered(), "bo.ipynb": answered()})
    data = bytearray(source.read_bytes())
    start = data.find(b"bo.ipynb") + 40
    data[start : start + 50] = bytes(50)
    central = data.rfind(b"PK\x01\x02", 0, data.rfind(b"ana.ipynb"))
    data[central + 8] |= 1
    source.write_bytes(data)
    code, report = collect(where, source)
    assert code == 1
    assert "password" in report["ana.ipynb"]["remark"]
    assert "cannot be unpacked" in report["bo.ipynb"]["remark"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nothing", "There is no file or folder"),
        ("x.rar", "neither a folder nor a zip archive"),
        ("half.zip", "neither a folder nor a zip archive"),
    ],
)
def test_a_source_that_cannot_be_read_is_told(where, answered, tmp_path, capsys, source, message):
    (tmp_path / "x.rar").write_bytes(b"Rar!\x1a\x07")
    whole = archive(tmp_path / "whole.zip", {"ana.ipynb": answered()}).read_bytes()
    (tmp_path / "half.zip").write_bytes(whole[: len(whole) // 2])
    assert collect(where, tmp_path / source)[0] == 2
    assert message in capsys.readouterr().err


def test_an_unknown_assignment_or_course_is_told(where, tmp_path, capsys):
    assert run("collect", "week-2", tmp_path, "--course", where) == 2
    assert "has no assignment 'week-2'; did you mean week-1" in capsys.readouterr().err
    assert run("collect", "week-2", tmp_path, "--course", tmp_path / "no") == 2
    assert "There is no course folder" in capsys.readouterr().err


def test_a_release_that_is_gone_is_told(where, tmp_path, capsys):
    (course_dir.release(where, NAME) / f"{NAME}.ipynb").unlink()
    assert collect(where, tmp_path)[0] == 2
    assert "--assignment week-1 --only student" in capsys.readouterr().err


def test_a_release_that_does_not_fit_is_told(where, answered, tmp_path, capsys):
    path = course_dir.source(where, NAME) / "assignment.json"
    known = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**known, "exercises": ["mo-new"]}), "utf-8")
    assert collect(where, {"ana.ipynb": answered()})[0] == 2
    assert "is older than the assignment's description" in capsys.readouterr().err


def test_the_report_is_printed_with_a_summary(where, answered, tmp_path, capsys):
    listed = tmp_path / "students.csv"
    listed.write_text("student_id,name\nana,Ana\nbo,Bo\n", "utf-8")
    collect(where, {"ana.ipynb": answered()}, "--roster", listed)
    shown = capsys.readouterr().out
    assert "1 collected, 1 missing" in shown
    assert f"collect-{NAME}.csv" in shown


# --- one file --------------------------------------------------------------------------------


def notebook_of(answered, change) -> bytes:
    notebook = json.loads(answered())
    change(notebook)
    return json.dumps(notebook).encode()


def cell_of(notebook: dict, name: str) -> dict:
    return next(cell for cell in notebook["cells"] if cell["id"] == name)


def strip_marks(notebook):
    for cell in notebook["cells"]:
        cell["metadata"] = {}


def strip_all(notebook):
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        del cell["id"]
    notebook["nbformat_minor"] = 4


def same_ids(notebook):
    for cell in notebook["cells"]:
        cell["id"] = "same"


def change_question(notebook):
    cell_of(notebook, "mo-long-count-prompt")["source"] = "Give 42."


def drop_question(notebook):
    notebook["cells"].remove(cell_of(notebook, "mo-long-count-prompt"))


def drop_answer(notebook):
    notebook["cells"].remove(cell_of(notebook, "mo-long-count"))


def drop_both(notebook):
    drop_question(notebook)
    drop_answer(notebook)


def turn_to_text(notebook):
    cell = cell_of(notebook, "mo-reform")
    cell["cell_type"] = "markdown"
    del cell["outputs"], cell["execution_count"]


def twice(notebook):
    cell = cell_of(notebook, "mo-long-share")
    first = {**cell, "source": 'long_share = ...\n\ncheck("mo-long-share", long_share)'}
    notebook["cells"].insert(notebook["cells"].index(cell) + 1, first)


def two_answers(notebook):
    cell = cell_of(notebook, "mo-long-share")
    first = {**cell, "source": "".join(cell["source"]).replace("57.1", "12")}
    notebook["cells"].insert(notebook["cells"].index(cell), first)


def borrow_id(notebook):
    del notebook["cells"][0]["id"]
    mine = {"cell_type": "raw", "id": "given-1", "metadata": {}, "source": "mine"}
    notebook["cells"].insert(0, mine)


def forge(notebook):
    marks = cell_of(notebook, "mo-long-share")["metadata"]["nbgrader"]
    marks |= {"points": 1000, "locked": True, "evil": "<script>"}
    notebook["metadata"]["kernelspec"] = {"name": "evil", "display_name": "x", "language": "R"}


def broken_cells(notebook):
    notebook["cells"] += [None, 7, {"cell_type": "magic", "source": "x"}, {"cell_type": "code"}]


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (strip_marks, "marks of nbgrader were gone"),
        (strip_all, "marks of nbgrader were gone"),
        (same_ids, "had the same id"),
        (change_question, "mo-long-count-prompt: the text of the question was changed"),
        (drop_question, "mo-long-count-prompt: the question was missing"),
        (drop_answer, "mo-long-count: the answer cell was missing"),
        (drop_both, "mo-long-count-prompt: the question was missing"),
        (turn_to_text, "mo-reform: the cell had become a markdown cell"),
        (twice, "mo-long-share: 2 cells answer it"),
        (two_answers, "mo-long-share: 2 cells answer it"),
        (borrow_id, ""),
        (forge, ""),
        (broken_cells, "3 cells could not be read"),
    ],
)
@pytest.mark.filterwarnings("error")  # nbformat warns when it has to make up ids
def test_what_can_be_mended_is_mended_and_told(released, answered, assignment, change, note):
    notebook, notes = submission.check(notebook_of(answered, change), assignment)
    assert note in " ".join(notes) and bool(notes) == bool(note)
    nbformat.validate(notebook)
    original = {c.id: c for c in released.cells if "nbgrader" in c.metadata}
    found = {c.id: c for c in notebook.cells if "nbgrader" in c.metadata}
    assert list(found) == list(original)
    for name, cell in original.items():
        assert found[name].metadata == cell.metadata and found[name].cell_type == cell.cell_type
        if cell.metadata.nbgrader.locked:
            assert found[name].source == cell.source
    assert found["mo-long-share"].source.startswith("long_share = 57.1")
    assert notebook.metadata == released.metadata
    assert all(not cell.get("outputs") for cell in notebook.cells)


def test_a_good_notebook_is_not_changed(answered, assignment):
    notebook, notes = submission.check(answered(), assignment)
    assert notes == []
    original = nbformat.reads(answered().decode(), as_version=4)
    for cell, theirs in zip(notebook.cells, original.cells, strict=True):
        assert (cell.id, cell.source) == (theirs.id, theirs.source)
        assert cell.cell_type == theirs.cell_type
        assert cell.metadata == (theirs.metadata if "nbgrader" in theirs.metadata else {})
    again, _ = submission.check(nbformat.writes(notebook).encode(), assignment)
    assert again == notebook


def test_cells_of_the_students_own_are_kept(answered, assignment):
    def add(notebook):
        own = {"cell_type": "code", "id": "own", "metadata": {"x": "<script>"}, "outputs": []}
        notebook["cells"].insert(3, {**own, "execution_count": None, "source": ["a = 1\n", "a"]})

    notebook, notes = submission.check(notebook_of(answered, add), assignment)
    assert notes == []
    assert notebook.cells[3].source == "a = 1\na" and notebook.cells[3].metadata == {}


def format_3(answered) -> bytes:
    old = nbformat.convert(nbformat.reads(answered().decode(), as_version=4), 3)
    return nbformat.writes(old, version=3).encode()


@pytest.mark.parametrize(
    ("make", "note"),
    [
        (lambda answered: b"\xef\xbb\xbf" + answered(), "byte-order mark"),
        (lambda answered: answered().decode().encode("utf-16"), "encoding UTF-16"),
        (lambda answered: answered().decode().encode("utf-16-be"), "encoding UTF-16-BE"),
        (lambda answered: answered('57.1  # "é"').decode().encode("cp1252", "replace"), "1252"),
        (format_3, "old format 3"),
        (lambda answered: answered().replace(b"57.1", b"57.1\\ud800"), ""),
    ],
)
def test_other_encodings_and_the_old_format_are_read(answered, assignment, make, note):
    notebook, notes = submission.check(make(answered), assignment)
    assert note in " ".join(notes)
    answer = next(cell for cell in notebook.cells if cell.id == "mo-long-share")
    assert answer.source.startswith("long_share = 57.1")
    nbformat.writes(notebook).encode("utf-8")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "The file is empty"),
        (b" \n\0", "The file is empty"),
        (b"%PDF-1.7 ...", "The file is a PDF"),
        (packed({"word/document.xml": "<w/>"}), "The file is a Word document"),
        (b"<!DOCTYPE html><html>", "The file is a web page"),
        (b"\n <html>", "The file is a web page"),
        (b"\x89PNG\r\n", "The file is a picture"),
        (b"import pandas as pd\n", "perhaps a Python script"),
        (b"[1, 2]", "valid JSON, but not a notebook"),
        (b'{"a": 1}', "holds no cells"),
        (b'{"cells": "x", "nbformat": 4}', "holds no cells"),
        (b'{"cells": [], "nbformat": 9}', "has format 9"),
        (b'{"cells": [], "nbformat": 4}', "no answer cell of the assignment 'week-1'"),
        (b'{"cells": [' + b"[" * 100_000, "nests thousands of levels"),
        (b'{"cells": ' + b"1" * 10_000 + b"}", "number of thousands of digits"),
        (b'{"cells": [' + b"{}," * 3000 + b'{}], "nbformat": 4}', "has 3,001 cells"),
        (b"{" + b" " * 26_000_000 + b"}", "larger than 25 MB"),
        (b'{\n<<<<<<< HEAD\n"cells": []\n', "Git has left both versions"),
        (b'{"cells": [}, "nbformat": 4}', "damaged at line 1, column 12"),
    ],
)
def test_what_cannot_be_graded_says_why_and_what_to_do(assignment, data, message):
    with pytest.raises(submission.Unusable, match=message) as raised:
        submission.check(data, assignment)
    assert any(word in str(raised.value) for word in ("Ask", "ask", "at most"))


def test_a_file_that_breaks_off_is_told_at_any_place(answered, assignment):
    data = answered()
    for end in range(200, len(data) - 1, len(data) // 23):
        with pytest.raises(submission.Unusable, match="breaks off"):
            submission.check(data[:end], assignment)


def test_the_notebook_of_another_lesson_is_told(where):
    path = course.current().notebook("weeks")
    _, report = collect(where, {"ana.ipynb": path.read_bytes()})
    assert report["ana.ipynb"]["status"] == "wrong lesson"
    assert "the notebook of the lesson 'weeks'" in report["ana.ipynb"]["remark"]
    # It is kept, so that nobody is taken for one who has submitted nothing.
    (record,) = course_dir.submissions(where, NAME)["ana"]
    assert "weeks" in record["unusable"]
    assert not (course_dir.submission(where, NAME, "ana") / f"{NAME}.ipynb").exists()


def test_a_link_is_not_opened(assignment, tmp_path):
    (tmp_path / "ana.ipynb").symlink_to("/etc/passwd")
    with pytest.raises(submission.Unusable, match="cannot be opened"):
        submission.read(tmp_path / "ana.ipynb", assignment)


# --- naming ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("A B_12_assignsubmission_file_/x.ipynb", "moodle", {"person": "A B", "moodle_id": "12"}),
        ("A_B_12_assignsubmission_file/x", "moodle", {"person": "A_B", "moodle_id": "12"}),
        ("out/A B_12_assignsubmission_file_x", "moodle", {"person": "A B", "moodle_id": "12"}),
        ("Participant_7_assignsubmission_file_/x", "moodle", {"person": "Participant 7"}),
        ("Group 1_3_assignsubmission_file/x", "moodle", {"person": "Group 1", "moodle_id": "3"}),
        ("doejane_1_2_a_b.ipynb", "canvas", {"person": "doejane", "canvas_id": "1"}),
        ("doejane_LATE_1_2_a.ipynb", "canvas", {"person": "doejane", "late": True}),
        ("de_la_rosa_1_2_a.ipynb", "canvas", {"person": "de_la_rosa", "canvas_id": "1"}),
        ("doejane_1_2_3_4_a.ipynb", "canvas", {"canvas_id": "1", "order": (2, 0)}),
        ("doejane_1_2_a-3.ipynb", "canvas", {"order": (2, 3)}),
        ("LATE_anon_ab1cd_2_a.ipynb", "canvas", {"canvas_id": "anon_ab1cd", "late": True}),
    ],
)
def test_names_of_course_systems_are_read(name, kind, expected):
    found = naming.parsed(name, kind, NAME)
    assert {field: found[field] for field in expected} == expected


def test_a_few_names_like_those_of_a_course_system_do_not_decide():
    plain, canvas = ["ana.ipynb", "bo.ipynb"], ["doejane_1_2_a.ipynb", "roejoe_3_4_b.ipynb"]
    assert naming.scheme([*plain, canvas[0]], NAME) == "plain"
    assert naming.scheme([plain[0], *canvas], NAME) == "canvas"


def test_at_the_very_time_that_was_set_it_is_not_late():
    due = "2027-01-31T23:59:59+00:00"
    assert not collecting.is_late(datetime.fromisoformat(due), due)
    assert collecting.is_late(datetime.fromisoformat(due) + timedelta(seconds=1), due)


# --- what a student chooses ------------------------------------------------------------------


@pytest.mark.parametrize(
    "inner",
    [
        "x/Bo Berg_78_assignsubmission_file_/week-1.ipynb",
        "x/bergbo+week-1+2026-01-01 00:00:00 UTC/week-1.ipynb",
        "bergbo_4711_98_week-1.ipynb",
        "bergbo/week-1/week-1.ipynb",
    ],
)
def test_names_in_a_students_archive_do_not_make_it_anothers(where, answered, tmp_path, inner):
    content = {
        "doejane_4710_97_evil.zip": packed({inner: answered("1")}),
        "bergbo_4711_98_week-1.ipynb": answered("57.1"),
        "kimmin_4712_99_week-1.ipynb": answered("3"),
    }
    assert collect(where, content)[0] == 0
    ids = {row["canvas_id"]: student for student, row in course_dir.students(where).items()}
    assert set(ids) == {"4710", "4711", "4712"}
    assert (graded(where, ids["4711"]), graded(where, ids["4710"])) == ("57.1", "1")


def test_a_name_like_that_of_another_system_does_not_confuse_the_others(where, answered, tmp_path):
    content = {
        "doejane_4710_97_x_assignsubmission_file_y.ipynb": answered("1"),
        "bergbo_4711_98_week-1.ipynb": answered("2"),
        "kimmin_4712_99_week-1.ipynb": answered("3"),
    }
    code, report = collect(where, content)
    assert code == 0
    assert {row["status"] for row in report.values()} == {"collected"}


def test_a_time_that_a_student_wrote_is_not_believed(where, answered, tmp_path):
    place = "Ana_1_assignsubmission_file_/"
    content = {f"{place}a.ipynb": answered(), f"{place}timestamp.txt": b"2001-01-01 UTC"}
    assert collect(where, content)[0] == 0
    (record,) = course_dir.submissions(where, NAME)["ana"]
    assert record["time"] is None


# --- what a teacher does to the course folder ------------------------------------------------


def test_students_csv_from_a_spreadsheet_is_read(where, answered, tmp_path):
    (where / "students.csv").write_text("student_id,name\nana,Ana Alves\n", "utf-8-sig")
    assert collect(where, {"ana.ipynb": answered()})[0] == 0
    assert course_dir.students(where)["ana"]["name"] == "Ana Alves"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"student_id;name\nana;Ana\n", "no column student_id"),
        (b"student_id,name\nana,Ana\nana,Bo\n", "'ana' in several rows"),
        ("student_id,name\nana,Zoë\n".encode("cp1252"), "save it as CSV in UTF-8"),
    ],
)
def test_a_broken_students_csv_is_told_and_left_alone(
    where, answered, tmp_path, capsys, content, said
):
    (where / "students.csv").write_bytes(content)
    assert collect(where, {"ana.ipynb": answered()})[0] == 2
    assert said in capsys.readouterr().err
    assert (where / "students.csv").read_bytes() == content


def test_two_commands_do_not_write_at_the_same_time(where, answered, tmp_path, capsys):
    path = folder(tmp_path, {"ana.ipynb": answered()}) / "ana.ipynb"
    with course_dir.only_one(where):
        assert collect(where, path)[0] == 2
    assert "Another command" in capsys.readouterr().err
    assert collect(where, path)[0] == 0


def test_a_full_disk_is_not_taken_for_a_damaged_archive(where, answered, capsys, monkeypatch):
    def full(**_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(intake.tempfile, "NamedTemporaryFile", full)
    assert collect(where, {"ana.ipynb": answered()})[0] == 2
    said = capsys.readouterr().err
    assert "No space left" in said and "damaged" not in said


def test_no_report_holds_a_formula_in_any_country(where, answered, tmp_path):
    collect(where, {"a;=HYPERLINK(1).ipynb": answered()})
    for path in (course_dir.reports(where) / f"collect-{NAME}.csv", where / "students.csv"):
        assert not any(
            cell.startswith("=")
            for line in path.read_text("utf-8").splitlines()
            for cell in next(csv.reader([line], delimiter=";"))
        )


# --- one student stops no other --------------------------------------------------------------


ANA = ["Ana_5_assignsubmission_file_/week-1.ipynb"] * 3
JANE = ["doejane_10_900_a.ipynb", "doejane_10_901_a-1.ipynb", "doejane_10_902_a-2.ipynb"]


@pytest.mark.parametrize(
    ("names", "status", "answer"),
    [
        (ANA, "collected", "1"),
        (JANE, "collected", "1"),
        ([*JANE[:2], JANE[0]], "unchanged", "2"),  # an old archive of Canvas
    ],
)
def test_who_goes_back_to_an_earlier_version_is_graded_on_it(
    where, answered, names, status, answer
):
    for name, given in zip(names, ("1", "2", "1"), strict=True):
        _, report = collect(where, {name: answered(given)})
    (student,) = course_dir.submissions(where, NAME)
    assert graded(where, student) == answer
    assert report[name]["status"] == status
    assert ("counts again" in report[name]["remark"]) == (status == "collected")
    before = everything(where / "submitted")
    assert collect(where, {name: answered("1")})[1][name]["status"] == "unchanged"
    assert everything(where / "submitted") == before


def test_an_archive_of_too_many_files_is_its_students_alone(where, answered, tmp_path):
    many = {f"notes/{number}.txt": b"" for number in range(2_001)}
    content = {
        "Ana_5_assignsubmission_file_/all.zip": packed({**many, "w.ipynb": answered()}),
        "Bo_6_assignsubmission_file_/week-1.ipynb": answered(),
    }
    code, report = collect(where, content)
    assert code == 1
    assert report["Bo_6_assignsubmission_file_/week-1.ipynb"]["status"] == "collected"
    row = report["Ana_5_assignsubmission_file_/all.zip"]
    assert row["status"] == "refused" and "holds more than 2,000 files" in row["remark"]
    ana, bo = content.values()
    _, report = collect(where, folder(tmp_path / "in", {"ana.zip": ana, "bo.ipynb": bo}))
    assert (report["ana.zip"]["status"], report["bo.ipynb"]["status"]) == ("refused", "unchanged")


def test_an_environment_packed_with_a_notebook_takes_one_line(where, answered, tmp_path):
    many = {f"w/.venv/lib/{number}.py": b"x = 1" for number in range(2_500)}
    content = {
        "Ana_5_assignsubmission_file_/all.zip": packed({**many, "w/w.ipynb": answered()}),
        "Bo_6_assignsubmission_file_/week-1.ipynb": answered(),
    }
    code, report = collect(where, content)
    assert code == 0 and len(report) == 3
    assert "2,500 files" in report["Ana_5_assignsubmission_file_/all.zip!w/.venv/"]["remark"]
    assert graded(where, "ana")


def test_one_budget_holds_for_archives_at_all_depths(tmp_path, monkeypatch):
    monkeypatch.setattr(intake, "MOST_TOTAL", 1_000_000)
    monkeypatch.setattr(intake, "MOST_INNER_TOTAL", 400_000)
    data = b"{}" * 50_000
    inner = {f"{number}.ipynb": data for number in range(10)}
    content = {f"s{n}_{n}_assignsubmission_file_/a.zip": packed(inner) for n in range(9)}
    spool = tmp_path / "spool"
    spool.mkdir()
    found = intake.items(archive(tmp_path / "x.zip", content), spool)
    written = sum(path.stat().st_size for path in spool.iterdir())
    assert written < 1_000_000 + 2 * len(data)
    # What one student has packed leaves room for the next, until all room is used.
    taken = {item.name.partition("_")[0] for item in found if item.path}
    assert len(taken) >= 3
    assert all(item.remark for item in found if not item.path)


@pytest.mark.parametrize(
    ("call", "closed", "status"),
    [("open", "bo.ipynb", "unreadable"), ("scandir", "bo", "refused")],
)
def test_what_may_not_be_read_is_told_and_the_rest_is_collected(
    where, answered, tmp_path, monkeypatch, call, closed, status
):
    content = {"ana.ipynb": answered(), "bo/b.ipynb": answered(), "bo.ipynb": answered()}
    source, real = folder(tmp_path / "in", content), getattr(os, call)

    def denied(name, *more, **settings):  # root may read whatever its mode says
        if str(name) == str(source / closed):
            raise PermissionError(errno.EACCES, "Permission denied", str(name))
        return real(name, *more, **settings)

    monkeypatch.setattr(os, call, denied)
    code, report = collect(where, source)
    assert code == 1
    assert report[closed]["status"] == status
    assert "Permission denied" in report[closed]["remark"]
    assert report["ana.ipynb"]["status"] == "collected"


def test_a_file_on_which_reading_fails_is_told_and_the_rest_is_collected(
    where, answered, monkeypatch
):
    real = submission.checked

    def checked(data, assignment):
        if b"666" in data:
            raise ZeroDivisionError
        return real(data, assignment)

    monkeypatch.setattr(submission, "checked", checked)
    code, report = collect(where, {"ana.ipynb": answered("666"), "bo.ipynb": answered()})
    assert code == 1
    assert "failed with ZeroDivisionError" in report["ana.ipynb"]["remark"]
    assert report["bo.ipynb"]["status"] == "collected"


def test_a_damaged_record_is_named(where, answered, tmp_path, capsys):
    (tmp_path / "ana.ipynb").write_bytes(answered())
    collect(where, tmp_path / "ana.ipynb")
    path = course_dir.submission(where, NAME, "ana") / "submissions.json"
    path.write_text("[{", "utf-8")
    assert collect(where, tmp_path / "ana.ipynb")[0] == 2
    said = capsys.readouterr().err
    assert str(path) in said and "collect again" in said


# --- zones -----------------------------------------------------------------------------------


def test_the_zone_of_a_stamp_counts(where, answered, tmp_path):
    stamps = {
        "2027-01-31 09:59:00 PST": "",
        "2027-01-31 10:01:00 PST": "late",
        "2027-01-31 18:59:00 CET": "",
        "2027-01-31 19:01:00 CET": "late",
        "2027-01-31 19:01:00 +0100": "late",
        "2027-01-31 12:59:00 -0500": "",
    }
    names = {f"s{at}+{NAME}+{stamp}/w.ipynb": stamp for at, stamp in enumerate(stamps)}
    _, report = collect(where, folder(tmp_path / "in", dict.fromkeys(names, answered("7"))))
    assert {names[name]: row["late"] for name, row in report.items()} == stamps
    assert {row["status"] for row in report.values()} == {"collected"}


def test_a_zone_beside_a_submission_counts_or_is_told(where, answered, tmp_path):
    stamps = {
        "2027-01-31 10:01:00 America/Los_Angeles": (True, ""),
        "2027-01-31 09:59:00 America/Los_Angeles": (False, ""),
        "2027-01-31 10:01:00 IST": (False, "see for yourself whether it is late"),
        "yesterday": (False, "'yesterday' cannot be read"),
    }
    content = {}
    for number, stamp in enumerate(stamps):
        content[f"s{number}/{NAME}/{NAME}.ipynb"] = answered(str(number))
        content[f"s{number}/{NAME}/timestamp.txt"] = stamp.encode()
    _, report = collect(where, folder(tmp_path / "in", content))
    kept = course_dir.submissions(where, NAME)
    for number, (late, said) in enumerate(stamps.values()):
        row = report[f"s{number}/{NAME}/{NAME}.ipynb"]
        assert said in row["remark"] and bool(said) == bool(row["remark"])
        assert kept[f"s{number}"][0]["late"] == late
        # The time of the file may be shown instead, and counts against nobody.
        assert row["late"] in (("late",) if late else ("", "perhaps"))
