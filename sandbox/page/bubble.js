// One message as it is seen: the bubble, its time, what it replies to, and the buttons below it.

const COMMAND = /(^|[\s(])(\/[a-z0-9_]{1,32})(?![\w/])/g;
const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  url: "M7 17 17 7M9 7h8v8",
  copy_text: "M9 9h10v10H9zM15 9V5H5v10h4",
  switch_inline_query: "M14 6l6 6-6 6M20 12H9a5 5 0 0 0-5 5",
  switch_inline_query_chosen_chat: "M14 6l6 6-6 6M20 12H9a5 5 0 0 0-5 5",
};

export function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function icon(path) {
  const drawing = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "path");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  line.setAttribute("d", path);
  drawing.append(line);
  return drawing;
}

export function clockTime(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

export function dayName(seconds) {
  const day = new Date(seconds * 1000);
  const today = new Date();
  if (day.toDateString() === today.toDateString()) return "Today";
  const year = day.getFullYear() === today.getFullYear() ? undefined : "numeric";
  return day.toLocaleDateString([], { day: "numeric", month: "long", year });
}

export function plainText(message) {
  const holder = document.createElement("template");
  holder.innerHTML = message.html;
  return holder.content.textContent.replace(/\s+/g, " ") || message.media?.name || "";
}

// Marks the buttons that were pressed and not answered yet.
export function markPending(item, message, pending) {
  for (const button of item.querySelectorAll(".buttons button")) {
    const waits = pending.has(`${message.id} ${button.dataset.value}`) && button.dataset.action === "callback_data";
    button.classList.toggle("pending", waits);
    button.setAttribute("aria-busy", String(waits));
  }
}

// `act` knows what a person can do: press(message, button), copy(text), say(text).
export function bubble(message, act) {
  const item = make("li", `message ${message.out ? "out" : "in"}`);
  item.dataset.messageId = message.id;
  item.dataset.testid = message.out ? "message-out" : "message-in";
  const card = make("div", "card");
  const box = make("article", "bubble");
  box.setAttribute("aria-label", `${message.name}, ${clockTime(message.date)}${message.edited ? ", edited" : ""}`);
  if (message.via) box.append(make("p", "via", `via @${message.via}`));
  if (message.reply) box.append(quotation(message.reply));
  if (message.media) box.append(attachment(message.media));
  box.append(words(message, act), meta(message));
  card.append(box);
  if (message.rows.length) card.append(buttons(message, act));
  item.append(card);
  return item;
}

// The stand-in sends nothing in `html` but its own tags around escaped text.
function words(message, act) {
  const text = make("div", "text");
  text.dataset.testid = "text";
  const holder = document.createElement("template");
  holder.innerHTML = message.html;
  text.append(holder.content);
  for (const code of text.querySelectorAll("code, pre")) tappable(code, "Copy", () => act.copy(code.textContent));
  for (const block of text.querySelectorAll("pre")) swallowLineEnd(block);
  for (const hidden of text.querySelectorAll(".spoiler")) {
    tappable(hidden, "Show", () => hidden.classList.add("shown"));
  }
  linkCommands(text, act);
  return text;
}

// A block ends its line by itself.
function swallowLineEnd(block) {
  const behind = block.nextSibling;
  if (behind?.nodeType === Node.TEXT_NODE) behind.data = behind.data.replace(/^\n/, "");
}

function tappable(element, title, action) {
  element.tabIndex = 0;
  element.title = title;
  element.setAttribute("role", "button");
  element.addEventListener("click", action);
  element.addEventListener("keydown", (event) => {
    if (event.key === "Enter") action();
  });
}

function linkCommands(text, act) {
  const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) {
    if (!walker.currentNode.parentElement.closest("code, pre, a")) nodes.push(walker.currentNode);
  }
  for (const node of nodes) {
    let from = 0;
    const parts = [];
    for (const found of node.data.matchAll(COMMAND)) {
      const start = found.index + found[1].length;
      const link = make("a", "command", found[2]);
      tappable(link, "Send", () => act.say(found[2]));
      parts.push(node.data.slice(from, start), link);
      from = start + found[2].length;
    }
    if (parts.length) node.replaceWith(...parts, node.data.slice(from));
  }
}

function meta(message) {
  const line = make("span", "meta");
  if (message.edited) {
    const mark = make("span", "edited", "edited");
    mark.dataset.testid = "edited";
    line.append(mark, " ");
  }
  line.append(clockTime(message.date));
  return line;
}

function quotation(reply) {
  const quote = make("div", "quotation");
  quote.append(make("b", "", reply.name), make("span", "", reply.text));
  return quote;
}

function attachment(media) {
  const link = make("a", media.kind);
  link.href = media.url;
  if (media.kind === "photo") {
    const picture = make("img");
    picture.src = media.url;
    picture.alt = media.name;
    link.target = "_blank";
    link.append(picture);
  } else {
    link.download = media.name;
    link.append(make("span", "file-icon", "↓"), make("b", "", media.name), make("small", "", `${media.size} bytes`));
  }
  return link;
}

function buttons(message, act) {
  const rows = make("div", "buttons");
  for (const row of message.rows) {
    const line = make("div", "row");
    for (const button of row) {
      const control = make("button", button.style || "", button.text);
      control.type = "button";
      control.dataset.action = button.action;
      control.dataset.value = button.value;
      if (ICONS[button.action]) control.append(icon(ICONS[button.action]));
      control.addEventListener("click", () => act.press(message, button));
      line.append(control);
    }
    rows.append(line);
  }
  return rows;
}
