"""The syllabus: what each lesson asks, takes and holds, and plans for a course of some weeks.

All of it comes from the heads of the lessons and from their exercises. `lesson-list` is the list
on the front page, `syllabus` the lessons with a plan for one session each, `course-plan` a plan
over several weeks, `learning-outcomes` the table of what is learned and which exercise trains it.
"""

import html
import re
from collections import Counter
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.errors import ExtensionError

from techpolitik import course, files
from techpolitik.book.pages.parts import (
    GeneratedPage,
    anchor,
    bullets,
    facts,
    joined,
    node_table,
    para,
    raw,
    table,
    to_renew,
)

KINDS = ("data", "chart", "argument")
LEVELS = ("warm-up", "core", "stretch")


def setup(app):
    """Register the directives."""
    app.add_directive("lesson-list", LessonList)
    app.add_directive("syllabus", Syllabus)
    app.add_directive("course-plan", CoursePlan)
    app.add_directive("learning-outcomes", LearningOutcomes)
    app.add_directive("session-minutes", SessionMinutes)
    app.add_node(picture_of)
    app.connect("env-updated", pages_to_write)
    app.connect("doctree-resolved", fill_places)


class LessonPage(GeneratedPage):
    """What the directives of this module share: links to lessons and exercises."""

    def to_lesson(self, lesson, text):
        """Return a link to a lesson's page."""
        return self.pending("doc", f"/{lesson.docname}", text)

    def to_exercise(self, lesson, exercise):
        """Return a link to an exercise in its lesson."""
        return self.place(lesson, "exercise", exercise["id"], exercise["title"])


class picture_of(nodes.General, nodes.Element):
    """The place for the picture of a lesson (`page`), known when all pages have been read."""


class LessonList(LessonPage):
    """The lessons of the book as a list: number, question, first sentence, minutes, picture."""

    def run(self):
        """Return one item for each lesson."""
        return [nodes.container("", *map(self.item, self.all_lessons()), classes=["tp-lessons"])]

    def item(self, lesson):
        """Return the item of one lesson."""
        return nodes.container(
            "",
            para(str(lesson.number)),
            para(self.to_lesson(lesson, lesson.question)),
            para(first_sentence(lesson.intro)),
            para(f"{lesson.name} · {time_of(lesson)} · {len(lesson.exercises)} exercises"),
            picture_of(page=lesson.docname),
            classes=["tp-lesson-item"],
        )


def pages_to_write(app, env):
    """Have lists of lessons written again when a picture has changed."""
    known = {page: meta.get("tp_picture") for page, meta in sorted(env.metadata.items())}
    return to_renew(env, "tp_known_pictures", known, "tp_lists_lessons")


def fill_places(app, doctree, docname):
    """Put each picture into its place."""
    for place in list(doctree.findall(picture_of)):
        picture = app.env.metadata[place["page"]].get("tp_picture")
        place.replace_self([raw(f'<div class="tp-picture">{picture}</div>')] if picture else [])


def first_sentence(text):
    """Return a text up to the end of its first sentence."""
    return re.match(r".*?[.?](?=\s|$)", text)[0]


class Syllabus(LessonPage):
    """Each lesson with the facts of its head and a plan for one session."""

    def run(self):
        """Return one section for each lesson."""
        return [self.entry(lesson) for lesson in self.all_lessons()]

    def entry(self, lesson):
        """Return the section of one lesson."""
        return self.section(
            anchor("syllabus", lesson.id),
            lesson.title,
            para(self.to_lesson(lesson, lesson.question)),
            facts(
                ("Time", time_of(lesson)),
                ("Students will", [bullets(lesson.objectives)]),
                ("They need", lesson.needs),
                ("Tables", [self.tables(lesson)]),
                ("Articles", lesson.articles),
                ("Exercises", exercise_facts(lesson)),
            ),
            nodes.rubric("", "One session"),
            raw(session_html(lesson)),
            *short_form(lesson),
        )

    def tables(self, lesson):
        """Return links to the cards of the tables of a lesson, as one paragraph."""
        return para(*joined([self.ref(anchor("dataset", name), name)] for name in lesson.tables))


