"""A browser in words. The header is whatever somebody sent, so only words of our own come out. Pure."""

# Each list in the order in which a name decides: most browsers also claim to be others.
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "a Mac"),
    ("Linux", "Linux"),
)


def in_words(user_agent: str) -> str:
    """ "Firefox on Windows"; "Another browser" for what we do not know."""
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), "Another browser")
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), "")
    return f"{browser} on {system}" if system else browser
