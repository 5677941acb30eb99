"""Techpolitik: a data course on the geopolitics of the technology stack."""
