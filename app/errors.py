"""What can go wrong, named for what the reader must do. Answered in one place (app/__init__.py)."""


class TributaryError(Exception):
    """One of ours: its words are safe to show, and hold nothing about a person."""


class NotAllowed(TributaryError):
    """The signed-in person may not do this. `ask_reason`: they may, once they give a reason."""

    def __init__(self, words: str = "You do not have access to this page.", *, ask_reason: bool = False) -> None:
        super().__init__(words)
        self.ask_reason = ask_reason


class FormTooOld(NotAllowed):
    """The page that this form stood on is of another session than the browser has now."""


class NotFound(TributaryError):
    """There is nothing here, or nothing that this person may know of."""


class NotReady(TributaryError):
    """A setting, key or database is missing or wrong; the words say which."""


class TooMuch(TributaryError):
    """The signed-in person did more in a short time than anyone may; the words say how long to wait."""


class BadUsage(TributaryError):
    """A command or form was given something it cannot use; the words say what to give."""
