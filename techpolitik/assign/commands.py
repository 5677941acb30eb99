"""The commands of `techpolitik` that belong to assignments."""
