"""Where the rooms meet: the larger joints of `bot.py`, which alone knows them."""
