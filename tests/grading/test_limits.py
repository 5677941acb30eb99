"""What a hostile submission may use up, and how it may end: see `test_sandbox`."""

import os
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from hostile import COUNT, attempt, released, run


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    return released(tmp_path_factory.mktemp("release"))


# --- what it cannot use up ------------------------------------------------------------------

#: What stops its own cell and nothing else; each is a cell of one notebook.
CONTAINED = {
    "recursion": "def f(): f()\nf()",
    "a regular expression": "import re\nre.match(r'(a+)+$', 'a' * 50 + 'b')",
    "a huge number": "print(str(9 ** 9 ** 9))",
    "printing": "while True: print('x' * 1000)",
    "printing below Python": "import os\nfor _ in range(100000): os.write(1, b'x' * 1000)",
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
    "threads": """
        import threading, time
        while True:
            threading.Thread(target=time.sleep, args=[60]).start()
        """,
}
#: What may take the whole notebook with it.
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
    "displaying": "from IPython.display import display\nwhile True: display('x' * 1000)",
}


@pytest.fixture(scope="module")
def exploded(release):
    """All bombs by name, four at a time since they wait for limits; "left" are their processes."""
    before = {process.pid for process in psutil.process_iter()}

    def explode(name):
        return run(release, {name: attempt(BOMBS[name])}, {"seconds": 8})

    with ThreadPoolExecutor(4) as pool:
        contained = pool.submit(
            run, release, {n: attempt(code) for n, code in CONTAINED.items()}, {"seconds": 120}
        )
        found = dict(zip(BOMBS, pool.map(explode, BOMBS), strict=True))
    left = [one for one in psutil.process_iter() if one.pid not in before and ours(one, before)]
    return found | {"contained": contained.result(), "left": psutil.wait_procs(left, timeout=60)[1]}


def ours(process, before) -> bool:
    """Tell whether a process is in a sandbox of this test, and not of another run."""
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    try:
        sandboxed = any(word in ("/runner.py", "bwrap") for word in process.cmdline())
        return sandboxed and not {one.pid for one in process.parents()} & (before - own)
    except psutil.Error:
        return False


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_contained(exploded, name):
    result = exploded[name]
    assert result["end"] in ("finished", "time", "memory", "report", "died"), result["end"]
    # Whatever was not reached waits for a person; nothing is zero in silence.
    mark = result["marks"][name]
    assert mark["answer"] == 59.6 or mark["status"] == "stopped"


@pytest.mark.parametrize("name", CONTAINED)
def test_a_bomb_in_a_cell_stops_that_cell_alone(exploded, name):
    assert exploded["contained"]["end"] == "finished"
    assert exploded["contained"]["marks"][name]["answer"] == 59.6


def test_no_process_is_left_of_any(exploded):
    assert exploded["left"] == []


def test_of_many_outputs_only_some_are_kept(release):
    flood = "for _ in range(9): display('x' * 4000)"
    attempts = {"first": attempt(flood), "second": attempt(flood)}
    result = run(release, attempts, {"outputs": 50_000})
    assert result["end"] == "finished"
    assert sum(map(len, result["printed"].values())) < 50_000
    assert "more than is kept" in result["printed"]["second"]
    assert result["marks"]["second"]["answer"] == 59.6


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
    result = run(release, {code: attempt(code) for code in HARMLESS})
    assert result["end"] == "finished"
    assert list(result["outputs"]) == list(range(2 * len(HARMLESS) + 2))
    assert {mark["answer"] for mark in result["marks"].values()} == {59.6}


@pytest.mark.parametrize(
    "attack",
    [
        "import os; os._exit(0)",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "import ctypes; ctypes.string_at(0)",
        "import techpolitik, sys; sys.modules.clear()",
        "import os; os.closerange(0, 1000)",
    ],
)
def test_a_notebook_that_ends_itself_waits_for_a_person(release, attack):
    result = run(release, {"deadly": attempt(attack)})
    assert result["end"] == "died"
    mark = result["marks"]["deadly"]
    assert (mark["status"], mark["points"]) == ("stopped", None)


def test_answers_before_the_end_are_kept(release):
    attempts = {
        "before": attempt(answer="59.5"),
        "end": attempt(answer="7\nimport os; os._exit(1)", exercise=COUNT),
    }
    result = run(release, attempts)
    assert result["end"] == "died"
    assert result["marks"]["before"]["points"] == 2
    assert result["marks"]["end"]["points"] is None
