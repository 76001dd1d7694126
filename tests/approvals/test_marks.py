import json
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from approvals.marks import escape_json, segments, spell

# Drawn as nothing or as a blank, though their category says letter, mark or symbol.
FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\ufe00\ufe0f\uffa0\U000e0100\U000e01ef"
hard_characters = st.sampled_from(
    [*FILLERS, *"\u202e\u2066\u200b\u200d\ufeff\u00ad\u2028\u2029\u00a0\u3000\ue000\ud800\udfff\x00\n\t\r\x7f\x85",
     *"\U000e0041\U000e007f\U0010ffff\u0378", *"аероѕ" + "АΒο" + "ａ／" + "𝐚" + "∕", *"paypal ßé東ア9৪_«»U+"]
)  # fmt: skip
texts = st.text(st.characters(exclude_categories=()) | hard_characters)


def marked(text: str) -> list[tuple[str, str | None, str | None]]:
    return [(segment.kind, segment.codepoint, segment.name) for segment in segments(text) if segment.kind != "plain"]


@settings(deadline=None, max_examples=500)
@given(texts)
def test_the_pieces_joined_give_back_the_text(text: str) -> None:
    assert "".join(segment.text for segment in segments(text)) == text


@settings(deadline=None, max_examples=500)
@given(texts)
@example(FILLERS)
@example("«U+202E»\u202e")
def test_a_spelled_text_holds_nothing_invisible(text: str) -> None:
    left = spell(text).replace("\n", "").replace("\t", "")
    assert [character for character in left if not character.isprintable() or character in FILLERS] == []


@settings(deadline=None, max_examples=300)
@given(st.recursive(texts | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=8))
def test_escaped_json_still_says_the_same_and_hides_nothing(tree: object) -> None:
    shown = escape_json(json.dumps(tree, ensure_ascii=False, indent=2))
    assert json.loads(shown) == json.loads(json.dumps(tree))
    assert [character for character in shown if marked(character)[:1] and marked(character)[0][0] == "hidden"] == (
        ["\n"] * shown.count("\n")
    )


def read_back(spelled: str) -> str:
    text = ""
    while spelled:
        if not spelled.startswith("«U+"):
            text, spelled = text + spelled[0], spelled[1:]
            continue
        mark, _, spelled = spelled[3:].partition("»")
        character = chr(int(mark, 16))
        if is_hidden(character) or character == "«":
            text += character
            spelled = spelled[1:] if character in "\n\t" else spelled
    return text


@settings(deadline=None, max_examples=500)
@given(texts)
@example("««U+0041»")
@example("\U000e0101")
def test_a_spelled_text_stands_for_one_text_only(text: str) -> None:
    assert read_back(spell(text)) == text


def is_hidden(character: str) -> bool:
    selects = unicodedata.name(character, "").startswith("VARIATION SELECTOR")
    return not character.isprintable() or character in FILLERS or selects


@pytest.mark.parametrize(
    ("character", "codepoint", "name"),
    [
        ("\u202e", "U+202E", "RIGHT-TO-LEFT OVERRIDE"),
        ("\u2066", "U+2066", "LEFT-TO-RIGHT ISOLATE"),
        ("\u200b", "U+200B", "ZERO WIDTH SPACE"),
        ("\u200d", "U+200D", "ZERO WIDTH JOINER"),
        ("\ufeff", "U+FEFF", "ZERO WIDTH NO-BREAK SPACE"),
        ("\u00ad", "U+00AD", "SOFT HYPHEN"),
        ("\U000e0041", "U+E0041", "TAG LATIN CAPITAL LETTER A"),
        ("\ufe0f", "U+FE0F", "VARIATION SELECTOR-16"),
        ("\U000e0100", "U+E0100", "VARIATION SELECTOR-17"),
        ("\u3164", "U+3164", "HANGUL FILLER"),
        ("\u115f", "U+115F", "HANGUL CHOSEONG FILLER"),
        ("\u1160", "U+1160", "HANGUL JUNGSEONG FILLER"),
        ("\uffa0", "U+FFA0", "HALFWIDTH HANGUL FILLER"),
        ("\u2800", "U+2800", "BRAILLE PATTERN BLANK"),
        ("\u17b4", "U+17B4", "KHMER VOWEL INHERENT AQ"),
        ("\u034f", "U+034F", "COMBINING GRAPHEME JOINER"),
        ("\u00a0", "U+00A0", "NO-BREAK SPACE"),
        ("\u3000", "U+3000", "IDEOGRAPHIC SPACE"),
        ("\u2028", "U+2028", "LINE SEPARATOR"),
        ("\n", "U+000A", "LINE FEED"),
        ("\t", "U+0009", "CHARACTER TABULATION"),
        ("\x1b", "U+001B", "ESCAPE"),
        ("\x01", "U+0001", "CONTROL"),
        ("\ud800", "U+D800", "LONE SURROGATE"),
        ("\ue000", "U+E000", "PRIVATE USE"),
        ("\u0378", "U+0378", "UNASSIGNED"),
    ],
)
def test_a_hidden_character_is_named(character: str, codepoint: str, name: str) -> None:
    assert marked(f"a{character}b") == [("hidden", codepoint, name)]


