"use strict";

const EVERY_MS = 5000;
const byId = (id) => document.getElementById(id);

/* Everything that comes from the bot is put in as text. */
function make(tag, text, name) {
  const made = document.createElement(tag);
  if (text !== undefined && text !== null) made.textContent = text;
  if (name) made.className = name;
  return made;
}

function fill(id, ...nodes) {
  byId(id).querySelector(".body").replaceChildren(...nodes);
}

function table(rows) {
  const made = make("table");
  for (const cells of rows) {
    const row = made.insertRow();
    cells.forEach((cell, place) => {
      const [text, name] = Array.isArray(cell) ? cell : [cell, ""];
      const box = place === 0 ? make("th", text, name) : make("td", text, name);
      if (place === 0) box.scope = "row";
      row.append(box);
    });
  }
  return made;
}

function span(seconds) {
  if (seconds === null) return "never";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}

const clock = (seconds) => new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const megabytes = (bytes) => `${(bytes / 1048576).toFixed(1)} MB`;
const milliseconds = (ms) => (ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`);
const aged = (seconds, ageing, old) => (seconds >= old ? "bad" : seconds >= ageing ? "warn" : "good");

const SVG = "http://www.w3.org/2000/svg";
function draw(tag, attributes, text) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

/* lines: [{name, points: [[seconds, value]...]}], at most two; a gap longer than `gap_s` is left open. */
function chart(id, lines, { show, label, least = 0, gap_s = Infinity, tall = 176 }) {
  const box = byId(id).querySelector(".body");
  const drawn = lines.filter((line) => line.points.length > 0);
  if (drawn.length === 0) return fill(id, make("p", "Nothing yet.", "quiet"));
  const width = Math.max(box.clientWidth, 200), height = box.clientWidth < 500 ? 176 : tall, left = 56, right = 8, top = 8, bottom = 20;
  const points = drawn.flatMap((line) => line.points);
  const from = Math.min(...points.map((p) => p[0])), to = Math.max(...points.map((p) => p[0]), from + 1);
  let low = Math.min(...points.map((p) => p[1])), high = Math.max(...points.map((p) => p[1]));
  const room = Math.max((high - low) * 0.1, least);
  low = Math.max(low - room, low >= 0 ? 0 : low - room);
  high += room;
  const x = (at) => left + ((at - from) / (to - from)) * (width - left - right);
  const y = (value) => top + (1 - (value - low) / (high - low || 1)) * (height - top - bottom);
  const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label(points) });
  for (let step = 0; step <= 3; step += 1) {
    const value = low + ((high - low) * step) / 3;
    svg.append(draw("line", { class: "grid", x1: left, x2: width - right, y1: y(value), y2: y(value) }));
    svg.append(draw("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, show(value)));
  }
  const marks = width < 420 ? 2 : 5;
  for (let step = 0; step <= marks; step += 1) {
    const at = from + ((to - from) * step) / marks;
    const anchor = step === 0 ? "start" : step === marks ? "end" : "middle";
    svg.append(draw("text", { x: x(at), y: height - 4, "text-anchor": anchor }, clock(at)));
  }
  drawn.forEach((line) => {
    const name = line.name;
    let run = [];
    const flush = () => {
      if (run.length === 1) svg.append(draw("circle", { class: name, cx: run[0][0], cy: run[0][1], r: 1.8 }));
      else if (run.length) svg.append(draw("polyline", { class: name, points: run.map((p) => p.join(",")).join(" ") }));
      run = [];
    };
    line.points.forEach(([at, value], place) => {
      if (place && at - line.points[place - 1][0] > gap_s) flush();
      run.push([x(at).toFixed(1), y(value).toFixed(1)]);
    });
    flush();
  });
  const legend = make("p", null, "legend");
  lines.filter((line) => line.title).forEach((line) => legend.append(make("span", line.title, line.name)));
  fill(id, ...(legend.childNodes.length ? [legend] : []), svg);
}

const views = {
  process(process) {
    byId("about").textContent =
      `${process.version} · up ${span(process.uptime_s)} · ${megabytes(process.memory_bytes)} · ` +
      `${process.threads} threads · ${process.open_files} files · ${process.cpu_s} s of CPU`;
  },
  health(health) {
    const badge = byId("health");
    const reasons = Object.entries(health.reasons).map(([name, reason]) => `${name}: ${reason}`);
    badge.textContent = health.is_well ? "well" : reasons.join("; ");
    badge.className = `badge ${health.is_well ? "good" : "bad"}`;
  },
  rates(rates) {
    const nodes = [];
    const { usdt_rub: usdt, fiat } = rates;
    if (usdt) {
      const sides = usdt.bid && usdt.ask ? `${usdt.bid} / ${usdt.ask}` : usdt.close;
      nodes.push(make("p", `${sides} ₽`, "large"));
      nodes.push(make("p", `USDT/RUB · ${usdt.source} · ${span(usdt.age_s)} ago`, aged(usdt.age_s, 300, 1800)));
    } else nodes.push(make("p", "no USDT/RUB", "bad"));
    if (fiat) {
      nodes.push(make("p", `fiat · ${fiat.source} · ${span(fiat.age_s)} ago`, aged(fiat.age_s, 93600, 288000)));
      nodes.push(table(Object.entries(fiat.rub_per).map(([code, rub]) => [`1 ${code}`, [`${rub} ₽`, "number"]])));
    } else nodes.push(make("p", "no fiat rates", "bad"));
    const all = rates.quotable === rates.directions;
    nodes.push(make("p", `${rates.quotable} of ${rates.directions} directions can be quoted`, all ? "good" : "bad"));
    fill("rates", ...nodes);
  },
  chart(points) {
    const line = { name: "one", points: points.map(([at, rub]) => [at, Number(rub)]) };
    chart("usdt", [line], {
      show: (value) => value.toFixed(2), least: 0.02, gap_s: 3600, tall: 270,
      label: (shown) => `RUB per USDT, ${shown.length} points, last ${shown[shown.length - 1][1]}`,
    });
  },
  sources(sources, stats) {
    const rows = sources.map((each) => {
      const rests = each.state !== "closed";
      const until = each.until ? ` until ${clock(Date.parse(each.until) / 1000)}` : "";
      const state = rests ? `${each.trouble}, rests${until}` : each.trouble ? `failing: ${each.trouble}`
        : each.answered_s === null ? "in reserve" : `answered ${span(each.answered_s)} ago`;
      const mood = rests ? "bad" : each.trouble ? "warn" : each.answered_s === null ? "quiet" : "good";
      return [each.source, [state, mood]];
    });
    for (const [place, key] of (stats.quota ? stats.quota.keys : []).entries()) {
      const used = `${key.used} of ${key.plan} calls${key.is_refused ? ", refused" : ""}`;
      rows.push([`${stats.quota.source} key ${place + 1}`, [used, key.is_refused ? "bad" : key.used >= key.plan * 0.9 ? "warn" : ""]]);
    }
    fill("sources", table(rows));
  },
  work(work, stats) {
    const silent = stats.polling ? stats.polling.silent_s : null;
    const rival = stats.polling && stats.polling.has_rival;
    fill("work", table([
      ["operators, 5 min", [work.active_operators, "number"]],
      ["updates handled", [work.updates === null ? "not counted" : work.updates, "number"]],
      ["waiting", [work.inbox, work.inbox > 100 ? "number bad" : "number"]],
      ["workers busy", [`${work.busy} of ${work.workers}`, "number"]],
      ["sends waiting", [work.sends_waiting, "number"]],
      ["429 of Telegram", [work.too_many_requests, "number"]],
      ["errors", [work.errors, work.errors ? "number bad" : "number"]],
      ["last poll", [rival ? "a rival polls" : silent === null ? "none yet" : `${span(silent)} ago`, rival || silent > 60 ? "number bad" : "number"]],
    ]));
  },
  quotes(quotes) {
    const rows = [...Object.entries(quotes.states), ...Object.entries(quotes.directions).sort((a, b) => b[1] - a[1]).slice(0, 6)];
    fill("quotes", make("p", quotes.total, "large"), table(rows.map(([name, count]) => [name, [count, "number"]])));
  },
  cache(cache) {
    const ratio = cache.hit_ratio === null ? "–" : `${(100 * cache.hit_ratio).toFixed(1)} %`;
    fill("cache", make("p", ratio, "large"), table([
      ["hits", [cache.hits, "number"]], ["misses", [cache.misses, "number"]],
      ["loads, failed", [`${cache.loads}, ${cache.failures}`, "number"]],
      ["evictions", [cache.evictions, "number"]],
      ["entries", [`${cache.entries}, ${(cache.bytes / 1024).toFixed(1)} kB`, "number"]],
    ]));
  },
  samples(samples) {
    const handled = samples.filter((each) => each[2] !== null);
    chart("handling", [
      { name: "one", title: "median", points: handled.map((each) => [each[0], each[2]]) },
      { name: "two", title: "95 %", points: handled.map((each) => [each[0], each[3]]) },
    ], {
      show: milliseconds, least: 1, gap_s: 900,
      label: (shown) => `Milliseconds to handle an update, ${shown.length} points`,
    });
    chart("memory", [{ name: "one", points: samples.map((each) => [each[0], each[1] / 1048576]) }], {
      show: (value) => `${value.toFixed(1)} MB`, least: 1, gap_s: 900,
      label: (shown) => `Resident memory, last ${shown[shown.length - 1][1].toFixed(1)} MB`,
    });
  },
  troubles(troubles) {
    if (troubles.length === 0) return fill("troubles", make("p", "None.", "quiet"));
    fill("troubles", table(troubles.map((each) => [
      [clock(Date.parse(each.time) / 1000), "quiet"],
      [each.text, each.level === "WARNING" ? "warn" : "bad"],
    ])));
  },
};

function show(stats) {
  for (const [name, view] of Object.entries(views)) {
    if (stats[name] !== null && stats[name] !== undefined) view(stats[name], stats);
  }
}

let last = null;
async function look() {
  const silent = byId("silent");
  try {
    const answer = await fetch("api/stats", { credentials: "same-origin", cache: "no-store" });
    if (!answer.ok) throw new Error(answer.status === 401 ? "the token is asked for again" : `HTTP ${answer.status}`);
    show(await answer.json());
    last = Date.now();
    silent.hidden = true;
    document.body.dataset.seen = String(Number(document.body.dataset.seen || 0) + 1);
  } catch (error) {
    silent.textContent = `No answer from the bot${last ? ` since ${clock(last / 1000)}` : ""}: ${error.message}`;
    silent.hidden = false;
  }
}

async function follow() {
  if (!document.hidden) await look();
  setTimeout(follow, EVERY_MS);
}
document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
follow();
