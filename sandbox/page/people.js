// Who one is: a list of people beside the chat, faces in its header on a phone, with what each has not read.

import { clockTime, make, plainText } from "/bubble.js";

const $ = (id) => document.getElementById(id);
const TONES = 7;

export function showPeople(people, current, choose) {
  const rows = [...people.values()].map((person) => row(person, person.id === current, choose));
  $("people").replaceChildren(make("p", "people-title", "You write as"), ...rows);
  const unread = [...people.values()].reduce((sum, person) => sum + unreadOf(person), 0);
  document.title = `${unread ? `(${unread}) ` : ""}${$("bot-name").textContent} · sandbox`;
}

function unreadOf(person) {
  return [...person.rooms.values()].reduce((sum, room) => sum + room.unread, 0);
}

function newestOf(person) {
  const newest = [...person.rooms.values()].map((room) => [...room.messages.values()].at(-1)).filter(Boolean);
  return newest.sort((one, other) => one.date - other.date).at(-1);
}

function row(person, isCurrent, choose) {
  const button = make("button", "person");
  const count = unreadOf(person);
  const unread = count ? `, ${count} unread` : "";
  button.type = "button";
  button.dataset.testid = `person-${person.id}`;
  button.title = `${person.name} (${person.id}, ${person.language})`;
  button.setAttribute("aria-current", String(isCurrent));
  button.setAttribute("aria-label", `${person.name}, ${person.id}, ${person.language}${unread}`);
  const last = newestOf(person);
  const names = make("span", "names");
  const first = make("span", "first");
  first.append(make("b", "", person.name), make("small", "", `${person.id} · ${person.language}`));
  names.append(first, make("span", "second", last ? plainText(last) : "no messages yet"));
  const side = make("span", "side");
  if (last) side.append(make("time", "", clockTime(last.date)));
  button.append(make("span", `face tone-${person.id % TONES}`, [...person.name][0]), names, side);
  if (count) {
    side.append(make("span", "badge", count));
    button.append(make("span", "badge corner", count));
  }
  button.addEventListener("click", () => choose(person.id));
  return button;
}
