"""What is due is listed: forecasts that come due, tables and notes past their year, editions."""

from datetime import date

import pytest

from techpolitik import cli, course, files
from techpolitik.lesson import datasets, due

TODAY = date(2026, 11, 30)


def test_a_forecast_is_due_once_its_day_has_come():
    assert due.forecasts(TODAY) == []
    assert due.forecasts(date(2030, 12, 30)) == []
    (line,) = due.forecasts(date(2030, 12, 31))
    assert line.startswith("EC10, 2030-12-31: 6G networks")


def test_a_forecast_settled_before_the_last_look_is_not_due(monkeypatch):
    cards = due._cards()
    earlier = {**cards, "forecasts": {**cards["forecasts"], "retrieved": "2024-12-30"}}
    monkeypatch.setattr(due, "_cards", lambda: earlier)
    named = {line.partition(",")[0] for line in due.forecasts(date(2025, 9, 30))}
    assert {"EC26", "CB025", "SC16"} <= named and "EC10" not in named and "FO08" not in named


def test_tables_and_notes_are_due_after_a_year():
    assert due.tables(TODAY) == due.notes(TODAY) == []
    read = {entry["techpolitik"]["retrieved"] for entry in datasets.package()["resources"]}
    late = date.fromisoformat(max(read)).replace(year=2028)
    assert len(due.tables(late)) == len(datasets.package()["resources"])
    assert len(due.notes(late)) == 5
    assert all("notes, last looked at on 2026-" in line for line in due.notes(late))


def test_the_command_says_what_is_due_and_when_nothing_is(capsys, monkeypatch):
    assert cli.main(["due", "--by", "2031-01-01"]) == 1
    told = capsys.readouterr().out
    assert "Forecasts to settle by 2031-01-01 (1)" in told
    assert "Sources with newer editions" in told and "ai_surveillance" in told
    monkeypatch.setattr(due, "due", lambda by: {})
    assert cli.main(["due"]) == 0
    assert "Nothing is due by" in capsys.readouterr().out


def test_a_day_that_is_none_is_refused(capsys):
    with pytest.raises(SystemExit):
        cli.main(["due", "--by", "soon"])
    assert "--by" in capsys.readouterr().err


def test_a_course_without_forecasts_has_none_due(monkeypatch):
    monkeypatch.setattr(due, "_cards", lambda: {})
    assert due.due(TODAY) == {}


@pytest.mark.parametrize("value", ["November 2026", "2026-11", ""])
def test_a_table_must_say_until_when_its_makers_looked(value):
    package = files.read_json(course.current().data / "datapackage.json")
    entry = {**package["resources"][0]}
    entry["techpolitik"] = {**entry["techpolitik"], "retrieved": value}
    (problem,) = files.problems({**package, "resources": [entry]}, "table")
    assert "retrieved" in problem and "until which its makers looked" in problem
