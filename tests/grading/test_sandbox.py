"""The sandbox: what a hostile submission tries, and that nothing of it works.

Each case is a cell above two answer cells. Its host is this test: a secret file, a server that
listens, a process that runs, another submission. A case passes when the run ends as expected, the
host is as it was and the marks are those of honest data.
"""

import os
import shutil
import socket
import subprocess
import sys
import textwrap
import time
from functools import cache

import psutil
import pytest
from checkout import ROOT

from techpolitik.grade import marking, sandbox
from techpolitik.lesson.exercises import exercises, sealing
from techpolitik.lesson.exercises.answers import read

pytestmark = pytest.mark.skipif(
    not sealing.instructor().is_dir(), reason="a release has no private answers"
)

KNOWN = exercises()
SHARE, YEARS, CHART = "re-china-share-2021", "re-quota-years", "re-share-chart"
#: Seconds are few, so that a case which runs into a limit does so soon.
LIMITS = {"seconds": 20, "cell_seconds": 2, "memory": 600 * sandbox.MEBIBYTE}
#: For honest cells that import much, on a busy machine.
PATIENT = {"seconds": 300, "cell_seconds": 120}


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """What a release holds for these cases: the package and what it reads."""
    folder = tmp_path_factory.mktemp("release")
    for name in ("techpolitik", "data", "seeds", "notebooks"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def run(release, attack="", share="59.6", years="[2018]", chart="...", limits=None, **settings):
    """Run a notebook of an attack and three answers; give the result and the marks."""
    cells = [
        textwrap.dedent(attack),
        f"china_share_2021 = {share}",
        f"same_years = {years}",
        f"share_chart = {chart}",
    ]
    contracts = [
        {**KNOWN[name], "cell": place} for place, name in enumerate((SHARE, YEARS, CHART), 1)
    ]
    job = {"cells": cells, "exercises": contracts}
    result = sandbox.run(job, release, limits=LIMITS | (limits or {}), **settings)
    return result, {one["id"]: mark(one, result) for one in contracts}


@cache
def known_answers(name):
    """Return what is known in advance about the answers of a data exercise."""
    return sealing.wanted(KNOWN[name], sealing.private_answers()[name])


def mark(contract, result):
    """Mark what a run says of an answer."""
    known = known_answers(contract["id"]) if contract["kind"] == "data" else None
    return marking.mark(contract, result["answers"].get(contract["id"]), known)


def printed(result, cell=0):
    """Return all that a cell shows as text."""
    return "\n".join(
        str(item.get("text") or item.get("evalue") or item["data"].get("text/plain", ""))
        for item in result["outputs"].get(cell, [])
    )


def solution(name):
    """Return the right answer to an exercise as code."""
    return repr(read(sealing.private_answers()[name]["solution"](), KNOWN[name]["answer"]))


# --- honest submissions ---------------------------------------------------------------------


def test_honest_answers_earn_their_points(release):
    result, marks = run(release, share=solution(SHARE), years=solution(YEARS))
    assert result["end"] == "finished"
    assert marks[SHARE]["status"] == marks[YEARS]["status"] == "right"
    assert [marks[name]["points"] for name in (SHARE, YEARS, CHART)] == [1, 2, 0]
    assert marks[CHART]["status"] == "untouched"


def test_a_wrong_answer_earns_none_and_gets_its_message(release):
    _, marks = run(release, share="0.5961", years="'2018'")
    assert (marks[SHARE]["status"], marks[SHARE]["points"]) == ("not-yet", 0)
    assert (marks[YEARS]["status"], marks[YEARS]["points"]) == ("problem", 0)
    assert "list" in marks[YEARS]["lines"][0]


def test_an_answer_that_was_never_set_is_named(release):
    _, marks = run(release, share="1 / 0")
    assert marks[SHARE]["status"] == "missing"
    assert "china_share_2021" in marks[SHARE]["lines"][0]


def test_an_answer_set_further_down_counts(release):
    _, marks = run(release, share="...", years=f"{solution(YEARS)}\nchina_share_2021 = 59.6")
    assert marks[SHARE]["answer"] == 59.6


def test_outputs_and_errors_come_out_in_order_and_without_markup(release):
    attack = """
    from IPython.display import HTML, display
    import pandas as pd
    print("<b>printed</b>")
    display(HTML("<script>alert(1)</script>"))
    display(pd.DataFrame({"a": [1]}))
    """
    result, _ = run(release, attack, limits=PATIENT)
    kinds = [item["output_type"] for item in result["outputs"][0]]
    assert kinds == ["stream", "display_data", "display_data"]
    assert all(set(item.get("data", {})) <= {"text/plain"} for item in result["outputs"][0])
    result, _ = run(release, "1 / 0")
    assert result["outputs"][0][-1]["ename"] == "ZeroDivisionError"


def test_a_slow_cell_is_stopped_and_the_others_count(release):
    result, marks = run(release, "while True: pass", share="59.6")
    assert result["end"] == "finished"
    assert "stopped after 2 seconds" in printed(result)
    assert marks[SHARE]["answer"] == 59.6


# --- what it cannot see ---------------------------------------------------------------------


def test_it_sees_no_file_of_the_host(release, tmp_path):
    secret = tmp_path / "gradebook.db"
    secret.write_text("secret")
    attack = f"""
    import os, pathlib
    for path in {[str(secret), "/etc/shadow", str(ROOT / "instructor"), "/root", "/home"]}:
        print(os.path.exists(path))
    print(sorted(os.listdir("/course")), sorted(os.listdir("/")))
    print(os.environ)
    """
    shown = printed(run(release, attack)[0])
    assert "True" not in shown
    assert "['data', 'notebooks', 'seeds', 'techpolitik']" in shown
    assert "instructor" not in shown
    assert str(ROOT) not in shown


def test_the_test_of_files_sees_them_without_a_sandbox(release, tmp_path):
    secret = tmp_path / "gradebook.db"
    secret.write_text("secret")
    result, _ = run(release, f"print(open({str(secret)!r}).read())", sandboxed=False)
    assert "secret" in printed(result)


@pytest.mark.parametrize("sandboxed", [True, False])
def test_it_reaches_no_network(release, sandboxed):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        port = server.getsockname()[1]
        attack = f"""
        import socket
        socket.create_connection(("127.0.0.1", {port}), 1).sendall(b"hello")
        """
        run(release, attack, sandboxed=sandboxed)
        if sandboxed:
            with pytest.raises(TimeoutError):
                server.accept()
        else:  # the detector sees what it is for
            server.accept()[0].close()


def test_it_sees_no_other_process_and_kills_none(release):
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as bystander:
        attack = f"""
        import os, signal
        print(sorted(int(name) for name in os.listdir("/proc") if name.isdigit()))
        for target in ({bystander.pid}, {os.getpid()}, os.getppid(), 1):
            try:
                os.kill(target, signal.SIGKILL)
            except OSError as error:
                print(error)
        """
        result, marks = run(release, attack)
        assert bystander.poll() is None
        bystander.kill()
    assert str(bystander.pid) not in printed(result).splitlines()[0]
    assert result["end"] == "finished"
    assert marks[SHARE]["answer"] == 59.6


def test_it_has_no_rights_and_gets_none(release):
    attack = """
    import ctypes, os
    libc = ctypes.CDLL(None, use_errno=True)
    print("uid", os.getuid())
    print([line for line in open("/proc/self/status") if line.startswith("CapEff")])
    print("mount", libc.mount(b"none", b"/tmp", b"tmpfs", 0, None))
    print("chroot", libc.chroot(b"/tmp"))
    for path in ("/course/data/countries.csv", "/packages/pandas/__init__.py", "/usr/x"):
        try:
            open(path, "a")
        except OSError as error:
            print(error)
    """
    shown = printed(run(release, attack)[0])
    assert "uid 0" not in shown
    assert "0000000000000000" in shown
    assert all(f"{call} -1" in shown for call in ("mount", "chroot"))
    assert shown.count("Read-only file system") + shown.count("Permission denied") == 3


def test_it_gets_no_call_that_hides_memory_or_gives_rights(release):
    attack = """
    import ctypes, multiprocessing, os, subprocess, threading
    libc = ctypes.CDLL(None, use_errno=True)
    NEW_USER = 0x10000000
    clone = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
    keyctl = {"x86_64": 250, "aarch64": 219}[os.uname().machine]
    calls = {
        "memfd_create": lambda: libc.memfd_create(b"x", 0),
        "shmget": lambda: libc.shmget(0, 1000, 0o1600),
        "msgget": lambda: libc.msgget(0, 0o1600),
        "unshare": lambda: libc.unshare(NEW_USER),
        "clone": lambda: libc.syscall(clone, NEW_USER | 17, 0, 0, 0, 0),
        "keyctl": lambda: libc.syscall(keyctl, 0, -3, 0),
        "io_uring_setup": lambda: libc.syscall(425, 1, 0),
    }
    for name, call in calls.items():
        found = call()
        if found == 0 and name == "clone":
            os._exit(0)
        print(name, found, ctypes.get_errno())
    print([line.split()[3][:2] for line in open("/proc/mounts") if line.split()[1] == "/dev"])
    """
    honest = """
    threading.Thread(target=print, args=["thread"]).start()
    print(subprocess.run(["echo", "process"], capture_output=True, text=True).stdout)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        print("pool", pool.map(abs, [-3]))
    """
    result, marks = run(release, attack, share=f"59.6\n{textwrap.dedent(honest)}")
    *calls, dev = printed(result).splitlines()
    assert [line.split()[1:] for line in calls] == [["-1", "1"]] * 7, calls
    assert dev == "['ro']"  # its size has no limit
    assert all(word in printed(result, 1) for word in ("thread", "process", "pool [3]"))
    assert marks[SHARE]["answer"] == 59.6


def test_the_process_around_it_holds_nothing_of_the_environment(release, monkeypatch):
    seen, real = [], sandbox.watch
    monkeypatch.setenv("TOKEN_OF_THE_TEACHER", "secret")

    def watch(process, *more):
        seen.append(psutil.Process(process.pid).environ())
        return real(process, *more)

    monkeypatch.setattr(sandbox, "watch", watch)
    run(release)
    assert set(seen[0]) <= {"PATH"}


def test_what_no_file_can_hold_comes_out_as_something_that_one_can(release):
    attack = r"""
    class Picture:
        def _repr_png_(self):
            return b"\x89PNG"
    print("\ud800 \U0001f600")
    Picture()
    """
    result, marks = run(release, attack, share="59.6", years="['\\ud800']")
    assert result["end"] == "finished"
    printed(result).encode("utf-8")
    assert "\U0001f600" in printed(result)
    assert marks[YEARS]["lines"][0].encode("utf-8")
    assert marks[SHARE]["answer"] == 59.6


def test_of_many_outputs_only_some_are_kept(release):
    flood = "for _ in range(60): display('x' * 49_000)"
    result, marks = run(release, flood, share=f"59.6\n{flood}")
    assert result["end"] == "finished"
    assert sum(len(printed(result, cell)) for cell in (0, 1)) < sandbox.LIMITS["outputs"] * 2
    assert "more than is kept" in printed(result, 1)
    assert marks[SHARE]["answer"] == 59.6


def test_the_job_it_could_read_holds_no_answer(release):
    attack = """
    import gc
    dicts = [o for o in gc.get_objects() if isinstance(o, dict)]
    print([o for o in dicts if "exercises" in o and "cells" in o][0]["exercises"])
    """
    shown = printed(run(release, attack, share="1", years="[1]")[0])
    assert "china_share_2021" in shown
    assert solution(SHARE)[:5] not in shown


def test_it_cannot_read_where_the_course_lies(release):
    attack = """
    import glob
    for path in ["/proc/1/cmdline", "/proc/mounts", *glob.glob("/proc/[0-9]*/cmdline")]:
        print(open(path, "rb").read().decode("utf-8", "replace"))
    print([line.split()[3] for line in open("/proc/self/mountinfo") if "/course" in line])
    """
    shown = printed(run(release, attack)[0])
    assert "bwrap" in shown and "/course/data" in shown
    assert not any(str(path) in shown for path in (release, ROOT, ROOT / "techpolitik" / "grade"))
    assert release.parent.name not in shown


def test_it_opens_no_socket_to_the_kernel_or_the_host(release):
    attack = """
    import socket
    for name in ("AF_VSOCK", "AF_NETLINK", "AF_PACKET", "AF_ALG", "AF_BLUETOOTH"):
        try:
            socket.socket(getattr(socket, name), socket.SOCK_DGRAM).close()
            print("opened", name)
        except OSError as error:
            print(name, error.errno)
    [socket.socket(family).close() for family in (socket.AF_UNIX, socket.AF_INET)]
    print("ordinary", len(socket.socketpair()))
    """
    shown = printed(run(release, attack)[0])
    assert "opened" not in shown and shown.count(" 97") == 5  # EAFNOSUPPORT
    assert "ordinary 2" in shown


# --- what it cannot use up ------------------------------------------------------------------

BOMBS = {
    "processes": """
        import os
        while True:
            try:
                os.fork()
            except OSError:
                pass
        """,
    "memory": "hoard = []\nwhile True: hoard.append(bytearray(50_000_000))",
    "memory of several processes": """
        import os, time
        for _ in range(8):
            if os.fork() == 0:
                hoard = bytearray(300_000_000)
                time.sleep(60)
        time.sleep(60)
        """,
    "shared memory": """
        import mmap, time
        hoard = []
        while True:
            hoard.append(mmap.mmap(-1, 100_000_000))
            hoard[-1].write(b"x" * 100_000_000)
        """,
    "threads": """
        import threading, time
        while True:
            threading.Thread(target=time.sleep, args=[60]).start()
        """,
    "a loop that catches everything": """
        while True:
            try:
                while True: pass
            except BaseException:
                pass
        """,
    "a loop without alarm": """
        import signal
        signal.setitimer(signal.ITIMER_REAL, 0)
        while True: pass
        """,
    "sleep in C": "import ctypes\nctypes.CDLL(None).pause()\nctypes.CDLL(None).sleep(1000)",
    "files": """
        import os
        for place in ("/tmp", "/course", "/dev/shm"):
            for number in range(100):
                try:
                    open(f"{place}/{number}", "wb").write(bytes(30_000_000))
                except OSError as error:
                    print(place, error)
                    break
        """,
    "recursion": "def f(): f()\nf()",
    "a regular expression": "import re\nre.match(r'(a+)+$', 'a' * 50 + 'b')",
    "a huge number": "print(str(9 ** 9 ** 9))",
    "printing": "while True: print('x' * 1000)",
    "printing below Python": "import os\nfor _ in range(100000): os.write(1, b'x' * 1000)",
    "displaying": "from IPython.display import display\nwhile True: display('x' * 1000)",
    "a background process": """
        import subprocess, sys
        subprocess.Popen([sys.executable, "-c", "while True: pass"], start_new_session=True)
        """,
    "a daemon": """
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(1000)
            os._exit(0)
        """,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_contained(release, name):
    before = {process.pid for process in psutil.process_iter()}
    start = time.monotonic()
    result, marks = run(release, BOMBS[name], limits={"seconds": 8})
    assert result["end"] in ("finished", "time", "memory", "report", "died"), result["end"]
    # Whatever was not reached waits for a person; nothing is zero in silence.
    assert marks[SHARE]["answer"] == 59.6 or marks[SHARE]["status"] == "stopped"
    assert time.monotonic() - start < 60
    deadline = time.monotonic() + 10
    while left := [p for p in psutil.process_iter() if p.pid not in before and ours(p, before)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def ours(process, before) -> bool:
    """Tell whether a process is in a sandbox of this test, and not of another run."""
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    try:
        sandboxed = any(word in ("/runner.py", "bwrap") for word in process.cmdline())
        return sandboxed and not {one.pid for one in process.parents()} & (before - own)
    except psutil.Error:
        return False


def test_limits_cannot_be_raised(release):
    attack = """
    import resource
    for name in ("RLIMIT_DATA", "RLIMIT_NPROC", "RLIMIT_FSIZE", "RLIMIT_CPU"):
        try:
            resource.setrlimit(getattr(resource, name), (-1, -1))
            print("raised", name)
        except (ValueError, OSError) as error:
            print(error)
    """
    assert "raised" not in printed(run(release, attack)[0])


def test_scratch_space_is_writable_and_gone_afterwards(release):
    write = "open('/course/mine.txt', 'w').write('x'); print(open('/course/mine.txt').read())"
    assert "x" in printed(run(release, write)[0])
    assert not (release / "mine.txt").exists()
    assert "False" in printed(run(release, "import os; print(os.path.exists('mine.txt'))")[0])


# --- how it may end -------------------------------------------------------------------------

#: What ends nothing; each is a cell of one notebook.
HARMLESS = [
    "import os, signal; os.kill(-1, signal.SIGKILL)",  # all but itself: nobody
    "import sys; sys.exit()",
    "exit()",
    "quit()",
    "raise KeyboardInterrupt",
    "raise SystemExit",
    "input('name? ')",
    "!rm -rf / --no-preserve-root",
    "%run /nowhere.py",
    "%pip install requests",
    "this is no Python",
    "%reset -f",
    "await __import__('asyncio').sleep(0)",
]


def test_what_seems_to_end_a_notebook_does_not(release):
    contract = {**KNOWN[SHARE], "cell": len(HARMLESS)}
    job = {"cells": [*HARMLESS, "china_share_2021 = 59.6"], "exercises": [contract]}
    result = sandbox.run(job, release, limits=LIMITS)
    assert result["end"] == "finished"
    assert list(result["outputs"]) == list(range(len(HARMLESS) + 1))
    assert mark(contract, result)["answer"] == 59.6


DEADLY = [
    "import os; os._exit(0)",
    "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "import ctypes; ctypes.string_at(0)",
    "import techpolitik, sys; sys.modules.clear()",
    "import os; os.closerange(0, 1000)",
]


@pytest.mark.parametrize("attack", DEADLY)
def test_a_notebook_that_ends_itself_waits_for_a_person(release, attack):
    result, marks = run(release, attack)
    assert result["end"] == "died"
    assert marks[SHARE]["status"] == "stopped"
    assert marks[SHARE]["points"] is None


def test_answers_before_the_end_are_kept(release):
    result, marks = run(release, share=solution(SHARE), years="[1]\nimport os; os._exit(1)")
    assert result["end"] == "died"
    assert marks[SHARE]["points"] == 1
    assert marks[YEARS]["points"] is None


# --- cheating -------------------------------------------------------------------------------

EQUAL = """
class Equal{base}:
    __eq__ = __ge__ = __le__ = lambda self, other: True
    __hash__ = lambda self: 0
    __round__ = __abs__ = __mul__ = __rmul__ = lambda self, *other: self
"""

CHEATS = {
    "an object that equals everything": (EQUAL.format(base=""), "Equal()"),
    "a number that equals everything": (EQUAL.format(base="(float)"), "Equal(12.5)"),
    "an integer that equals everything": (EQUAL.format(base="(int)"), "Equal(12)"),
    "a text that equals everything": (EQUAL.format(base="(str)"), "Equal('x')"),
    "an object that lies about its class": (
        "class Liar:\n    __class__ = float\n    __float__ = lambda self: 59.6",
        "Liar()",
    ),
    "another reader": (
        "import techpolitik.lesson.exercises as e\n"
        "e.read_answer = lambda *a: {'points': 100, 'status': 'right'}",
        "1",
    ),
    "another judge": (
        "import techpolitik.lesson.exercises as e, techpolitik.lesson.exercises.sealing as s\n"
        "e.verdict = e.check = lambda *a: ('right', [''], '')\ns.judge = lambda *a: ('right', '')",
        "1",
    ),
    "another json": (
        "import json\nreal = json.dumps\n"
        "json.dumps = lambda o, **k: real({**o, 'points': 100, 'status': 'right'}, **k)",
        "1",
    ),
    "other builtins": ("import builtins\nbuiltins.isinstance = lambda *a: True", "1"),
    "points of its own": ("points = 100\nstatus = 'right'\ngrade = 100", "1"),
}


@pytest.mark.parametrize("name", CHEATS)
def test_cheating_earns_nothing(release, name):
    attack, share = CHEATS[name]
    _, marks = run(release, attack, share=share)
    assert not marks[SHARE]["points"], marks[SHARE]


#: Code that writes a line into the grader's report, by trying every open file.
FORGE = """
import os
for number in range(3, 40):
    try:
        os.write(number, {line!r})
    except OSError:
        pass
"""

FORGERIES = {
    "points": (b'{"answer": "re-china-share-2021", "plain": 1, "points": 9}\n', "finished"),
    "an answer": (b'{"answer": "re-china-share-2021", "plain": 12.3}\n', "finished"),
    "an unknown answer": (b'{"answer": "no-such", "plain": 12.3}\n', "finished"),
    "another type": (b'{"answer": "re-china-share-2021", "plain": {"a": [true]}}\n', "finished"),
    "no number": (b'{"answer": "re-china-share-2021", "plain": NaN}\n', "garbled"),
    "noise": (b"\xff\xfe{{{\n", "garbled"),
    "a nest": (b"[" * 200_000 + b"\n", "garbled"),
    "a number without end": (b'{"answer": "x", "plain": ' + b"9" * 10_000 + b"}\n", "garbled"),
    "markup in an output": (
        b'{"cell": 0, "outputs": [{"output_type": "display_data", "data": '
        b'{"text/html": "<script>alert(1)</script>"}}]}\n',
        "finished",
    ),
    "no picture": (
        b'{"cell": 0, "outputs": [{"output_type": "display_data", "data": '
        b'{"image/png": "\\"><script>alert(1)</script>"}}]}\n',
        "finished",
    ),
    "another kind of output": (b'{"cell": 0, "outputs": [{"output_type": "widget"}]}\n', "garbled"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_report_earns_nothing(release, name):
    line, end = FORGERIES[name]
    result, marks = run(release, FORGE.format(line=line), share="1")
    assert result["end"] == end
    assert not any(mark["points"] for mark in marks.values())
    shown = [
        kind for items in result["outputs"].values() for i in items for kind in i.get("data", {})
    ]
    assert set(shown) <= {"text/plain"}


def test_a_flood_into_the_report_is_stopped(release):
    attack = """
    import os, stat
    pipe = next(n for n in range(3, 40) if stat.S_ISFIFO(os.fstat(n).st_mode))
    while True:
        try:
            os.write(pipe, b"x" * 1_000_000)
        except TimeoutError:
            pass
    """
    result, marks = run(release, attack, share="1")
    assert result["end"] == "report"
    assert marks[SHARE]["status"] == "stopped"


CHARTS = {
    "no chart": "'chart'",
    "an endless chart": "type('C', (), {'to_dict': lambda self: [1 for _ in iter(int, 1)]})()",
    "odd types": "type('C', (), {'to_dict': lambda self: {'mark': [], 'layer': [{'mark': 3, "
    "'encoding': [1], 'data': 'x'}], 'title': {'text': [None]}}})()",
    "a huge chart": "type('C', (), {'to_dict': lambda self: {'mark': 'line', 'title': "
    "'x' * 5_000_000}})()",
    "a nest": "type('C', (), {'to_dict': lambda self: __import__('functools').reduce("
    "lambda a, _: {'layer': [a]}, range(400), {'mark': 'line'})})()",
}


@pytest.mark.parametrize("name", CHARTS)
def test_a_hostile_chart_earns_nothing_and_stops_nothing(release, name):
    result, marks = run(release, chart=CHARTS[name])
    assert result["end"] == "finished"
    assert not marks[CHART]["points"]
    assert marks[SHARE]["answer"] == 59.6


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("float('nan')", "missing value"),
        ("1e300", "far too large"),
        ("'x' * 10_000_000", "text"),
        ("__import__('pandas').DataFrame({'a': range(1000)})", "DataFrame"),
    ],
)
def test_odd_answers_are_told_what_they_are(release, answer, said):
    _, marks = run(release, share=answer)
    assert marks[SHARE]["status"] == "problem"
    assert said in marks[SHARE]["lines"][0]


NAN_CHART = """
import altair as alt, pandas as pd
rows = pd.DataFrame({"a": [1.0, None], "b": [None, None]}, dtype=float)
drawn = alt.layer(
    alt.Chart(rows).mark_bar().encode(x="a:Q", y="b:Q"),
    alt.Chart(rows).mark_rule().encode(y=alt.datum(rows["b"].mean())),
)
"""


def test_an_honest_chart_with_a_missing_number_stops_nothing(release):
    result, marks = run(release, NAN_CHART, chart="drawn", years="[2018]", limits=PATIENT)
    assert result["end"] == "finished" and not printed(result)
    assert marks[CHART]["status"] == "not-yet" and marks[CHART]["answer"]
    assert (marks[SHARE]["answer"], marks[YEARS]["answer"]) == (59.6, [2018])


#: Cells that would stop the runner itself, where only the cell or the answer should fail.
BREAKERS = {
    "an error without text": """
        class Mute(Exception):
            def __str__(self): raise SystemExit
        raise Mute
        """,
    "an output without text": """
        class Odd:
            def _repr_mimebundle_(self, **_): return {"text/plain": Odd()}
            def __str__(self): raise KeyboardInterrupt
        Odd()
        """,
    "a broken IPython": "get_ipython().run_cell_async = 3",
    "no namespace": "get_ipython().showtraceback = None\n1 / 0",
}


@pytest.mark.parametrize("name", BREAKERS)
def test_a_cell_that_breaks_stops_no_other(release, name):
    result, marks = run(release, BREAKERS[name], share="59.6")
    assert result["end"] == "finished"
    assert marks[SHARE]["answer"] == 59.6 or name == "a broken IPython"


@pytest.mark.parametrize("raised", ["SystemExit", "KeyboardInterrupt", "ZeroDivisionError"])
def test_an_answer_that_raises_stops_no_other(release, raised):
    code = f"def fail(self): raise {raised}"
    answer = "type('C', (), {'to_dict': fail})()"
    result, marks = run(release, code, chart=answer, share="59.6")
    assert result["end"] == "finished"
    assert raised in marks[CHART]["lines"][0]
    assert marks[SHARE]["answer"] == 59.6


def test_limits_given_to_a_run_hold_for_its_report(release):
    flood = "for _ in range(9): display('x' * 4000)"
    result, _ = run(release, flood, share=f"59.6\n{flood}", limits={"outputs": 50_000})
    assert "more than is kept" in printed(result, 1)


# --- where there is no sandbox --------------------------------------------------------------


def test_a_missing_sandbox_is_said_with_what_to_do(monkeypatch):
    sandbox.check_available()
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    with pytest.raises(sandbox.NoSandbox, match="apt install bubblewrap"):
        sandbox.check_available()


def test_a_sandbox_that_cannot_start_is_said_with_its_reason(monkeypatch):
    monkeypatch.setattr(sandbox, "rights", lambda: ["--no-such-option"])
    with pytest.raises(sandbox.NoSandbox, match="no-such-option"):
        sandbox.check_available()


def test_a_missing_filter_of_calls_is_said_with_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyseccomp", None)
    sandbox.call_filter.cache_clear()
    with pytest.raises(sandbox.NoSandbox, match="apt install libseccomp2"):
        sandbox.check_available()