def time_of(lesson):
    """Return the minutes of a lesson as its head states them."""
    home = f", {lesson.home} at home" if lesson.home else ""
    return f"{lesson.minutes} minutes in class{home}"


def exercise_facts(lesson):
    """Say how many exercises of each kind and difficulty a lesson has, and for how many points."""
    kinds = Counter(exercise["kind"] for exercise in lesson.exercises)
    levels = Counter(exercise["difficulty"] for exercise in lesson.exercises)
    points = sum(exercise["points"] for exercise in lesson.exercises)
    by_kind = ", ".join(f"{kinds[kind]} {kind}" for kind in KINDS if kinds[kind])
    by_level = ", ".join(f"{levels[level]} {level}" for level in LEVELS if levels[level])
    return f"{len(lesson.exercises)} ({by_kind}; {by_level}), {points} points in all"


def session_html(lesson):
    """Return the plan of one session: from which minute to which, what is done, and how."""
    rows = [
        [span, html.escape(part.capitalize()), html.escape(done)]
        for span, part, done in session(lesson)
    ]
    return table(["Minutes", "Part", "What is done"], rows).astext()


def session(lesson):
    """Return (minutes, part, what is done) for each part of a lesson, with the clock running."""
    kinds = Counter(kind for kind, _ in lesson.places)
    clock, plan = 0, []
    for name, part in course.current().parts.items():
        done = part["done"].format(
            excerpts=lesson.excerpts[name],
            claims=kinds["claim"],
            exercises=len(lesson.exercises),
        )
        plan.append((f"{clock} to {clock + lesson.parts[name]}", name, done))
        clock += lesson.parts[name]
    return plan


def short_form(lesson):
    """Return a line on what to do where there is an hour or less, if parts are meant for that."""
    parts = [name for name, part in course.current().parts.items() if part.get("short")]
    if not parts:
        return []
    minutes = sum(lesson.parts[part] for part in parts)
    listed = " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))
    return [para(f"In {minutes} minutes: {listed}; the rest at home.")]


class SessionMinutes(LessonPage):
    """One line with the minutes of each part of a lesson, for the page on running a session."""

    required_arguments = 1

    def run(self):
        """Return a paragraph."""
        lesson = named(self.all_lessons(), self.arguments[0], self.get_location())
        parts = ", ".join(f"{part} {minutes}" for part, minutes in lesson.parts.items())
        return [
            para(
                f"{lesson.minutes} minutes: {parts}. ",
                self.to_lesson(lesson, "The lesson"),
                "; ",
                self.ref(anchor("syllabus", lesson.id), "its plan and tables"),
                ".",
                classes=["tp-note"],
            )
        ]


def named(found, lesson, where):
    """Return the lesson with this id; ExtensionError with the place if there is none."""
    by_id = {entry.id: entry for entry in found}
    if lesson not in by_id:
        raise ExtensionError(
            f"{where}: no lesson has the id {lesson!r}{files.nearest(lesson, by_id)}"
        )
    return by_id[lesson]


class CoursePlan(LessonPage):
    """A plan over several weeks. Each line is a week: "the_stack; rare_earths: read, look"."""

    has_content = True
    option_spec: ClassVar = {"minutes": directives.positive_int}

    def run(self):
        """Return a table; a week says what is done in class, for how long, and what at home."""
        weeks = read_plan(
            self.content, self.all_lessons(), self.options["minutes"], self.get_location()
        )
        taught = {
            (lesson.id, part) for _, week in weeks for lesson, parts in week for part in parts
        }
        rows = [
            [str(number), self.in_class(week), str(minutes_of(week)), at_home(week, taught)]
            for number, week in weeks
        ]
        return [node_table(["Week", "In class", "Minutes", "At home"], rows)]

    def in_class(self, week):
        """Return the lessons of a week, with the parts where it is not the whole."""
        return joined(
            (
                [self.to_lesson(lesson, lesson.title), some_of(lesson, parts)]
                for lesson, parts in week
            ),
            between="; ",
        )


