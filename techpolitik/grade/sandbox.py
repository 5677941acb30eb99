"""Run a submission where it can do no harm: bubblewrap, limits, and a watch from outside.

A sandboxed notebook sees Python, the installed packages and the release, all read-only, and a
small scratch space. It sees no network, no other process, no gradebook, no private checks, no other
submission and nothing of the teacher's home. What it may use of time, memory, processes, files and
output is limited inside (see `runner`) and watched here.

Release and runner are shown from copies under a neutral name, and bubblewrap is told what to do
through a file, so that /proc tells nothing of where the course lies. It still tells where the
packages lie (/proc/self/mountinfo), which are too large to copy.
"""

import contextlib
import errno
import functools
import json
import os
import selectors
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from pathlib import Path

RUNNER = Path(__file__).with_name("runner.py")
MEBIBYTE = 2**20

#: What one submission may use; bytes unless the name says otherwise.
LIMITS = {
    "seconds": 120,
    "cell_seconds": 30,
    "memory": 1536 * MEBIBYTE,
    "processes": 32,
    "file": 32 * MEBIBYTE,
    "disk": 64 * MEBIBYTE,
    "output": 50_000,
    "answer": 2_000_000,
    "outputs": 2_000_000,
    "report": 16 * MEBIBYTE,
}

#: System calls that a submission is refused: what holds memory that no limit counts, what gives
#: new rights or mounts, what reaches the teacher's keys, and what opens the kernel wide.
REFUSED_CALLS = (
    *("memfd_create", "memfd_secret", "shmget", "msgget", "semget"),
    *("unshare", "setns"),
    *("add_key", "request_key", "keyctl"),
    *("bpf", "perf_event_open", "userfaultfd", "io_uring_setup"),
)
NEW_USER_NAMESPACE = 0x10000000
#: Families of sockets that a submission may open, all within its own network: local, IPv4, IPv6.
#: Others reach the kernel (netlink) or the host of a virtual machine (vsock).
SOCKETS = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6)

#: Options before the name of a scratch folder: anybody may write there, and it has a size.
SCRATCH = ["--perms", "1777", "--size", str(LIMITS["disk"]), "--tmpfs"]

#: The end of a report, as `runner` writes it.
LAST_LINE = b'{"end": true}\n'

#: How a run may end, as the report says it.
RUN_ENDINGS = {
    "finished": "ran from top to bottom",
    "time": "was stopped after {seconds} seconds",
    "memory": "was stopped because it used more than {memory_mb} MB of memory",
    "report": "was stopped because it put out more than {report_mb} MB",
    "died": "ended its own process",
    "garbled": "wrote into the grader's report",
    "interrupted": "was stopped with the grader",
}

#: Stands for the outputs of a cell after a submission has put out more than is kept of it.
OUTPUT_CUT = {
    "output_type": "stream",
    "name": "stderr",
    "text": "[cut here: the notebook put out more than is kept]\n",
}


class NoSandbox(RuntimeError):
    """Submissions cannot be run safely on this machine; the message says why and what to do."""


def check_available() -> None:
    """Raise `NoSandbox` unless a sandboxed process can be started here."""
    install = "Install bubblewrap (Debian, Ubuntu: apt install bubblewrap) or grade on Linux"
    if sys.platform != "linux" or not shutil.which("bwrap"):
        raise NoSandbox(f"bubblewrap (the command bwrap) was not found. {install}.")
    if os.geteuid() == 0 and not shutil.which("setpriv"):
        raise NoSandbox("the command setpriv was not found. Install util-linux.")
    with tempfile.TemporaryDirectory() as empty, enclosed(Path(empty)) as (command, handles):
        settings = {"pass_fds": handles, "capture_output": True, "text": True}
        tried = subprocess.run([*command, "-c", "pass"], **settings)
    if tried.returncode:
        raise NoSandbox(
            f"bubblewrap cannot start here: {tried.stderr.strip()}. It needs user namespaces: on "
            "Ubuntu 24.04 and later: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0; "
            "in a container, allow them or run as root."
        )


@functools.cache
def call_filter() -> bytes:
    """Make the filter of system calls, as bubblewrap takes it.

    Raises `NoSandbox` if the library that makes it is not there.
    """
    try:
        import pyseccomp as seccomp
    except (ImportError, RuntimeError) as error:
        raise NoSandbox(
            f"the filter of system calls cannot be made: {error}. Install libseccomp (Debian, "
            "Ubuntu: apt install libseccomp2) and requirements/grade.txt."
        ) from error
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    for name in REFUSED_CALLS:
        rules.add_rule(seccomp.ERRNO(errno.EPERM), name)
    flag = seccomp.Arg(0, seccomp.MASKED_EQ, NEW_USER_NAMESPACE, NEW_USER_NAMESPACE)
    rules.add_rule(seccomp.ERRNO(errno.EPERM), "clone", flag)
    # Its flags lie in memory, where no filter can look; libc falls back to clone.
    rules.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    for family in set(range(max(SOCKETS))) - set(SOCKETS):
        other = seccomp.Arg(0, seccomp.EQ, family)
        rules.add_rule(seccomp.ERRNO(errno.EAFNOSUPPORT), "socket", other)
    other = seccomp.Arg(0, seccomp.GT, max(SOCKETS))
    rules.add_rule(seccomp.ERRNO(errno.EAFNOSUPPORT), "socket", other)
    with tempfile.TemporaryFile(buffering=0) as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


