// The drawer in which things are made to fail.

import { make } from "/bubble.js";

const $ = (id) => document.getElementById(id);
const NAMES = new Map([
  ["telegram", "Telegram, everything"],
  ["sources", "all rate sources"],
  ["rapira", "Rapira"],
  ["rapira_book", "Rapira's order book"],
  ["apilayer", "APILayer"],
  ["cbr", "Bank of Russia"],
  ["erapi", "ExchangeRate-API"],
  ["coingecko", "CoinGecko"],
]);
const KINDS = new Map([
  ["delay", "slow"],
  ["429", "429 too many requests"],
  ["502", "502 a gateway's page"],
  ["451", "451 blocked by place"],
  ["quota", "quota used up (429)"],
  ["quota_104", "quota used up (200, code 104)"],
  ["reset_before", "reset, not done"],
  ["reset_after", "done, then reset"],
  ["late", "done at once, answered late"],
  ["garbage", "half of an answer"],
  ["html", "a page with 200"],
  ["silence", "no answer at all"],
  ["refuse", "refused"],
  ["drip", "byte by byte"],
  ["403", "403 forbidden"],
  ["409", "409 a second poller"],
  ["500", "500 server error"],
  ["503", "503 unavailable"],
  ["401", "401 unauthorized"],
]);
const PACED = 0.05;

async function ask(method, body) {
  const response = await fetch("/sandbox/faults", {
    method,
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

function fill(select, values, names) {
  const kept = select.value;
  select.replaceChildren(
    ...values.map((value) => {
      const option = make("option", "", names.get(value) ?? value);
      option.value = value;
      return option;
    }),
  );
  if (values.includes(kept)) select.value = kept;
}

export function drawer(say) {
  let targets = {};
  let timer = null;

  async function refresh() {
    const { on, targets: known } = await ask("GET");
    if (!Object.keys(targets).length) {
      targets = known;
      const first = [...NAMES.keys()];
      fill($("fault-target"), [...first, ...Object.keys(known).filter((name) => !first.includes(name))], NAMES);
      fillKinds();
    }
    $("faults").replaceChildren(...on.map(row));
    $("mend").hidden = !on.length;
    $("fault-count").hidden = !on.length;
    $("fault-count").textContent = on.length;
    clearTimeout(timer);
    if (on.length || !$("drawer").hidden) timer = setTimeout(refresh, 1500);
  }

  function fillKinds() {
    const known = targets[$("fault-target").value];
    fill($("fault-kind"), [...KINDS.keys()].filter((kind) => known.includes(kind)), KINDS);
  }

  function row(fault) {
    const item = make("li");
    const left = fault.left === null ? "" : `, ${fault.left} left`;
    item.append(make("span", "", `${NAMES.get(fault.target) ?? fault.target}: ${KINDS.get(fault.kind) ?? fault.kind}${left}`));
    const mend = make("button", "", "Mend");
    mend.type = "button";
    mend.addEventListener("click", () => ask("DELETE", { id: fault.id }).then(refresh));
    item.append(mend);
    return item;
  }

  function show(open) {
    $("drawer").hidden = !open;
    $("open-drawer").setAttribute("aria-expanded", String(open));
    if (open) refresh();
  }

  $("open-drawer").addEventListener("click", () => show($("drawer").hidden));
  $("close-drawer").addEventListener("click", () => show(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") show(false);
  });
  $("fault-target").addEventListener("change", fillKinds);
  $("mend").addEventListener("click", () => ask("DELETE", {}).then(refresh));
  $("fault-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const [name, amount] = $("fault-span").value.split(":");
    const kind = $("fault-kind").value;
    const seconds = Number($("fault-seconds").value);
    const fault = { target: $("fault-target").value, kind, retry_after: Math.ceil(seconds) };
    fault.delay_s = kind === "drip" ? PACED : seconds;
    if (name) fault[name] = Number(amount);
    try {
      await ask("POST", fault);
    } catch (error) {
      say(error.message);
    }
    refresh();
  });
  refresh();
}
