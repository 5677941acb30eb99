"""What is due: forecasts whose day comes, and tables and notes unread for a year.

Each table says until when its makers looked (`retrieved` in data/datapackage.json), and which newer
editions they knew of and did not use (`newer`). Each file of seeds says it for the notes on what
happened since (`looked_until`).
"""

from datetime import date, timedelta

from techpolitik.lesson import datasets, seeds

#: After so long a table or a note is looked at again.
REVIEW = timedelta(days=365)


def due(by: date) -> dict[str, list[str]]:
    """List what a teacher should look at by a day.

    Parameters
    ----------
    by
        The day, today or later.

    Returns
    -------
    dict
        Lines by heading; a heading without lines is left out.

    """
    found = {
        f"Forecasts to settle by {by}": forecasts(by),
        "Tables to look at again": tables(by),
        "Notes on what happened since, to look at again": notes(by),
        "Sources with newer editions": editions(),
    }
    return {heading: lines for heading, lines in found.items() if lines}


def forecasts(by: date) -> list[str]:
    """List the forecasts whose day falls between the last look at the table and a day."""
    if "forecasts" not in _cards():
        return []
    table = datasets.load("forecasts").sort_values("resolves_on")
    looked = _cards()["forecasts"]["retrieved"]
    coming = table[(table["resolves_on"] > looked) & (table["resolves_on"] <= str(by))]
    return [
        f"{row['forecast_id']}, {row['resolves_on']:%Y-%m-%d}: {row['statement']}"
        for _, row in coming.iterrows()
    ]


def tables(by: date) -> list[str]:
    """List the tables whose makers looked more than a year before a day, oldest first."""
    looked = sorted((card["retrieved"], name) for name, card in _cards().items())
    return [f"{name}, last looked at on {day}" for day, name in looked if _stale(day, by)]


def notes(by: date) -> list[str]:
    """List the articles whose `since` notes were written more than a year before a day."""
    return [
        f"{document['file']}, {sum(claim['since'] is not None for claim in document['claims'])} "
        f"notes, last looked at on {document['looked_until']}"
        for document in seeds.documents()
        if _stale(document["looked_until"], by)
    ]


def editions() -> list[str]:
    """List the newer editions of sources that the makers of the tables knew of."""
    return [f"{name}: {line}" for name, card in _cards().items() for line in card.get("newer", [])]


def _cards() -> dict[str, dict]:
    return {entry["name"]: entry["techpolitik"] for entry in datasets.package()["resources"]}


def _stale(looked: str, by: date) -> bool:
    return date.fromisoformat(looked) + REVIEW < by
