"""What `make run` runs."""

from ops.launch import command


def test_with_a_token_the_bot_runs() -> None:
    line, arguments = command("1:token")
    assert arguments == ["bot.py"]
    assert line == "BOT_TOKEN is set: running the bot; write /new to it in Telegram."


def test_without_a_token_the_sandbox_opens() -> None:
    line, arguments = command(None)
    assert arguments == ["-m", "sandbox"]
    assert line == "No BOT_TOKEN: opening the sandbox, a chat in your browser."
