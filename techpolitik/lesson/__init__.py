"""What notebooks call: tables, claims, figures, sliders, checks, quizzes."""