@pytest.mark.parametrize("category", ["Cc", "Cf", "Cs", "Co", "Zl", "Zp", "Zs"])
def test_every_character_of_an_invisible_category_is_marked(category: str) -> None:
    members = [chr(code) for code in range(0x3001) if unicodedata.category(chr(code)) == category] or ["\ue000"]
    assert [character for character in members if character != " " and not marked(character)] == []


@pytest.mark.parametrize(
    ("text", "strangers"),
    [
        ("p\u0430ypal", "\u0430"),
        ("p\u0430yp\u0430l", "\u0430\u0430"),
        ("\u0440\u0430\u0443pal", "\u0440\u0430\u0443"),
        ("p\u200b\u0430ypal", "\u200b\u0430"),
        ("g\u03bf\u03bfgle.com", "\u03bf\u03bf"),
        ("\u0531pple", "\u0531"),
        ("\u13a1bay", "\u13a1"),
        ("\u041cicrosoft", "\u041c"),
        ("\u041f\u0440\u0438\u0432et", "et"),
        ("acc \u0430\u0441\u0441", "\u0430\u0441\u0441"),
        ("\u0430\u0440\u0440\u04cf\u0435", "\u0430\u0440\u0440\u04cf\u0435"),
        ("acct\u09ea", "\u09ea"),
        ("100\u09ea", "\u09ea"),
        ("\uff41\uff42", "\uff41\uff42"),
        ("\U0001d41a", "\U0001d41a"),
        ("bank.example\u2215evil", "\u2215"),
    ],
)
def test_letters_that_pass_for_others_are_marked(text: str, strangers: str) -> None:
    assert "".join(segment.text for segment in segments(text) if segment.kind != "plain") == strangers


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Refund the duplicate charge of 12 Nov.",
        "Grüße aus Ærøskøbing, 5 € für Zoë",
        "Привет, а у нас он есть",
        "Ελληνικά και English",
        "refund для клиента",
        "user_имя",
        "東京タワーへ",
        "Tシャツ",
        "한국어ABC",
        "सेना 12",
        "مرحبا 12",
        "שלום",
        "e\u0301te\u0301",
        "5 µm, 3 ½, n°",
        "😀",
    ],
)
def test_honest_text_of_many_languages_is_clean(text: str) -> None:
    assert marked(text) == []


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("invoice\u202efdp.exe", "invoice«U+202E»fdp.exe"),
        ("p\u0430ypal", "p\u0430«U+0430»ypal"),
        ("Refund.\nApproved by Ada", "Refund.«U+000A»\nApproved by Ada"),
        ("«U+202E»", "«U+00AB»U+202E»"),
        ("«quoted»", "«quoted»"),
        ("\U000e0041", "«U+E0041»"),
    ],
)
def test_a_text_is_spelled_out(text: str, spelled: str) -> None:
    assert spell(text) == spelled


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ('{\n\t"a": "x\u202ey"\r\n}', '{\n\t"a": "x\\u202ey"\r\n}'),
        ('"\U000e0041"', '"\\udb40\\udc41"'),
        ('"\x7f"', '"\\u007f"'),
        ('"é\x7f\u00a0"', '"é\\u007f\\u00a0"'),
        ('"\ud800"', '"\\ud800"'),
        ('"😀"', '"😀"'),
    ],
)
def test_an_editor_shows_hidden_characters_as_escapes(text: str, escaped: str) -> None:
    assert escape_json(text) == escaped


def test_a_long_hostile_word_is_cut_at_each_stranger() -> None:
    assert len(segments("p\u0430y" * 20_000)) == 40_001
