// The page of the sandbox: what the three platforms' journals hold, and a way to speak as anybody.
// Everything people typed is put in as text, never as markup.

const $ = (id) => document.getElementById(id);
const PLATFORM = { dingtalk: "钉钉", wecom: "企业微信", feishu: "飞书" };

/** @type {{people: any[], groups: any[], tour: any[], presets: any[]}} */
let world;
let me;                        // the person we play
let looking;                   // whose private chat is open
let step = 0;
let sample = null;             // a sample file was chosen by its name
let busy = Promise.resolve();
const unread = new Map();
const messages = new Map();    // platform:message_id → its card element

const element = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") made.className = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
};

const post = async (path, body) => {
  const options = body instanceof FormData
    ? { method: "POST", body }
    : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(`/sandbox/${path}`, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error || "没有办成");
  if (answer.toast) toast(answer.toast);
  return answer;
};

let hiding;
const toast = (text) => {
  $("toast").textContent = text;
  $("toast").classList.add("shown");
  clearTimeout(hiding);
  hiding = setTimeout(() => $("toast").classList.remove("shown"), 3500);
};

/** Runs one after the other, with the buttons that start something switched off meanwhile. */
const alone = (work) => {
  busy = busy.then(async () => {
    document.body.setAttribute("aria-busy", "true");
    $("tour-play").textContent = "正在演…";
    try { await work(); } catch (error) { toast(error.message); } finally {
      document.body.removeAttribute("aria-busy");
      $("tour-play").textContent = "演这一步";
    }
  });
  return busy;
};

const person = (id) => world.people.find((one) => one.id === id);
const personOf = (platform, key) => world.people.find((one) => one.platform === platform && one.key === key);

// -- chats -----------------------------------------------------------------------------------------

const logId = (entry) => (entry.conversation_kind === "group" ? `log-${entry.platform}` : `log-p-${ownerOf(entry)}`);
const ownerOf = (entry) => world.people.find((one) => one.platform === entry.platform && one.direct === entry.conversation_id)?.id;

const buildChats = () => {
  for (const group of world.groups) {
    $("chats").append(element("section", { class: `chat ${group.platform}`, id: `chat-${group.platform}`, "aria-label": `${PLATFORM[group.platform]}群 ${group.title}` },
      element("h2", {}, group.title, element("small", {}, `${PLATFORM[group.platform]}群`)),
      element("div", { class: "log", id: `log-${group.platform}`, role: "log", tabindex: "0" }, element("p", { class: "empty" }, "群里还没有消息。请各单位联络员在群里说：@督办助手 本群用于垃圾分类"))));
  }
  const direct = element("section", { class: "chat", id: "chat-direct", "aria-label": "私聊" },
    element("h2", { id: "direct-title" }, "私聊"),
    element("div", { class: "people", id: "people", role: "group", "aria-label": "看谁的私聊" }));
  for (const one of world.people) {
    direct.append(element("div", { class: "log", id: `log-p-${one.id}`, role: "log", tabindex: "0", hidden: true }, element("p", { class: "empty" }, `${one.name}和助手还没有说过话。`)));
    direct.querySelector("#people").append(element("button", { type: "button", class: one.platform, id: `open-${one.id}`, "aria-pressed": "false", onclick: () => { play(one.id); look(one.id); } }, one.name));
  }
  $("chats").append(direct);
  const tabs = [...world.groups.map((group) => [group.platform, `${PLATFORM[group.platform]}群`]), ["direct", "私聊"]];
  for (const [id, label] of tabs) $("tabs").append(element("button", { type: "button", role: "tab", id: `tab-${id}`, onclick: () => showTab(id) }, label));
  showTab("direct");
};

const showTab = (id) => {
  for (const tab of $("tabs").children) tab.setAttribute("aria-selected", String(tab.id === `tab-${id}`));
  for (const chat of $("chats").children) chat.classList.toggle("shown", chat.id === `chat-${id}`);
  $(`tab-${id}`).classList.remove("stirred");
  for (const log of $(`chat-${id}`).querySelectorAll(".log")) down(log);
};

const look = (id) => {
  looking = id;
  const one = person(id);
  for (const other of world.people) {
    $(`log-p-${other.id}`).hidden = other.id !== id;
    $(`open-${other.id}`).setAttribute("aria-pressed", String(other.id === id));
  }
  $("chat-direct").className = `chat ${one.platform}${$("chat-direct").classList.contains("shown") ? " shown" : ""}`;
  $("direct-title").replaceChildren(`${one.name}的私聊 `, element("small", {}, `${PLATFORM[one.platform]} · ${one.unit} ${one.title}`));
  unread.delete(id);
  badge(id);
  $(`open-${id}`).scrollIntoView({ inline: "center", block: "nearest" });
  const log = $(`log-p-${id}`);
  log.scrollTop = log.scrollHeight;
};

