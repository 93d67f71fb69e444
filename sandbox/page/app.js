// The chat page: who you are, what is said, what you press, and what the bot answers.

import { bubble, dayName, make, markPending } from "/bubble.js";
import { composer, showKeyboard } from "/composer.js";
import { drawer } from "/drawer.js";
import { showPeople } from "/people.js";
import { chooseRoom, newRoom, seenBy, showRooms } from "/rooms.js";

const $ = (id) => document.getElementById(id);
const ACTIONS = { typing: "typing", upload_photo: "sending a photo", upload_document: "sending a file" };
const ACTION_LASTS_MS = 5000;
const PRESS_LASTS_MS = 30000;
const TOAST_LASTS_MS = 3500;
const NEAR_END_PX = 120;

const people = new Map();
let bot = { name: "", username: "" };
let current = null;

const me = () => people.get(current);
const room = () => me().rooms.get(me().at);
let below = 0;

// What happens while the state is being fetched; null when nothing is held back.
let held = [];

// What was pressed and not answered yet: the query's id -> where.
const presses = new Map();

const act = {
  press(message, button) {
    if (button.action === "callback_data") press(message, button);
    else if (button.action === "copy_text") act.copy(button.value);
    else if (button.action === "url") window.open(button.value, "_blank", "noopener");
    else if (button.action === "switch_inline_query_current_chat") writing.prefill(button.value);
    else if (button.action === "switch_inline_query") act.forward(button.value, [...me().rooms.values()]);
    else if (button.action === "switch_inline_query_chosen_chat") {
      const { query = "", allow_user_chats: people, allow_bot_chats: bots } = JSON.parse(button.value);
      act.forward(query, [...me().rooms.values()].filter((each) => (each.isBot ? bots : people)));
    }
    else toast(`The sandbox does not do this kind of button: ${button.action}`);
  },
  forward(words, rooms) {
    chooseRoom(rooms, (id) => {
      enter(id);
      writing.prefill(words);
    });
  },
  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      toast("Copied to clipboard");
    } catch {
      toast("The browser does not let this page copy");
    }
  },
  say: (text) => send(text),
};

