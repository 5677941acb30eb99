"""The look of the course's figures, in one place: colours, type, and the form they travel in."""

#: Colours of the light page. The site replaces each by a CSS variable of the same meaning
#: (`--tp-ink` and so on), so that one drawing serves light and dark.
COLOURS = {
    "ink": "#1d2b3a",
    "paper": "#ffffff",
    "muted": "#5b6875",
    "grid": "#d9dee3",
    "1": "#154a78",
    "2": "#a63d1f",
    "3": "#369480",
    "4": "#c07a14",
    "5": "#8a63c4",
    "6": "#66727d",
    "seq-1": "#dce9f2",
    "seq-2": "#a9cbe0",
    "seq-3": "#5c9ac6",
    "seq-4": "#2f75a5",
    "seq-5": "#124a73",
}
#: The palette by the names that `course.yml` uses; grey is for what is not known, and for others.
PALETTE = dict(zip(["navy", "rust", "green", "ochre", "purple", "grey"], "123456", strict=True))
CATEGORIES = [COLOURS[number] for number in PALETTE.values()]
SEQUENCE = [COLOURS[f"seq-{number}"] for number in range(1, 6)]
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

BOOK_MIME = "application/vnd.vegalite.v6+json"
#: JupyterLab and VS Code still bundle Vega-Lite 5, and draw these charts with it.
LAB_MIME = "application/vnd.vegalite.v5+json"
#: The parameter, and the column, by which an exploration's chart knows its setting.
STATE = "tp_state"
