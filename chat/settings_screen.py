"""The settings of one operator: the language."""

from chat.dialogue import Dialogue
from chat.keyboards import keyboard
from chat.screens import Screen
from chat.texts import LANGUAGES, Texts


def render(user_id: int, language: str) -> Screen:
    """Its buttons belong to no dialogue and do not wear out."""
    texts = Texts(language)
    nobody = Dialogue(id="", owner=user_id, language=language)
    buttons = [(f"✓ {name}" if each == language else name, "language", each) for each, name in LANGUAGES.items()]
    return Screen(texts("settings.title"), keyboard(nobody, [buttons]))