async function post(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

// --- state and events

async function load() {
  held = [];
  const state = await (await fetch("/sandbox/state")).json();
  bot = state.bot;
  for (const person of state.people) {
    const known = people.get(person.id);
    const rooms = new Map();
    const own = { id: person.id, name: bot.name, messages: person.messages, isBot: true };
    for (const { id, name, messages, isBot = false } of [own, ...person.rooms]) {
      rooms.set(id, newRoom(id, name, messages, { known: known?.rooms.get(id), person: person.id, isBot }));
    }
    people.set(person.id, { at: person.id, ...known, ...person, rooms });
  }
  document.body.dataset.online = "true";
  become(current ?? startingPerson());
  const missed = held;
  held = null;
  missed.forEach(happened);
}

function startingPerson() {
  const wanted = Number(location.hash.slice(1));
  return people.has(wanted) ? wanted : people.keys().next().value;
}

function listen() {
  const source = new EventSource("/sandbox/events");
  source.onopen = load;
  source.onmessage = (event) => {
    if (held) held.push(JSON.parse(event.data));
    else happened(JSON.parse(event.data));
  };
  source.onerror = () => {
    document.body.dataset.online = "false";
    showStatus();
  };
}

function happened(event) {
  if (event.kind === "commands") {
    for (const [id, commands] of Object.entries(event.menus)) {
      if (people.has(Number(id))) people.get(Number(id)).commands = commands;
    }
    writing.refresh();
    return;
  }
  for (const person of people.values()) {
    const there = person.rooms.get(event.chat);
    if (!there) continue;
    if (event.kind === "message") said(there, seenBy(person.id, event.message), isShown(person, there));
    else if (event.kind === "deleted") deleted(there, event.message_id, isShown(person, there));
    else if (event.kind === "action") acted(there, event.action);
    else if (event.kind === "answer") answered(event);
  }
}

function isShown(person, there) {
  return person.id === current && person.at === there.id;
}

function said(there, message, shown) {
  const before = there.messages.get(message.id);
  there.messages.set(message.id, message);
  if (!message.out) stopAction(there);
  if (!before && !message.out && (!shown || document.hidden)) there.unread += 1;
  if (shown) {
    const atEnd = isAtEnd();
    if (before) replaceBubble(message);
    else appendBubble(message);
    if (atEnd || (message.out && !before)) toEnd();
    else if (!before) countBelow(1);
    refreshKeyboard();
  }
  refreshPeople();
}

function deleted(there, id, shown) {
  there.messages.delete(id);
  if (shown) showChat({ keep: true });
  refreshPeople();
}

function acted(there, action) {
  stopAction(there);
  const timer = setTimeout(() => {
    there.action = null;
    showStatus();
  }, ACTION_LASTS_MS);
  there.action = { name: ACTIONS[action] || "busy", timer };
  showStatus();
}

function stopAction(there) {
  if (there.action) clearTimeout(there.action.timer);
  there.action = null;
  showStatus();
}

function answered(event) {
  release(event.query);
  if (event.person !== current || !event.text) return;
  if (event.alert) {
    $("alert-text").textContent = event.text;
    if (!$("alert").open) $("alert").showModal();
  } else toast(event.text);
}

// --- what a person does

async function press(message, button) {
  const place = { person: current, message: message.id, data: button.value };
  const waiting = Symbol(button.text);
  presses.set(waiting, place);
  repaint(place);
  try {
    const { query } = await post("/sandbox/press", place);
    presses.delete(waiting);
    if (early.delete(query)) repaint(place);
    else {
      presses.set(query, place);
      setTimeout(() => release(query), PRESS_LASTS_MS);
    }
  } catch (error) {
    presses.delete(waiting);
    repaint(place);
    toast(error.message);
  }
}

// Answers that came before the page had learnt the id of its own press.
const early = new Set();

function release(query) {
  const place = presses.get(query);
  if (!place) {
    early.add(query);
    setTimeout(() => early.delete(query), PRESS_LASTS_MS);
    return;
  }
  presses.delete(query);
  repaint(place);
}

function pendingOf(person) {
  return new Set([...presses.values()].filter((each) => each.person === person).map((each) => `${each.message} ${each.data}`));
}

function repaint(place) {
  const message = people.get(place.person)?.rooms.get(place.person).messages.get(place.message);
  if (message && place.person === current && room().isBot) markPending(itemOf(message), message, pendingOf(current));
}

async function send(text) {
  try {
    await post("/sandbox/send", { person: current, chat: room().id, text });
  } catch (error) {
    toast(error.message);
  }
}

async function choose(query, result) {
  try {
    await post("/sandbox/choose", { person: current, chat: room().id, query, result });
  } catch (error) {
    toast(error.message);
  }
}

// --- the chat

function showChat({ keep = false } = {}) {
  const scroller = $("scroller");
  const top = scroller.scrollTop;
  $("chat").replaceChildren();
  if (!room().messages.size) $("chat").append(welcome());
  for (const message of room().messages.values()) appendBubble(message);
  refreshKeyboard();
  if (keep) scroller.scrollTop = top;
  else toEnd();
}

function welcome() {
  const item = make("li", "welcome");
  item.append(make("p", "", "No messages here yet"));
  if (!room().isBot) return item;
  const start = make("button", "wide", "Start");
  start.type = "button";
  start.dataset.testid = "start";
  start.addEventListener("click", () => send("/start"));
  item.append(start);
  return item;
}

function appendBubble(message) {
  const chat = $("chat");
  chat.querySelector(".welcome")?.remove();
  const last = chat.lastElementChild;
  const day = dayName(message.date);
  if (!last || last.dataset.day !== day) {
    const line = make("li", "day");
    line.append(make("span", "", day));
    chat.append(line);
  } else if (last.classList.contains(message.out ? "out" : "in")) last.classList.add("followed");
  const item = bubble(message, act);
  item.dataset.day = day;
  markPending(item, message, pendingOf(current));
  chat.append(item);
}

function replaceBubble(message) {
  const old = itemOf(message);
  const focused = old.contains(document.activeElement) ? document.activeElement.textContent : null;
  const item = bubble(message, act);
  markPending(item, message, pendingOf(current));
  item.dataset.day = old.dataset.day;
  item.classList.toggle("followed", old.classList.contains("followed"));
  item.classList.add("still");
  old.replaceWith(item);
  if (focused === null) return;
  for (const button of item.querySelectorAll("button")) {
    if (button.textContent === focused) button.focus({ preventScroll: true });
  }
}

function itemOf(message) {
  return $("chat").querySelector(`[data-message-id="${message.id}"]`);
}

function isAtEnd() {
  const scroller = $("scroller");
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END_PX;
}

function toEnd() {
  $("scroller").scrollTop = $("scroller").scrollHeight;
  below = 0;
  countBelow(0);
}

function countBelow(more) {
  below += more;
  $("to-end").hidden = isAtEnd();
  if ($("to-end").hidden) below = 0;
  $("below-count").hidden = !below;
  $("below-count").textContent = below;
}

// --- people, status

function become(id) {
  if (current !== null) room().draft = $("input").value;
  const changed = current !== id;
  current = id;
  history.replaceState(null, "", `#${id}`);
  show(changed);
}

function enter(id) {
  room().draft = $("input").value;
  const changed = me().at !== id;
  me().at = id;
  show(changed);
}

// The chat that is open now, with what one had begun to write there.
function show(changed) {
  room().unread = 0;
  if (changed) {
    $("input").value = room().draft;
    $("toast").hidden = true;
  }
  $("bot-name").textContent = room().name;
  showChat();
  writing.refresh();
  showStatus();
  refreshPeople();
}

function focusIfKeys() {
  if (matchMedia("(hover: hover)").matches) $("input").focus();
}

function refreshPeople() {
  showPeople(people, current, (id) => {
    become(id);
    focusIfKeys();
  });
  showRooms(me().rooms, me().at, (id) => {
    enter(id);
    focusIfKeys();
  });
}

function refreshKeyboard() {
  const last = [...room().messages.values()].findLast((message) => message.keyboard);
  showKeyboard(last?.keyboard ?? [], send);
}

function showStatus() {
  const offline = document.body.dataset.online === "false";
  const there = current === null ? null : room();
  const kind = there && !there.isBot ? "person" : "bot";
  $("status").textContent = offline ? "the sandbox has ended" : there?.action?.name || kind;
  $("status").dataset.you = current === null ? "" : me().name;
  $("status").classList.toggle("acting", !offline && Boolean(there?.action));
}

let toastTimer = null;

function toast(text) {
  $("toast").textContent = text;
  $("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => ($("toast").hidden = true), TOAST_LASTS_MS);
}

$("scroller").addEventListener("scroll", () => countBelow(0), { passive: true });
$("to-end").addEventListener("click", toEnd);
document.addEventListener("visibilitychange", () => {
  if (document.hidden || current === null) return;
  room().unread = 0;
  refreshPeople();
});
const atEnd = new ResizeObserver(() => {
  if (below === 0 && $("to-end").hidden) toEnd();
});
atEnd.observe($("scroller"));
atEnd.observe($("chat")); // a picture grows when it has come

const writing = composer({
  commands: () => (current !== null && room().isBot ? me().commands : []),
  send,
  bot: {
    username: () => bot.username,
    ask: (text) => post("/sandbox/inline", { person: current, text }),
    choose,
    start(parameter) {
      enter(current);
      send(`/start ${parameter}`);
    },
    fail: toast,
  },
});
drawer(toast);
listen();
