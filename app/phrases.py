"""How numbers of things, and lists of names, read in English."""


def counted(number: int, one: str, many: str = "") -> str:
    """`1 item`, `1,204 items`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(names: tuple[str, ...]) -> str:
    """`Elm Surgery, Oak Hospital and Social Care`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
