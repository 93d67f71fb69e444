// The line in which one writes: the menu of commands, what a slash or the name of a bot offers, sending.

import { make } from "/bubble.js";
import { called, inline } from "/inline.js";

const $ = (id) => document.getElementById(id);
const HIGHEST_PX = 160;

// `commands` gives the menu of whoever writes now, `send` sends a text; `bot` is who can be called in any chat:
// `bot.username()`, and `bot.ask`, `bot.choose`, `bot.start` as for inline.
export function composer({ commands, send, bot }) {
  const input = $("input");
  let offered = [];
  let chosen = 0;
  let place = null;
  const calling = inline({
    ask: bot.ask,
    fail: bot.fail,
    choose: (query, result) => {
      empty();
      bot.choose(query, result);
    },
    start: (parameter) => {
      empty();
      bot.start(parameter);
    },
    show: (items) => {
      place = items;
      offer();
    },
  });

  function empty() {
    input.value = "";
    refresh();
  }

  // For a button that calls the bot in some chat.
  function prefill(words) {
    input.value = `@${bot.username()} ${words}`;
    refresh();
    input.focus();
  }

  function refresh() {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, HIGHEST_PX)}px`;
    $("send").disabled = !input.value.trim();
    $("menu").hidden = !commands().length || input.value !== "";
    calling.look(called(input.value, bot.username()));
    offer();
  }

  function offer({ all = false } = {}) {
    if (place !== null && !all) {
      offered = [];
      $("suggestions").hidden = !place.length;
      $("suggestions").replaceChildren(...place);
      return;
    }
    const typed = input.value;
    const wanted = typed.slice(1).toLowerCase();
    const asked = typed.startsWith("/") && !/\s/.test(typed);
    offered = all || asked ? commands().filter((each) => all || each.command.startsWith(wanted)) : [];
    offered.sort((one, other) => (other.command === wanted) - (one.command === wanted));
    chosen = 0;
    $("suggestions").hidden = !offered.length;
    $("menu").setAttribute("aria-expanded", String(Boolean(offered.length)));
    $("suggestions").replaceChildren(...offered.map((each) => suggestion(each)));
    if (!all) mark();
  }

  function suggestion(command) {
    const item = make("li");
    item.setAttribute("role", "option");
    item.dataset.testid = `command-${command.command}`;
    item.append(make("b", "", `/${command.command}`), make("span", "", command.description));
    item.addEventListener("mousedown", (event) => event.preventDefault());
    item.addEventListener("click", () => take(command));
    return item;
  }

  function mark() {
    [...$("suggestions").children].forEach((item, index) => {
      item.setAttribute("aria-selected", String(index === chosen));
      if (index === chosen) item.scrollIntoView({ block: "nearest" });
    });
  }

  function take(command) {
    input.value = "";
    refresh();
    send(`/${command.command}`);
  }

  function submit() {
    const text = input.value;
    if (!text.trim()) return;
    input.value = "";
    refresh();
    send(text);
  }

  function pressed(event) {
    const choosing = offered.length && input.value.startsWith("/");
    if (event.isComposing) return;
    if (choosing && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const step = event.key === "ArrowDown" ? 1 : -1;
      chosen = (chosen + step + offered.length) % offered.length;
      mark();
    } else if (choosing && event.key === "Tab") {
      input.value = `/${offered[chosen].command}`;
      refresh();
    } else if (event.key === "Enter" && !event.shiftKey) {
      if (choosing) take(offered[chosen]);
      else submit();
    } else if (event.key === "Escape") {
      close();
      return;
    } else return;
    event.preventDefault();
  }

  function close() {
    offered = [];
    $("suggestions").hidden = true;
    $("menu").setAttribute("aria-expanded", "false");
  }

  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  input.addEventListener("input", refresh);
  input.addEventListener("keydown", pressed);
  $("menu").addEventListener("click", () => {
    if (offered.length) close();
    else offer({ all: true });
  });
  $("scroller").addEventListener("click", close);
  return { refresh, prefill };
}

// The keyboard that a bot puts in place of the letters; no rows, no keyboard.
export function showKeyboard(rows, send) {
  $("keyboard").hidden = !rows.length;
  $("keyboard").replaceChildren(
    ...rows.map((row) => {
      const line = make("div", "row");
      for (const text of row) {
        const button = make("button", "", text);
        button.type = "button";
        button.addEventListener("click", () => send(text));
        line.append(button);
      }
      return line;
    }),
  );
}
