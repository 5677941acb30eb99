"""The sandbox: what a hostile submission tries, and that nothing of it works.

Each case is a cell above an answer cell, and cases that leave the process as it was share a
notebook. Its host is this test: a secret file, a server that listens, a process that runs. A case
passes when the run ends as expected, the host is as it was and the marks are those of honest data.
What a submission may use up, and how it may end, is in `test_limits`.
"""

import os
import socket
import subprocess
import sys

import psutil
import pytest
from checkout import ROOT
from hostile import CHART, COUNT, KNOWN, PATIENT, SHARE, attempt, mark, released, run

from techpolitik.grade import sandbox


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    return released(tmp_path_factory.mktemp("release"))


# --- honest submissions ---------------------------------------------------------------------

NAN_CHART = """
import altair as alt, pandas as pd
rows = pd.DataFrame({"a": [1.0, None], "b": [None, None]}, dtype=float)
drawn = alt.layer(
    alt.Chart(rows).mark_bar().encode(x="a:Q", y="b:Q"),
    alt.Chart(rows).mark_rule().encode(y=alt.datum(rows["b"].mean())),
)
"""
SHOWN = """
from IPython.display import HTML, display
import pandas as pd
print("<b>printed</b>")
display(HTML("<script>alert(1)</script>"))
display(pd.DataFrame({"a": [1]}))
"""
ODD_LETTERS = r"""
class Picture:
    def _repr_png_(self):
        return b"\x89PNG"
print("\ud800 \U0001f600")
Picture()
"""
HONEST = {
    "shown": attempt(SHOWN),
    "error": attempt("1 / 0"),
    "right": attempt(answer="59.5"),
    "right count": attempt(answer="7", exercise=COUNT),
    "untouched": attempt(answer="...", exercise=CHART),
    "wrong": attempt(answer="0.5945"),
    "another type": attempt(answer="'7'", exercise=COUNT),
    "never set": attempt(answer="1 / 0"),
    "set below": attempt(answer="..."),
    "chart": attempt(NAN_CHART + "my_set_below = 59.6", "drawn", CHART),
    "odd letters": attempt(ODD_LETTERS, r"'\ud800'", COUNT),
}


@pytest.fixture(scope="module")
def honest(release):
    return run(release, HONEST, PATIENT)


@pytest.mark.parametrize(
    ("name", "status", "points", "said"),
    [
        ("right", "right", 2, "59.5 percent"),
        ("right count", "right", 1, "7 of twelve"),
        ("untouched", "untouched", 0, "Not answered"),
        ("wrong", "not-yet", 0, "100 times too small"),
        ("another type", "problem", 0, "whole number"),
        ("never set", "missing", 0, "my_never_set"),
        ("odd letters", "problem", 0, "whole number"),
    ],
)
def test_an_answer_is_marked_and_told(honest, name, status, points, said):
    mark = honest["marks"][name]
    assert (mark["status"], mark["points"]) == (status, points)
    assert said in mark["lines"][0]


def test_an_answer_set_further_down_counts(honest):
    assert honest["marks"]["set below"]["answer"] == 59.6


def test_outputs_and_errors_come_out_in_order_and_without_markup(honest):
    shown = honest["outputs"][0]
    assert [item["output_type"] for item in shown] == ["stream", "display_data", "display_data"]
    assert all(set(item.get("data", {})) <= {"text/plain"} for item in shown)
    assert honest["outputs"][2][-1]["ename"] == "ZeroDivisionError"


def test_an_honest_chart_with_a_missing_number_stops_nothing(honest):
    assert honest["end"] == "finished" and not honest["printed"]["chart"]
    assert honest["marks"]["chart"]["status"] == "not-yet" and honest["marks"]["chart"]["answer"]


def test_what_no_file_can_hold_comes_out_as_something_that_one_can(honest):
    assert "\U0001f600" in honest["printed"]["odd letters"]
    honest["printed"]["odd letters"].encode("utf-8")
    honest["marks"]["odd letters"]["lines"][0].encode("utf-8")


# --- what it cannot see ---------------------------------------------------------------------

SYSTEM_CALLS = """
import ctypes, os
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
ORDINARY = """
import multiprocessing, subprocess, threading
threading.Thread(target=print, args=["thread"]).start()
print(subprocess.run(["echo", "process"], capture_output=True, text=True).stdout)
with multiprocessing.get_context("fork").Pool(1) as pool:
    print("pool", pool.map(abs, [-3]))