const badge = (id) => {
  const button = $(`open-${id}`);
  button.querySelector(".unread")?.remove();
  const count = unread.get(id);
  if (count) button.append(element("span", { class: "unread", "aria-label": `${count} 条新消息` }, count > 9 ? "9+" : String(count)));
};

const play = (id) => {
  me = id;
  $("who").value = id;
  const one = person(id);
  const grouped = world.groups.some((group) => group.platform === one.platform && group.members.includes(one.key));
  $("where-group").hidden = !grouped;
  if (!grouped) document.querySelector('input[name="where"][value="direct"]').checked = true;
};

const down = (log) => { log.scrollTop = log.scrollHeight; };

/** On a narrow page: a dot on the tab of a chat that is not in sight. */
const stir = (entry) => {
  const id = entry.conversation_kind === "group" ? entry.platform : "direct";
  if (!$(`chat-${id}`).classList.contains("shown")) $(`tab-${id}`).classList.add("stirred");
};

// -- entries ---------------------------------------------------------------------------------------

const cardElement = (entry) => {
  const view = entry.card;
  const look = entry.look ?? { tone: "plain", styles: [] };
  const bare = !view.title && !view.rows.length;  // a text with buttons
  const rows = element("dl");
  for (const [key, value] of view.rows) rows.append(element("dt", {}, key), element("dd", {}, value));
  const buttons = view.buttons.map((button, index) => element("button", {
    type: "button", class: button.live ? look.styles[index] ?? "" : "typed",
    title: button.live ? null : "这个平台的群卡片没有按钮，点一下就替您打出这句话",
    onclick: () => alone(() => press(entry, index)),
  }, button.label));
  return element("div", { class: `card ${look.tone}${bare ? " bare" : ""}` },
    look.source ? element("p", { class: "source" }, "督办助手") : null,
    view.title ? element("h3", {}, view.title) : null,
    view.rows.length ? rows : null,
    view.remark ? element("p", { class: "remark" }, view.remark) : null,
    buttons.length ? element("div", { class: "actions" }, ...buttons) : null);
};

const press = async (entry, index) => {
  const owner = entry.conversation_kind === "direct" ? ownerOf(entry) : me;
  if (entry.conversation_kind === "group" && person(me).platform !== entry.platform) {
    toast(`${person(me).name}不在这个群里，请先换一位${PLATFORM[entry.platform]}的人`);
    return;
  }
  play(owner);
  await post("press", { person: owner, platform: entry.platform, message: entry.message_id, index });
};

const body = (entry) => {
  if (entry.card) return cardElement(entry);
  if (entry.picture !== undefined) {
    const src = `/sandbox/pictures/${entry.platform}/${encodeURIComponent(entry.message_id)}`;
    const drawn = element("img", { src, alt: entry.picture || entry.file.name, onload: () => down($(logId(entry))) });
    return element("a", { class: "picture", href: src, target: "_blank", rel: "noopener", "aria-label": `看大图：${entry.picture || entry.file.name}` }, drawn);
  }
  if (entry.file) {
    return element("a", { class: "file", href: `/sandbox/files/${entry.platform}/${encodeURIComponent(entry.message_id)}`, download: entry.file.name }, element("strong", {}, "文件"), entry.file.name);
  }
  const parts = entry.text.split(/([0-9a-f]{32,})/).map((part, index) => (index % 2 ? element("code", {}, part) : part));
  return element("div", { class: "bubble" }, ...parts);
};

const show = (entry, fresh) => {
  if (entry.kind === "toast") { if (fresh) toast(entry.text); return; }
  if (entry.kind === "pressed") return;
  const log = $(logId(entry));
  if (!log) return;
  const id = `${entry.platform}:${entry.message_id}`;
  if (entry.kind === "updated") {
    const old = messages.get(id);
    if (old) { const redrawn = body(entry); old.replaceWith(redrawn); messages.set(id, redrawn); }
    return;
  }
  log.querySelector(".empty")?.remove();
  if (entry.kind === "system") { log.append(element("p", { class: "note" }, entry.text)); return; }
  const mine = entry.author !== "bot";
  const name = mine ? personOf(entry.platform, entry.author)?.name ?? entry.author : "督办助手";
  const shown = body(entry);
  if (entry.message_id) messages.set(id, shown);
  const day = entry.at.slice(0, 10);
  if (log.dataset.day !== day) {
    log.dataset.day = day;
    log.append(element("p", { class: "note day" }, `${Number(day.slice(5, 7))}月${Number(day.slice(8))}日`));
  }
  log.append(element("div", { class: `message${mine ? " mine" : ""}${fresh ? " new" : ""}` },
    mine ? element("span", { class: "face", "aria-hidden": "true" }, name.slice(0, 1)) : element("img", { class: "face", src: "/sandbox/static/fist.svg", alt: "" }),
    element("div", { class: "by" }, `${name} ${entry.at.slice(11, 16)}`), shown));
  down(log);
  if (fresh) stir(entry);
  if (entry.conversation_kind === "direct" && !mine && fresh) {
    const owner = ownerOf(entry);
    if (owner !== looking) { unread.set(owner, (unread.get(owner) ?? 0) + 1); badge(owner); }
  }
};