def some_of(lesson, parts):
    """Name the parts of a lesson where it is not the whole."""
    return f" ({', '.join(parts)})" if len(parts) < len(lesson.parts) else ""


def at_home(week, taught):
    """Say what of a week's lessons is left for home: parts no week teaches, and exercises."""
    exercising = {name for name, part in course.current().parts.items() if part.get("exercises")}
    left = []
    for lesson, parts in week:
        rest = [part for part in lesson.parts if (lesson.id, part) not in taught]
        rest += ["exercises"] if exercising & {*parts} else []
        name = f"{lesson.name}: " if len(week) > 1 else ""
        left += [name + ", ".join(rest)] if rest else []
    return "; ".join(left)


def minutes_of(week):
    """Return the minutes that the parts of a week take."""
    return sum(lesson.parts[part] for lesson, parts in week for part in parts)


def read_plan(lines, found, limit, where):
    """Return (week, [(lesson, parts)]) for each line of a plan.

    Weeks on a lesson that the book does not have yet are left out. ExtensionError for an unknown
    lesson or part, a week above `limit` minutes, and a lesson of the book that is in no week.
    """
    by_id, plan = {lesson.id: lesson for lesson in found}, []
    for number, line in enumerate(lines, start=1):
        week = []
        for item in line.split(";"):
            name, _, parts = (text.strip() for text in item.partition(":"))
            if name not in by_id and name in tuple(course.current().lessons):
                continue
            lesson = named(found, name, where)
            chosen = [part.strip() for part in parts.split(",")] if parts else list(lesson.parts)
            for part in chosen:
                if part not in lesson.parts:
                    raise ExtensionError(
                        f"{where}: week {number}: {name} has no part {part!r}"
                        f"{files.nearest(part, lesson.parts)}"
                    )
            week.append((lesson, chosen))
        if minutes_of(week) > limit:
            raise ExtensionError(
                f"{where}: week {number} takes {minutes_of(week)} minutes, at most {limit} allowed"
            )
        plan += [(number, week)] if week else []
    absent = set(by_id) - {lesson.id for _, week in plan for lesson, _ in week}
    if absent:
        raise ExtensionError(f"{where}: no week has {', '.join(sorted(absent))}")
    return plan


class LearningOutcomes(LessonPage):
    """For each lesson: what students will be able to do, and which exercises train it."""

    def run(self):
        """Return a section with a table for each lesson."""
        return [
            self.section(
                anchor("outcomes", lesson.id),
                lesson.title,
                node_table(["Students will", "Trained by"], self.rows(lesson)),
            )
            for lesson in self.all_lessons()
        ]

    def rows(self, lesson):
        """Return a row for each objective of a lesson, and one for what goes beyond them."""
        check_objectives(lesson)
        rows = [
            [objective, self.trained_by(lesson, number) or "the lesson itself, in class"]
            for number, objective in enumerate(lesson.objectives, start=1)
        ]
        beyond = self.trained_by(lesson, None)
        return rows + ([["Beyond these", beyond]] if beyond else [])

    def trained_by(self, lesson, number):
        """Return links to the exercises that train an objective; None stands for no objective."""
        training = [e for e in lesson.exercises if number in e.get("trains", [None])]
        return joined(
            ([self.to_exercise(lesson, e), f" ({e['kind']})"] for e in training), between="; "
        )


def check_objectives(lesson):
    """Refuse an exercise that trains an objective its lesson does not have."""
    count = len(lesson.objectives)
    for exercise in lesson.exercises:
        if max(exercise.get("trains", [1])) > count:
            raise ExtensionError(
                f"notebooks/exercises/{lesson.id}.yml: {exercise['id']}: field 'trains' is "
                f"{exercise['trains']}, but the lesson's header has {count} objectives"
            )
