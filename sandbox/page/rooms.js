// The chats of whoever one is: with the bot, and with people whom the bot does not hear.

import { make } from "/bubble.js";

const $ = (id) => document.getElementById(id);

export function newRoom(id, name, messages, { known, person, isBot }) {
  const mine = messages.map((message) => [message.id, seenBy(person, message)]);
  return { unread: 0, draft: "", action: null, ...known, id, name, isBot, messages: new Map(mine) };
}

// What one wrote oneself stands on the other side for the other one.
export function seenBy(person, message) {
  return { ...message, out: message.sender === person };
}

export function showRooms(rooms, at, choose) {
  $("rooms").hidden = rooms.size < 2;
  $("rooms").replaceChildren(...[...rooms.values()].map((room) => tab(room, room.id === at, choose)));
}

function tab(room, isCurrent, choose) {
  const button = make("button", "", room.name);
  button.type = "button";
  button.dataset.testid = `room-${room.isBot ? "bot" : room.id}`;
  button.setAttribute("aria-current", String(isCurrent));
  if (room.unread) button.append(make("span", "badge", room.unread));
  button.addEventListener("click", () => choose(room.id));
  return button;
}

// Asks into which chat to go with something; nothing happens when it is none.
export function chooseRoom(rooms, choose) {
  $("forward-rooms").replaceChildren(
    ...rooms.map((room) => {
      const item = make("li");
      const button = make("button", "wide quiet", room.name);
      button.type = "button";
      button.dataset.testid = `forward-${room.isBot ? "bot" : room.id}`;
      button.addEventListener("click", () => {
        $("forward").close();
        choose(room.id);
      });
      item.append(button);
      return item;
    }),
  );
  $("forward").showModal();
}
