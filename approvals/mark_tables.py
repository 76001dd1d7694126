"""The characters that `marks` looks for. Written as code points, so that reading this file shows what it holds."""

import re

# Controls, formats (bidirectional, zero width, tags), surrogates, private use, unassigned, line and paragraph breaks.
HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

UNNAMED = {"Cc": "CONTROL", "Cs": "LONE SURROGATE", "Co": "PRIVATE USE", "Cn": "UNASSIGNED"}

# Unicode gives controls no names; these are its formal aliases for the usual ones.
CONTROL_NAMES = {
    0x00: "NULL",
    0x07: "ALERT",
    0x08: "BACKSPACE",
    0x09: "CHARACTER TABULATION",
    0x0A: "LINE FEED",
    0x0B: "LINE TABULATION",
    0x0C: "FORM FEED",
    0x0D: "CARRIAGE RETURN",
    0x1B: "ESCAPE",
    0x7F: "DELETE",
    0x85: "NEXT LINE",
    0x9B: "CONTROL SEQUENCE INTRODUCER",
}

_INVISIBLE_RANGES = (
    # Default_Ignorable_Code_Point of DerivedCoreProperties.txt, where the category does not already tell.
    (0x034F, 0x034F),  # combining grapheme joiner
    (0x115F, 0x1160),  # Hangul choseong and jungseong fillers
    (0x17B4, 0x17B5),  # Khmer inherent vowels
    (0x180B, 0x180F),  # Mongolian variation selectors
    (0x3164, 0x3164),  # Hangul filler
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFFA0, 0xFFA0),  # halfwidth Hangul filler
    (0xE0100, 0xE01EF),  # variation selectors supplement
    # Spaces that are not U+0020, and signs that are drawn as nothing.
    (0x00A0, 0x00A0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x2800, 0x2800),  # Braille pattern blank
    (0x2D7F, 0x2D7F),  # Tifinagh consonant joiner
    (0x3000, 0x3000),
    (0xFFFC, 0xFFFC),  # object replacement character
    (0x1107F, 0x1107F),  # Brahmi number joiner
    (0x13441, 0x13442),  # Egyptian blanks
    (0x16FE4, 0x16FE4),  # Khitan filler
    (0x1D159, 0x1D159),  # musical null notehead
)
INVISIBLE = frozenset(code for first, last in _INVISIBLE_RANGES for code in range(first, last + 1))

# Compatibility forms of ordinary characters: full width, small, and the mathematical alphabets.
WIDE_FORMS = ("<wide>", "<small>", "<font>")

# Signs that pass for / : ; . ! ' " @ in an address or a path.
STAND_INS = frozenset(
    "\u2044\u2215\u29f8\u2571\u27cb\u3033\u0589\u05c3\u2236\ua789\u02d0\u037e\u2024\u0701\u0702\u01c3\ua78c\u02b9\u05f4"
)

SCRIPT_NAME = re.compile(r"(?:HALFWIDTH )?(?!MODIFIER|KATAKANA-HIRAGANA)(\w+) .*?(?:LETTER|SYLLAB|IDEOGRAPH|DIGIT)")

# UTS 39, 5.2, Highly Restrictive: scripts that are written together in one word.
SCRIPTS_TOGETHER = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
)

# A word goes on over combining marks and zero-width characters, or these would cut it into innocent halves.
WORD = re.compile(r"(?:[^\W_]|[\u00ad\u0300-\u036f\u034f\u180b-\u180f\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff])+")

# Letters drawn like Latin ones in common typefaces (after confusables.txt of UTS 39).
LOOKALIKES = frozenset(
    # Cyrillic
    "\u0430\u0441\u0501\u0435\u04bb\u0456\u0458\u04cf\u043e\u0440\u051b\u0455\u051d\u0445\u0443\u0475\u0491\u0437"
    "\u0410\u0412\u0421\u0415\u041d\u0406\u0408\u041a\u041c\u041e\u0420\u0405\u0422\u0425\u0423\u0474\u050c\u051a\u051c"
    # Greek
    "\u03b1\u03b9\u03ba\u03bd\u03bf\u03c1\u03c5\u03c7\u03b3\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f"
    "\u03a1\u03a4\u03a5\u03a7"
    # Armenian
    "\u0585\u057d\u0570\u0578\u0581\u0566\u0561\u0563\u0575\u056c\u054d\u0555\u053c"
    # Cherokee
    "\u13a0\u13a1\u13a2\u13a5\u13a9\u13aa\u13ab\u13ac\u13b3\u13b7\u13bb\u13be\u13c0\u13c2\u13c3\u13ce\u13cf\u13d2\u13d4"
    "\u13d9\u13da\u13de\u13df\u13e2\u13e6\u13f4"
)