@contextlib.contextmanager
def opened(content: bytes):
    """Yield an open file with some content, at its beginning."""
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(content)
        file.seek(0)
        yield file


@contextlib.contextmanager
def enclosed(release: Path):
    """Yield the command that starts Python in a sandbox, and the open files it reads.

    Parameters
    ----------
    release : Path
        The folder of the release; a copy is shown as /course, with its files read-only.

    """
    with (
        tempfile.TemporaryDirectory(prefix="sandbox-") as folder,
        opened(call_filter()) as calls,
    ):
        staged = Path(folder)
        shutil.copytree(release, staged / "course", ignore=not_released)
        shutil.copy(RUNNER, staged / "runner.py")
        mounts, python = python_inside()
        options = [*system_mounts(), *mounts, *shown(staged), "--seccomp", str(calls.fileno())]
        with opened(b"".join(option.encode() + b"\0" for option in options)) as arguments:
            command = ["bwrap", "--args", str(arguments.fileno()), *lowered(), python, "-I"]
            yield command, [calls.fileno(), arguments.fileno()]


def python_inside() -> tuple[list[str], str]:
    """Return the mounts that show Python and its packages in the sandbox, and its command."""
    base, packages = Path(sys.base_prefix).resolve(), sysconfig.get_paths()["purelib"]
    program = Path(os.path.realpath(sys.executable))
    mounts = ["--ro-bind", packages, "/packages"]
    if base.is_relative_to("/usr"):
        return mounts, str(program)
    # Under a name of its own: the path would tell the teacher's name, or lie in a closed folder.
    return [*mounts, "--ro-bind", str(base), "/python"], f"/python/{program.relative_to(base)}"


def not_released(folder: str, names: list[str]) -> list[str]:
    """Return what lies in a release only because somebody has worked there."""
    return [
        name
        for name in names
        if name.startswith(".")
        or name == "__pycache__"
        or Path(folder, name, "pyvenv.cfg").is_file()
    ]


def system_mounts() -> list[str]:
    """Return the options that part a process from the system and show it what it needs of it."""
    alone = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    options = [*alone, "--unshare-cgroup-try", "--die-with-parent", "--new-session", "--clearenv"]
    options += ["--cap-drop", "ALL", *rights(), "--ro-bind", "/usr", "/usr"]
    options += ["--proc", "/proc", "--dev", "/dev", *SCRATCH, "/dev/shm", *SCRATCH, "/tmp"]
    for path in map(Path, ("/lib", "/lib64", "/bin")):
        if path.is_symlink():
            options += ["--symlink", str(path.readlink()), str(path)]
        elif path.exists():
            options += ["--ro-bind", str(path), str(path)]
    return options


def shown(staged: Path) -> list[str]:
    """Return the options that show release and runner, and close all that is not scratch space."""
    options = [*SCRATCH, "/course"]
    for path in sorted((staged / "course").iterdir()):
        options += ["--ro-bind", str(path), f"/course/{path.name}"]
    options += ["--ro-bind", str(staged / "runner.py"), "/runner.py"]
    options += ["--remount-ro", "/", "--remount-ro", "/dev", "--chdir", "/course"]
    for name, value in environment("/tmp").items():
        options += ["--setenv", name, value]
    return options


def rights() -> list[str]:
    """Return the options that take all rights from the process, but those that `lowered` needs.

    An ordinary user gets a user namespace. The kernel does not count the processes of root in one,
    so root becomes a user that exists nowhere else instead.
    """
    if os.geteuid():
        return ["--unshare-user", "--uid", "1000", "--gid", "1000"]
    needed = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")
    return [word for name in needed for word in ("--cap-add", name)]