"""
RIGHTS = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
print("uid", os.getuid())
print([line for line in open("/proc/self/status") if line.startswith("CapEff")])
print("mount", libc.mount(b"none", b"/tmp", b"tmpfs", 0, None))
print("chroot", libc.chroot(b"/tmp"))
for path in ("/course/data/months.csv", "/packages/pandas/__init__.py", "/usr/x"):
    try:
        open(path, "a")
    except OSError as error:
        print(error)
"""
JOB = """
import gc
dicts = [o for o in gc.get_objects() if isinstance(o, dict)]
print([o for o in dicts if "exercises" in o and "cells" in o][0]["exercises"])
"""
PLACES = """
import glob
for path in ["/proc/1/cmdline", "/proc/mounts", *glob.glob("/proc/[0-9]*/cmdline")]:
    print(open(path, "rb").read().decode("utf-8", "replace"))
print([line.split()[3] for line in open("/proc/self/mountinfo") if "/course" in line])
"""
SOCKETS = """
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
RAISED_LIMITS = """
import resource
for name in ("RLIMIT_DATA", "RLIMIT_NPROC", "RLIMIT_FSIZE", "RLIMIT_CPU"):
    try:
        resource.setrlimit(getattr(resource, name), (-1, -1))
        print("raised", name)
    except (ValueError, OSError) as error:
        print(error)
"""
SCRATCH = "open('/course/mine.txt', 'w').write('mine'); print(open('/course/mine.txt').read())"


def reading(secret) -> str:
    """Give code that looks for a secret file and for what else is the host's."""
    wanted = [str(secret), "/etc/shadow", str(ROOT / "instructor"), "/root", "/home"]
    return f"""
        import os
        for path in {wanted}:
            print(os.path.exists(path))
        print(sorted(os.listdir("/course")), sorted(os.listdir("/")))
        print(os.environ)
        """


def calling(server) -> str:
    """Give code that sends something to a server of the host."""
    address = server.getsockname()
    return f"import socket\nsocket.create_connection({address}, 1).sendall(b'hello')"


def killing(*processes: int) -> str:
    """Give code that lists all processes and kills some, and those above itself."""
    return f"""
        import os, signal
        print(sorted(int(name) for name in os.listdir("/proc") if name.isdigit()))
        for target in ({", ".join(map(str, processes))}, os.getppid(), 1):
            try:
                os.kill(target, signal.SIGKILL)
            except OSError as error:
                print(error)
        """


@pytest.fixture(scope="module")
def secret(tmp_path_factory):
    path = tmp_path_factory.mktemp("host") / "gradebook.db"
    path.write_text("secret")
    return path


@pytest.fixture(scope="module")
def server():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.5)
        yield listening


@pytest.fixture(scope="module")
def bystander():
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        yield process
        process.kill()


