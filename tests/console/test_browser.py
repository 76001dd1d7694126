"""A browser in words of our own, whatever the header says."""

import pytest

from console.web.browser import in_words

MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (f"{MAC} Version/18.0 Safari/605.1.15", "Safari on a Mac"),
        (WINDOWS, "Chrome on Windows"),
        (f"{WINDOWS} Edg/130.0", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox on Linux"),
        (f"{PHONE} CriOS/130.0 Mobile Safari/604.1", "Chrome on an iPhone"),
        ("Mozilla/5.0 (Android 15; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0", "Firefox on Android"),
        ("curl/8.5", "Another browser"),
        ("<script>\u202eWindows", "Another browser on Windows"),
        ("", "Another browser"),
    ],
)
def test_it_is_named_in_our_own_words(header: str, words: str) -> None:
    assert in_words(header) == words