def lowered() -> list[str]:
    """Return the command through which root starts what is to have no rights."""
    if os.geteuid():
        return []
    number = str(1_000_000 + time.time_ns() // 1000 % 1_000_000_000)
    setpriv = ["/usr/bin/setpriv", "--reuid", number, "--regid", number, "--clear-groups"]
    return [*setpriv, "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"]


def environment(home: str) -> dict[str, str]:
    """Return the variables a submission sees."""
    # On some processors OpenBLAS must be told which kernels to use.
    passed = {name: os.environ[name] for name in os.environ if name.startswith("OPENBLAS_")}
    return passed | {
        "HOME": home,
        "IPYTHONDIR": f"{home}/ipython",
        "LANG": "C.UTF-8",
        "PATH": "/usr/bin:/bin",
        "TZ": "UTC",
        "OPENBLAS_NUM_THREADS": "1",
    }


def run(
    job: dict,
    release: Path,
    sandboxed: bool = True,
    limits: dict | None = None,
    stop: threading.Event | None = None,
) -> dict:
    """Run a submission and return what it reported.

    Parameters
    ----------
    job : dict
        {"cells": [sources], "exercises": [contracts, each with the number of its cell]}.
    release : Path
        The folder of the release.
    sandboxed : bool
        Without a sandbox only the limits hold.
    limits : dict, optional
        Instead of some of `LIMITS`.
    stop : threading.Event, optional
        Ends the run when it is set.

    Returns
    -------
    dict
        `end`, one of `RUN_ENDINGS`; `outputs`, those of each cell that ran, by number; `answers`,
        what each answer holds, by exercise; `seconds`. All of it is the word of hostile code.

    """
    limits, release = {**LIMITS, **(limits or {})}, release.resolve()
    with contextlib.ExitStack() as opening:
        order = opening.enter_context(opened(json.dumps({**job, "limits": limits}).encode()))
        if sandboxed:
            command, handles = opening.enter_context(enclosed(release))
            command = [*command, "/runner.py", "/course", "/packages"]
            # What bwrap is given could be read from its place in /proc.
            settings = {"env": {"PATH": os.environ["PATH"]}, "pass_fds": handles}
        else:
            home = opening.enter_context(tempfile.TemporaryDirectory(prefix="techpolitik-"))
            command = [sys.executable, "-I", str(RUNNER), str(release)]
            settings = {"env": environment(home), "cwd": release}
        begin = time.monotonic()
        process = subprocess.Popen(
            command, stdin=order, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **settings
        )
        end, written = watch(process, limits, stop or threading.Event())
    return {"seconds": time.monotonic() - begin, **understand(written, end, limits)}


def watch(process: subprocess.Popen, limits: dict, stop: threading.Event) -> tuple[str, bytes]:
    """Collect what a process writes until it ends, breaks a limit or is to stop.

    Returns how it ended, and the bytes.
    """
    import psutil

    deadline, written, end = time.monotonic() + limits["seconds"], bytearray(), ""
    looked = 0.0
    watched = psutil.Process(process.pid)
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        while not end:
            if ready.select(timeout=0.2):
                piece = os.read(process.stdout.fileno(), 65536)
                written += piece
                end = "" if piece else "died"
            # Not only when the pipe closes: something left behind could hold it open.
            if written.endswith(LAST_LINE):
                end = "finished"
            elif stop.is_set():
                end = "interrupted"
            elif len(written) > limits["report"]:
                end = "report"
            elif time.monotonic() > deadline:
                end = "time"
            elif time.monotonic() - looked > 0.2:  # a look takes longer than reading a piece
                looked = time.monotonic()
                end = "memory" if memory_of(watched) > limits["memory"] else end
    process.kill()
    process.wait()
    process.stdout.close()
    return end, bytes(written)


def memory_of(process) -> int:
    """Return the bytes of memory that a process and all it started hold."""
    import psutil

    held = 0
    with contextlib.suppress(psutil.NoSuchProcess):
        for one in process.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                held += one.memory_info().rss
    return held


def understand(written: bytes, end: str, limits: dict) -> dict:
    """Read a report line by line; whatever does not have its form ends it."""
    outputs, answers, left = {}, {}, limits["outputs"]
    for line in written.splitlines():
        try:
            event = read_event(line, limits)
            if event.get("end") is True:
                end = "finished"
            elif "cell" in event:
                left -= len(line)
                shown = [output(item) for item in event["outputs"]] if left > 0 else [OUTPUT_CUT]
                outputs[int(event["cell"])] = shown
            else:
                answers[str(event.pop("answer"))] = event
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            # A last line that broke off belongs to a run that was stopped.
            end = "garbled" if end in ("finished", "died") else end
            break
    return {"end": end, "outputs": outputs, "answers": answers}


def read_event(line: bytes, limits: dict) -> dict:
    """Read one line of a report as characters that a file can hold."""
    event = json.loads(line, parse_constant=refuse)
    if b"\\ud" in line.lower():  # perhaps half of a surrogate pair, not a character
        event = json.loads(json.dumps(event, ensure_ascii=False).encode("utf-8", "replace"))
    if "answer" in event and len(line) > limits["answer"] + 1000:
        raise ValueError("an answer that the runner would not have let through")
    return event


def refuse(constant: str):
    """Refuse what is not JSON though Python reads it: NaN and Infinity."""
    raise ValueError(constant)


def output(item: dict) -> dict:
    """Return an output of a cell in a form that a notebook may hold."""
    kind = item["output_type"]
    if kind == "stream" and item["name"] in ("stdout", "stderr"):
        return {"output_type": kind, "name": item["name"], "text": str(item["text"])}
    if kind == "error":
        lines = [str(line) for line in item["traceback"]]
        named = {key: str(item[key]) for key in ("ename", "evalue")}
        return {"output_type": kind, **named, "traceback": lines}
    if kind != "display_data":
        raise ValueError(kind)
    data = {name: str(text) for name, text in item["data"].items() if name == "text/plain"}
    return {"output_type": kind, "data": data, "metadata": {}}


def ending(end: str) -> str:
    """Return in words how a run ended."""
    sizes = {f"{name}_mb": LIMITS[name] // MEBIBYTE for name in ("memory", "report")}
    return RUN_ENDINGS[end].format(**LIMITS, **sizes)
