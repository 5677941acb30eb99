"""Where this checkout of the course lies."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
