// What a bot offers while somebody writes `@bot ...`: asked with every pause, only the last answer counts.

import { make } from "/bubble.js";

const PAUSE_MS = 150;

// The words behind the bot's name, null where a text does not call it.
export function called(text, username) {
  const start = `@${username}`;
  const behind = text.slice(start.length);
  return text.toLowerCase().startsWith(start.toLowerCase()) && /^\s/.test(behind) ? behind.trimStart() : null;
}

// `ask` fetches what is offered for some words, `show` gets the items to be shown, null for none.
export function inline({ ask, choose, start, show, fail }) {
  let asked = null;
  let timer = null;

  function look(words) {
    if (words === asked) return;
    asked = words;
    clearTimeout(timer);
    if (words === null) show(null);
    else timer = setTimeout(() => fetchFor(words), PAUSE_MS);
  }

  async function fetchFor(words) {
    try {
      const offered = await ask(words);
      if (asked === words) show(items(offered));
    } catch (error) {
      if (asked !== words) return;
      show([]);
      fail(error.message);
    }
  }

  function items({ query, results, start: button }) {
    const list = results.map((result) => item(result, () => choose(query, result.id)));
    return button ? [above(button, () => start(button.parameter)), ...list] : list;
  }

  return { look };
}

function item(result, take) {
  const element = make("li", "result");
  element.setAttribute("role", "option");
  element.dataset.testid = "inline-result";
  element.append(make("b", "", result.title), make("span", "", result.about));
  return taken(element, take);
}

function above(button, take) {
  const element = make("li", "above", button.text);
  element.setAttribute("role", "option");
  element.dataset.testid = "inline-start";
  return taken(element, take);
}

function taken(element, take) {
  element.addEventListener("mousedown", (event) => event.preventDefault());
  element.addEventListener("click", take);
  return element;
}
