"""Assignments: set the exercises of a lesson, take them back, grade them.

Everything happens in a course folder laid out as nbgrader expects it (`course`), so that
nbgrader's gradebook and formgrader work there as well. The parts follow the work of a teacher:

- `release` makes the release, the teacher's copy and the grading source of a lesson, `answer_key`
  keeps what its answers are compared with;
- `collect` sorts what students submitted, from a folder or a download of Moodle or Canvas, and
  `submission` turns one file into a notebook that can be graded, or says why it cannot;
- `grade` runs each notebook in the `sandbox`, where `runner` takes its answers out as plain data;
  `marking` compares them, `gradebook` records the marks, `notebooks` makes what formgrader shows;
- `feedback` writes a page for each student, `export` the marks for a course system;
- `rehearsal` invents a class to try all this with;
- `commands` puts these on the command line.

Nothing here runs a student's code except in the sandbox of the grader, and no name of a file or
student is used as a path before it has been made safe.
"""