// -- speaking --------------------------------------------------------------------------------------

const say = async (who, where, text, file) => {
  const form = new FormData();
  form.append("person", who);
  form.append("where", where);
  form.append("text", text);
  if (file instanceof File) form.append("file", file);
  else if (file) form.append("sample", file);
  play(who);
  if (where === "direct") look(who);
  showTab(where === "direct" ? "direct" : person(who).platform);
  await post("say", form);
};

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("composer-text").value.trim();
  const file = $("file").files[0] ?? sample;
  if (!text && !file) return;
  const where = document.querySelector('input[name="where"]:checked').value;
  alone(async () => {
    await say(me, where, text, file);
    $("composer-text").value = "";
    $("file").value = "";
    sample = null;
    $("attached").hidden = true;
    $("composer-text").focus();
  });
});
const attached = (name) => { $("attached").textContent = `将附上：${name}`; $("attached").hidden = false; };
$("file").addEventListener("change", () => { sample = null; if ($("file").files[0]) attached($("file").files[0].name); });
$("sample").addEventListener("click", () => { $("file").value = ""; sample = world.sample; attached(sample); $("composer-text").focus(); });
$("who").addEventListener("change", () => { play($("who").value); look($("who").value); });

// -- clock and tour --------------------------------------------------------------------------------

const tick = (clock) => { $("clock").textContent = clock.text; };

let running = false;             // the whole tour is being played

/** What the step that was just played showed, and what comes next. */
const showStep = () => {
  const now = world.tour[step];
  const done = world.tour[step - 1];
  $("tour-play").disabled = $("tour-all").disabled = !now;
  $("tour-count").textContent = now ? `第 ${step + 1} 步 / ${world.tour.length}` : "演完了";
  $("tour-title").textContent = now ? now.title : "接下来随便说、随便点，也可以拨时钟。";
  $("tour-why").textContent = done ? done.why : "照着一步步点，两分钟看完一件事怎样办成；每一步都是真的在跑。";
  $("tour-all").textContent = running ? "停一下" : "连着演";
};

const playAct = async (act) => {
  if (act.say !== undefined) await say(act.person, act.where ?? "direct", act.say, act.file);
  else {
    play(act.person);
    look(act.person);
    await post("press", { person: act.person, label: act.press, card: act.card ?? "" });
  }
};

const playStep = async () => {
  const now = world.tour[step];
  if (now.clock) tick(await post("clock", { to: now.clock }));
  for (const act of now.acts) await playAct(act);
  if (now.look) {
    const id = now.look in PLATFORM ? now.look : "direct";
    if (id === "direct") look(world.people.find((one) => one.name === now.look).id);
    showTab(id);
  }
  step += 1;
  showStep();
};
const PACE = 1800;               // ms between two steps, to read what they showed
const rest = () => new Promise((done) => setTimeout(done, PACE));
$("tour-play").addEventListener("click", () => alone(playStep));
$("tour-all").addEventListener("click", () => {
  running = !running;
  showStep();
  if (running) alone(async () => {
    try {
      while (running && step < world.tour.length) { await playStep(); if (running) await rest(); }
    } finally { running = false; showStep(); }
  });
});
$("tour-hide").addEventListener("click", () => { $("tour").hidden = true; });

// -- start -----------------------------------------------------------------------------------------

const start = async () => {
  world = await (await fetch("/sandbox/state")).json();
  buildChats();
  for (const unit of [...new Set(world.people.map((one) => one.unit))]) {
    $("who").append(element("optgroup", { label: unit }, ...world.people.filter((one) => one.unit === unit)
      .map((one) => element("option", { value: one.id }, `${one.name} · ${one.title || one.role}（${PLATFORM[one.platform]}）`))));
  }
  for (const preset of world.presets) {
    $("clock-buttons").append(element("button", { type: "button", onclick: () => alone(async () => tick(await post("clock", preset.move))) }, preset.label));
  }
  $("sample").textContent = world.sample;
  $("sample").hidden = false;
  tick(world.clock);
  const first = world.tour[0]?.acts[0]?.person ?? world.people[0].id;
  play(first);
  look(first);
  $("tour").hidden = world.tour.length === 0;
  showStep();
  for (const entry of world.entries) show(entry, false);
  const stream = new EventSource(`/sandbox/events?after=${world.entries.at(-1)?.seq ?? 0}`);
  stream.addEventListener("entry", (event) => show(JSON.parse(event.data), true));
  stream.addEventListener("clock", (event) => tick(JSON.parse(event.data)));
};
await start();
document.documentElement.dataset.ready = "true";