@pytest.fixture(scope="module")
def probed(release, secret, server, bystander):
    """One run of all that looks and reaches out of the sandbox; with `environ` of its process."""
    seen, real = [], sandbox.watch

    def watch(process, *more):
        seen.append(psutil.Process(process.pid).environ())
        return real(process, *more)

    probes = {
        "files": reading(secret),
        "network": calling(server),
        "rights": RIGHTS,
        "system calls": SYSTEM_CALLS,
        "ordinary": ORDINARY,
        "job": JOB,
        "places": PLACES,
        "sockets": SOCKETS,
        "raised limits": RAISED_LIMITS,
        "scratch": SCRATCH,
        "processes": killing(bystander.pid, os.getpid()),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOKEN_OF_THE_TEACHER", "secret")
        patch.setattr(sandbox, "watch", watch)
        attempts = {name: attempt(code) for name, code in probes.items()}
        return {**run(release, attempts, PATIENT), "environ": seen[0]}


def test_what_looks_around_changes_no_answer(probed):
    assert probed["end"] == "finished"
    assert {mark["answer"] for mark in probed["marks"].values()} == {59.6}


def test_it_sees_no_file_of_the_host(probed):
    shown = probed["printed"]["files"]
    assert "True" not in shown
    assert "['data', 'notebooks', 'seeds', 'techpolitik']" in shown
    assert "instructor" not in shown
    assert str(ROOT) not in shown


def test_it_reaches_no_network(probed, server):
    with pytest.raises(TimeoutError):
        server.accept()
    assert "refused" in probed["printed"]["network"]


def test_these_tests_see_files_and_network_without_a_sandbox(release, secret, server):
    attempts = {"files": f"print(open({str(secret)!r}).read())", "network": calling(server)}
    result = run(release, {n: attempt(code) for n, code in attempts.items()}, sandboxed=False)
    assert "secret" in result["printed"]["files"]
    server.accept()[0].close()


def test_it_sees_no_other_process_and_kills_none(probed, bystander):
    assert bystander.poll() is None
    assert str(bystander.pid) not in probed["printed"]["processes"].splitlines()[0]


def test_it_has_no_rights_and_gets_none(probed):
    shown = probed["printed"]["rights"]
    assert "uid 0" not in shown
    assert "0000000000000000" in shown
    assert all(f"{call} -1" in shown for call in ("mount", "chroot"))
    assert shown.count("Read-only file system") + shown.count("Permission denied") == 3


def test_it_gets_no_call_that_hides_memory_or_gives_rights(probed):
    *calls, dev = probed["printed"]["system calls"].splitlines()
    assert [line.split()[1:] for line in calls] == [["-1", "1"]] * 7, calls
    assert dev == "['ro']"  # its size has no limit
    assert all(word in probed["printed"]["ordinary"] for word in ("thread", "process", "pool [3]"))


def test_the_process_around_it_holds_nothing_of_the_environment(probed):
    assert set(probed["environ"]) <= {"PATH"}


def test_the_job_it_could_read_holds_no_answer(probed):
    shown = probed["printed"]["job"]
    assert "my_files" in shown
    assert "59.4" not in shown and "59.5" not in shown


def test_it_cannot_read_where_the_course_lies(probed, release):
    shown = probed["printed"]["places"]
    assert "bwrap" in shown and "/course/data" in shown
    assert not any(str(path) in shown for path in (release, ROOT, ROOT / "techpolitik" / "grade"))
    assert release.parent.name not in shown


def test_it_opens_no_socket_to_the_kernel_or_the_host(probed):
    shown = probed["printed"]["sockets"]
    assert "opened" not in shown and shown.count(" 97") == 5  # EAFNOSUPPORT
    assert "ordinary 2" in shown


def test_limits_cannot_be_raised(probed):
    assert probed["printed"]["raised limits"].strip()
    assert "raised" not in probed["printed"]["raised limits"]


def test_scratch_space_is_writable_and_gone_afterwards(probed, release):
    assert "mine" in probed["printed"]["scratch"]
    assert not (release / "mine.txt").exists()
    again = run(release, {"again": attempt("import os; print(os.path.exists('mine.txt'))")})
    assert "False" in again["printed"]["again"]


# --- cheating -------------------------------------------------------------------------------

EQUAL = """
class Equal{base}:
    __eq__ = __ge__ = __le__ = lambda self, other: True
    __hash__ = lambda self: 0
    __round__ = __abs__ = __mul__ = __rmul__ = lambda self, *other: self
"""
#: Objects that pretend to be an answer.
LIARS = {
    "equals everything": attempt(EQUAL.format(base=""), "Equal()"),
    "a number that equals everything": attempt(EQUAL.format(base="(float)"), "Equal(12.5)"),
    "an integer that equals everything": attempt(EQUAL.format(base="(int)"), "Equal(12)"),
    "a text that equals everything": attempt(EQUAL.format(base="(str)"), "Equal('x')"),
    "lies about its class": attempt(
        "class Liar:\n    __class__ = float\n    __float__ = lambda self: 59.5", "Liar()"
    ),
    "points of its own": attempt("points = 100\nstatus = 'right'\ngrade = 100", "1"),
}
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
ODD = {
    "float('nan')": "missing value",
    "1e300": "far too large",
    "'x' * 10_000_000": "text",
    "__import__('pandas').DataFrame({'a': range(1000)})": "DataFrame",
}
RAISED = ("SystemExit", "KeyboardInterrupt", "ZeroDivisionError")
RAISING = "type('C', (), {{'to_dict': lambda self: exec('raise {}')}})()"
#: Cells that would stop the runner itself, where only the cell should fail.
BREAKERS = {
    "endless": "while True: pass",
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
    "no traceback": "get_ipython().showtraceback = None\n1 / 0",
}


@pytest.fixture(scope="module")
def tried(release):
    """One run of all answers and cells that try to break the runner from within."""
    # What reads an answer is loaded first, so that it does not count for the first of them.
    warm = attempt("import altair, pandas, techpolitik.lesson.exercises")
    attempts = {"warm": warm, "warmer": warm} | LIARS
    attempts |= {name: attempt(answer=answer, exercise=CHART) for name, answer in CHARTS.items()}
    attempts |= {answer: attempt(answer=answer) for answer in ODD}
    attempts |= {name: attempt("", RAISING.format(name), CHART) for name in RAISED}
    attempts |= {name: attempt(attack) for name, attack in BREAKERS.items()}
    return run(release, attempts, {"seconds": 60})


def test_nothing_of_it_stops_the_run(tried):
    assert tried["end"] == "finished"
    assert tried["marks"]["last"]["answer"] == 59.6


@pytest.mark.parametrize("name", [*LIARS, *CHARTS])
def test_pretending_earns_nothing(tried, name):
    assert not tried["marks"][name]["points"], tried["marks"][name]


@pytest.mark.parametrize("answer", ODD)
def test_odd_answers_are_told_what_they_are(tried, answer):
    assert tried["marks"][answer]["status"] == "problem"
    assert ODD[answer] in tried["marks"][answer]["lines"][0]


@pytest.mark.parametrize("name", RAISED)
def test_an_answer_that_raises_is_named(tried, name):
    assert name in tried["marks"][name]["lines"][0]


@pytest.mark.parametrize("name", BREAKERS)
def test_a_cell_that_breaks_stops_no_other(tried, name):
    assert tried["marks"][name]["answer"] == 59.6


def test_a_slow_cell_is_told_its_time(tried):
    assert "stopped after 2 seconds" in tried["printed"]["endless"]


#: Cells that change the runner for good, so that each has a run of its own.
TAMPERING = {
    "another reader": "import techpolitik.lesson.exercises as e\n"
    "e.read_answer = lambda *a: {'points': 100, 'status': 'right'}",
    "another judge": (
        "import techpolitik.lesson.exercises as e, techpolitik.lesson.exercises.sealing as s\n"
        "e.verdict = e.check = lambda *a: ('right', [''], '')\ns.judge = lambda *a: ('right', '')"
    ),
    "another json": "import json\nreal = json.dumps\n"
    "json.dumps = lambda o, **k: real({**o, 'points': 100, 'status': 'right'}, **k)",
    "other builtins": "import builtins\nbuiltins.isinstance = lambda *a: True",
    "a broken IPython": "get_ipython().run_cell_async = 3",
}


@pytest.mark.parametrize("name", TAMPERING)
def test_tampering_earns_nothing(release, name):
    result = run(release, {name: attempt(TAMPERING[name], "1")})
    assert not any(mark["points"] for mark in result["marks"].values()), result["marks"]
    assert result["end"] == "finished" or name != "a broken IPython"


#: Lines in the form of the grader's report, and how a run ends that has them in it.
FORGERIES = {
    "points": (b'{"answer": "forged", "plain": 1, "points": 9}\n', "finished"),
    "an answer": (b'{"answer": "forged", "plain": 12.3}\n', "finished"),
    "an unknown answer": (b'{"answer": "no-such", "plain": 12.3}\n', "finished"),
    "another type": (b'{"answer": "forged", "plain": {"a": [true]}}\n', "finished"),
    "no number": (b'{"answer": "forged", "plain": NaN}\n', "garbled"),
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
#: Code that writes into the grader's report, by trying every open file.
FORGE = """
import os
for number in range(3, 40):
    try:
        os.write(number, {lines!r})
    except OSError:
        pass
"""


def earns_nothing(result: dict) -> bool:
    """Tell whether a report gives no points, and nothing that a page could run."""
    mark_of_it = mark(SHARE, KNOWN[SHARE] | {"id": "forged"}, result)
    items = [item for items in result["outputs"].values() for item in items]
    shown = {kind for item in items for kind in item.get("data", {})}
    return not mark_of_it["points"] and shown <= {"text/plain"}


@pytest.fixture(scope="module")
def written(release):
    """What the runner writes of a run whose answer is 1."""
    seen, real = [], sandbox.watch
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox, "watch", lambda *a: seen.append(real(*a)) or seen[0])
        run(release, {"forged": attempt(answer="1")})
    return seen[0][1]


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_line_in_a_report_earns_nothing(written, name):
    line, end = FORGERIES[name]
    result = sandbox.understand(line + written, "finished", sandbox.LIMITS)
    assert result["end"] == end
    assert earns_nothing(result)


@pytest.mark.parametrize("end", ["finished", "garbled"])
def test_a_forged_report_earns_nothing(release, end):
    lines = b"".join(line for line, result in FORGERIES.values() if result == end)
    result = run(release, {"forged": attempt(FORGE.format(lines=lines), "1")})
    assert result["end"] == end
    assert earns_nothing(result)


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
    result = run(release, {"flood": attempt(attack, "1")})
    assert result["end"] == "report"
    assert result["marks"]["flood"]["status"] == "stopped"


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
