"""A Chromium that reaches this machine and nothing else: for paper, tests and measurements."""

import os
import shutil
from contextlib import contextmanager

HOST = "127.0.0.1"
ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    # A request to any other host fails here too, whatever network this machine has.
    f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {HOST}",
]


def executable() -> str | None:
    """Find Chromium: $CHROMIUM, then PATH; None leaves it to Playwright's own."""
    names = [os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"]
    return next(filter(None, (shutil.which(name) for name in names if name)), None)


@contextmanager
def chromium():
    """Start one browser and close it in the end. Raises ImportError if Playwright is missing."""
    from playwright.sync_api import sync_playwright

    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(), args=[*ARGUMENTS, *(["--no-sandbox"] if root else [])]
        )
        yield browser
        browser.close()
