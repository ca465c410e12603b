"use strict";
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const steps = data.steps;
  const words = {
    en: {
      filter: "Filter", language: "Language", first: "First step (Home)", back: "Step back (←)", next: "Step forward (→)",
      last: "Last step (End)", play: "Play or pause (space)", scrub: "Step", steps: "Steps of the run", detail: "This step",
      controls: "Steps", step: (n, m) => `step ${n} of ${m}`, found: (n, m) => `${n} of ${m} steps fit`,
      about: (s) => `${s.file}, seed ${s.seed}, made by ${data.program}. Keys: ← → step, Home End, space plays. ` +
        "▷ taken, ○ flooded and passed over, ✕ lost, ~ changed, $ typed.",
      frame: "Frame", before: "before", after: "now", field: "field", only: "only what differs", bytes: "Bytes",
      none: "No field differs.", fresh: "This host made the frame itself: there is nothing before it.",
      cut: (n, m) => `the first ${n} of ${m} bytes`, changed: "changed", added: "added", gone: "gone", same: "same",
      why: "Why", inputs: "What it read", matters: "What it means", cure: "Cure", source: "Source", printed: "Printed",
      served: "served by", typed: "typed", lost: "comes to nobody", to: "to", nothing: "nothing happened that is worth a frame",
      question: "Question", answer: "Answer", failed: "FAILED", setup: "setup", rewrite: "IPVS edits", status: "exit status",
      more: (n) => `Everyday decisions: ${n}`, left: (n) => ` ${n} frames were left out, as asked for.`, at: "at",
    },
    zh: {
      filter: "过滤", language: "语言", first: "第一步（Home）", back: "后退一步（←）", next: "前进一步（→）",
      last: "最后一步（End）", play: "播放或暂停（空格）", scrub: "步", steps: "运行的各步", detail: "这一步",
      controls: "步", step: (n, m) => `第 ${n} 步，共 ${m} 步`, found: (n, m) => `${m} 步中有 ${n} 步符合`,
      about: (s) => `${s.file}，种子 ${s.seed}，由 ${data.program} 生成。按键：← → 逐步，Home End，空格播放。` +
        "▷ 收下，○ 泛洪而略过，✕ 丢失，~ 改动，$ 键入。",
      frame: "帧", before: "之前", after: "现在", field: "字段", only: "只看不同之处", bytes: "字节",
      none: "没有不同的字段。", fresh: "这个帧由本机生成：之前没有帧。",
      cut: (n, m) => `共 ${m} 字节，显示前 ${n} 字节`, changed: "改动", added: "增加", gone: "去掉", same: "相同",
      why: "为什么", inputs: "读取的设置", matters: "意义", cure: "处理", source: "出处", printed: "输出",
      served: "得到应答，来自", typed: "键入", lost: "没有人收到", to: "到", nothing: "没有值得一提的事",
      question: "问题", answer: "答案", failed: "不成立", setup: "准备", rewrite: "IPVS 的改写", status: "退出状态",
      more: (n) => `日常判定：${n} 个`, left: (n) => `按要求略去了 ${n} 个帧。`, at: "在",
    },
  };
  let lang = document.documentElement.lang === "zh" ? "zh" : "en";
  let now = 0;
  let fits = steps.map(() => true);
  let timer = null;
  let onlyChanged = true;
  const $ = (id) => document.getElementById(id);
  const w = () => words[lang];
  const pick = (both) => (both ? both[lang] : "");
  // A host has no language: it says in both what is not simulated.
  const inOneLanguage = (text) => String(text).replaceAll("not simulated / 未模拟: ", pick({ en: "not simulated: ", zh: "未模拟：" }));

  function el(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
    }
    for (const child of children) if (child !== null && child !== undefined) made.append(child);
    return made;
  }
  function shape(name, attributes, text) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text) made.textContent = text;
    return made;
  }

  // The picture of a step: the columns, and what goes from one to others.
  const PITCH = Math.max(40, Math.min(64, 360 / Math.max(1, data.lanes.length)));
  const x = (lane) => PITCH / 2 + lane * PITCH;
  const width = PITCH * Math.max(1, data.lanes.length);
  function picture(step) {
    const y = 13;
    const svg = shape("svg", { width, height: 26, "aria-hidden": "true" });
    data.lanes.forEach((_, lane) => svg.append(shape("line", { class: "lane", x1: x(lane), x2: x(lane), y1: 0, y2: 26 })));
    if (step.kind !== "frame") {
      if (step.lane !== null && step.lane !== undefined) {
        svg.append(shape("rect", { class: "dotted", x: x(step.lane) - 4, y: y - 4, width: 8, height: 8 }));
      }
      return svg;
    }
    if (step.from === null) return svg;
    const kind = step.arp ? "arp" : "ip";
    const from = x(step.from);
    const ends = step.to.map((to) => [x(to.lane), to.taken]);
    if (ends.length === 0) {
      const right = step.from + 1 < data.lanes.length || step.from === 0;
      const end = from + (right ? PITCH / 2 : -PITCH / 2);
      svg.append(shape("path", { class: kind + " way", d: `M${from} ${y}H${end}` }));
      svg.append(shape("path", { class: "cross", d: `M${end - 4} ${y - 4}l8 8m-8 0l8 -8` }));
    } else if (ends.some(([end]) => end === from)) {
      svg.append(shape("path", { class: kind + " way", d: `M${from} ${y - 6}h14v12h-10` }));
    } else {
      const all = ends.map(([end]) => end).concat(from);
      svg.append(shape("path", { class: kind + " way", d: `M${Math.min(...all)} ${y}H${Math.max(...all)}` }));
      for (const [end, taken] of ends) {
        const back = end > from ? -7 : 7;
        if (taken) svg.append(shape("path", { class: kind, d: `M${end} ${y}l${back} -4v8z` }));
        else svg.append(shape("circle", { class: kind + " over", cx: end, cy: y, r: 3.5 }));
      }
    }
    svg.append(shape("circle", { class: kind, cx: from, cy: y, r: 2.5 }));
    return svg;
  }

  const name = (lane) => (lane === null || lane === undefined ? "" : data.lanes[lane].name);
  function story(step) {
    const told = step.story;
    const text = pick(told.text);
    return told.kind === "ask" ? `${w().question}: ${text}` : text;
  }
  // A step in a line.
  function title(step) {
    if (step.kind === "frame") return (step.edits.length ? "~ " : "") + step.text;
    if (step.kind === "typed") return `${step.node}$ ${step.text}`;
    if (step.kind === "story") return story(step);
    const said = step.lines.filter((line) => line.type === "output").map((line) => `${line.node} | ${inOneLanguage(line.text).trim()}`);
    const why = step.lines.filter((line) => line.type === "reason" && line.code !== "read");
    const told = why.map((line) => `${line.node}: ${reason(line.code).title}`);
    const served = step.lines.filter((line) => line.type === "served").map((line) => `${line.node} * ${w().served} ${line.by}`);
    return served.concat(said, told).join("; ") || w().nothing;
  }
  // The same, spoken.
  function spoken(step) {
    if (step.kind !== "frame") return `${step.time} s. ${title(step)}`;
    const to = step.to.filter((to) => to.taken).map((to) => name(to.lane)).join(", ");
    const way = to ? `${name(step.from)} ${w().to} ${to}` : `${name(step.from)}: ${w().lost}`;
    return `${step.time} s. ${way}: ${step.text}`;
  }
  function reason(code) {
    const known = data.reasons[code];
    return known ? { title: pick(known.title), why: pick(known.why), matters: pick(known.matters), cure: known.cure_command || pick(known.cure),
      typed: Boolean(known.cure_command), source: known.source, everyday: known.everyday } : { title: code, everyday: true };
  }

  const rows = steps.map((step, at) => {
    const row = el("div", { role: "option", id: "s" + at, class: "row " + step.kind + (step.setup ? " setup" : ""), "aria-selected": "false" });
    row.addEventListener("click", () => go(at));
    return row;
  });
  function fill() {
    steps.forEach((step, at) => {
      const what = el("span", { class: "what" }, step.kind === "frame" ? el("b", {}, (step.edits.length ? "~ " : "") + step.label) : null,
        step.kind === "frame" ? el("span", { class: "soft" }, " " + step.text) : title(step));
      if (step.failures) for (const failure of step.failures) what.append(el("div", { class: "bad" }, `${w().failed} ${pick(failure)}`));
      if (step.kind === "story") rows[at].replaceChildren(what);
      else rows[at].replaceChildren(el("span", { class: "mono soft" }, step.time), picture(step), what);
      rows[at].setAttribute("aria-label", spoken(step));
    });
  }

  function fields(frame) {
    return frame ? data.layouts[frame.fields[0]].map((field, at) => [field, frame.fields[at + 1]]) : [];
  }
  function compared(before, after) {
    const [was, is] = [new Map(before), new Map(after)];
    const all = [...new Set([...was.keys(), ...is.keys()])];
    return all.map((field) => {
      const [one, two] = [was.get(field), is.get(field)];
      const sign = one === two ? "" : one === undefined ? "+" : two === undefined ? "−" : "~";
      return { field, one, two, sign };
    });
  }
  function table(step) {
    const frame = data.frames[step.frame];
    const parent = step.parent === null ? null : data.frames[step.parent];
    const section = el("div", {}, el("h2", {}, `${w().frame} ${step.frame}`), el("pre", {}, step.text));
    if (step.edits.length) {
      section.append(el("p", { class: "edit" }, "~ " + step.edits.join(", ")));
    }
    const all = compared(fields(parent), fields(frame));
    const box = el("input", { type: "checkbox", id: "only", checked: onlyChanged });
    box.addEventListener("change", () => { onlyChanged = box.checked; detail(); $("only").focus(); });
    if (parent) section.append(el("label", {}, box, " ", w().only));
    else section.append(el("p", { class: "soft" }, w().fresh));
    const shown = all.filter((row) => !parent || !onlyChanged || row.sign);
    const says = { "~": w().changed, "+": w().added, "−": w().gone, "": w().same };
    const body = el("tbody", {});
    for (const row of shown) {
      const sign = el("td", {}, row.sign, el("span", { class: "hidden" }, parent ? says[row.sign] : ""));
      body.append(el("tr", { class: parent && row.sign ? "changed" : null }, parent ? sign : null, el("td", {}, row.field),
        parent ? el("td", {}, row.one === undefined ? "" : row.one) : null, el("td", {}, row.two === undefined ? "" : row.two)));
    }
    const head = el("tr", {}, parent ? el("th", { scope: "col" }, "±") : null, el("th", { scope: "col" }, w().field),
      parent ? el("th", { scope: "col" }, w().before) : null, el("th", { scope: "col" }, w().after));
    section.append(shown.length ? el("table", {}, el("thead", {}, head), body) : el("p", {}, w().none));
    section.append(el("h2", {}, w().bytes), hex(frame, parent));
    return section;
  }
  function hex(frame, parent) {
    const pre = el("pre", { class: "hex" });
    const same = parent && parent.length === frame.length;
    const count = frame.bytes.length / 2;
    for (let at = 0; at < count; at += 16) {
      pre.append(at.toString(16).padStart(4, "0") + "  ");
      let ascii = "";
      for (let byte = at; byte < Math.min(count, at + 16); byte++) {
        const two = frame.bytes.substr(2 * byte, 2);
        const differs = same && parent.bytes.substr(2 * byte, 2) !== two;
        pre.append(differs ? el("mark", {}, two) : two, " ");
        const code = parseInt(two, 16);
        ascii += code > 32 && code < 127 ? String.fromCharCode(code) : ".";
      }
      pre.append(" ".repeat(3 * Math.max(0, at + 16 - count)) + " " + ascii + "\n");
    }
    if (count < frame.length) pre.append("… " + w().cut(count, frame.length));
    return pre;
  }

  const shownValues = (line) => (lang === "zh" && line.values_zh) || line.values;
  function decision(line, inputs) {
    const why = reason(line.code);
    const dropped = /(^|\.)(drop|silent|refused)(\.|$)/.test(line.code);
    const box = el("details", { open: !why.everyday, class: dropped ? "dropped" : null });
    box.append(el("summary", {}, el("h3", {}, `${dropped ? "✕ " : ""}${line.node}: ${why.title}`), " ", el("code", { class: "soft" }, `[${line.code}]`)));
    const list = el("dl", {});
    const add = (term, ...about) => list.append(el("dt", {}, term), ...about.map((one) => el("dd", {}, one)));
    const values = Object.entries(shownValues(line)).map(([key, value]) => `${key} ${value}`);
    if (values.length) box.append(el("div", { class: "mono" }, values.join(", ")));
    if (why.why) box.append(el("p", {}, why.why));
    if (inputs.length) {
      add(w().inputs, ...inputs.map((read) => {
        const said = shownValues(read);
        return el("code", {}, `${said.setting} = ${said.value} (${said.origin})`);
      }));
    }
    if (why.matters) add(w().matters, why.matters);
    if (why.cure) add(w().cure, why.typed ? el("code", {}, why.cure) : why.cure);
    if (why.source) add(w().source, why.source);
    box.append(list);
    return box;
  }
  function reasons(step) {
    const section = el("div", {});
    let inputs = [];
    const everyday = [];
    for (const line of step.lines) {
      if (line.type !== "reason") continue;
      if (line.code === "read") { inputs.push(line); continue; }
      const own = inputs.filter((read) => read.node === line.node);
      inputs = [];
      const made = decision(line, own);
      if (reason(line.code).everyday) everyday.push(made);
      else section.append(made);
    }
    if (everyday.length) {
      section.append(el("details", { open: !section.childElementCount }, el("summary", {}, w().more(everyday.length)), ...everyday));
    }
    if (section.childElementCount) section.prepend(el("h2", {}, w().why));
    return section;
  }
  function edits(line) {
    const said = [];
    if (line.ttl_falls) said.push("ttl -1");
    if (line.src) said.push("src " + line.src);
    if (line.dst) said.push("dst " + line.dst);
    if (line.outer) said.push(`outer ip ${line.outer.src} > ${line.outer.dst}`);
    return said.join(", ");
  }
  function told(step) {
    const story = step.story;
    const section = el("div", {});
    if (pick(story.text)) section.append(el("p", {}, pick(story.text)));
    if (story.kind === "ask") {
      const list = el("ol", {});
      for (const option of story.options) list.append(el("li", {}, pick(option)));
      section.append(list, el("details", {}, el("summary", {}, w().answer),
        el("p", {}, `${story.answer + 1}. ${pick(story.options[story.answer])}`), el("p", {}, pick(story.why))));
    }
    for (const failure of step.failures) section.append(el("p", { class: "bad" }, `${w().failed} ${pick(failure)}`));
    return section;
  }
  function detail() {
    const step = steps[now];
    const pane = $("detail");
    const setup = step.setup ? `, ${w().setup}` : "";
    const to = (step.to || []).filter((to) => to.taken).map((to) => name(to.lane)).join(", ");
    const way = step.kind === "frame" ? ` ${name(step.from)} → ${to || "✕"}` : "";
    pane.replaceChildren(el("h2", {}, `${step.time} s${way}${setup}`));
    if (step.kind === "story") pane.append(told(step));
    if (step.kind === "typed") pane.append(el("pre", {}, `${step.node}$ ${step.text}`));
    for (const line of step.lines) {
      if (line.type === "served") pane.append(el("p", { class: "good" }, `* ${line.node}: ${w().served} ${line.by}`));
      if (line.type === "output") pane.append(el("pre", {}, inOneLanguage(line.text).split("\n").map((text) => text && `${line.node} | ${text}`).join("\n").trimEnd()));
      if (line.type === "ended" && line.status) pane.append(el("p", { class: "bad" }, `${line.node} | (${w().status} ${line.status})`));
      if (line.type === "rewrite") pane.append(el("p", { class: "edit" }, `~ ${line.node}: ${w().rewrite} ${edits(line)}`));
    }
    pane.append(reasons(step));
    if (step.kind === "frame") pane.append(table(step));
    pane.scrollTop = 0;
  }

  function go(at) {
    rows[now].setAttribute("aria-selected", "false");
    now = Math.max(0, Math.min(steps.length - 1, at));
    rows[now].setAttribute("aria-selected", "true");
    $("steps").setAttribute("aria-activedescendant", "s" + now);
    rows[now].scrollIntoView({ block: "nearest" });
    const place = w().step(now + 1, steps.length);
    $("scrub").value = now;
    $("scrub").setAttribute("aria-valuetext", `${place}, ${spoken(steps[now])}`);
    $("place").textContent = `${now + 1}/${steps.length}`;
    $("live").textContent = `${place}. ${spoken(steps[now])}`;
    try { history.replaceState(null, "", "#" + (now + 1)); } catch (_) { /* Where a page has no address, it needs none. */ }
    detail();
  }
  // The next step that the filter lets through, if there is one.
  function move(by) {
    for (let at = now + by; at >= 0 && at < steps.length; at += by) if (fits[at]) { go(at); return true; }
    return false;
  }
  const edge = (by) => {
    const at = by > 0 ? fits.lastIndexOf(true) : fits.indexOf(true);
    if (at >= 0) go(at);
  };
  function play(on) {
    clearInterval(timer);
    timer = on ? setInterval(() => { if (!move(1)) play(false); }, 1200) : null;
    $("play").setAttribute("aria-pressed", String(on));
    $("play").textContent = on ? "❚❚" : "▶▶";
  }
  function filter() {
    const wanted = $("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    fits = steps.map((step) => {
      const all = [spoken(step), ...step.lines.map((line) => `${line.node} ${line.code || ""} ${inOneLanguage(line.text || "")}`)].join(" ").toLowerCase();
      return wanted.every((word) => all.includes(word));
    });
    rows.forEach((row, at) => { row.hidden = !fits[at]; });
    const count = fits.filter(Boolean).length;
    $("found").textContent = wanted.length ? w().found(count, steps.length) : "";
    if (count && !fits[now]) move(1) || move(-1);
  }
  function speak(chosen) {
    lang = chosen;
    document.documentElement.lang = lang;
    $("language").value = lang;
    document.title = pick(data.scenario.title);
    $("title").textContent = pick(data.scenario.title);
    $("about").textContent = w().about(data.scenario) + (data.left_out ? w().left(data.left_out) : "");
    for (const part of document.querySelectorAll("[data-word]")) part.textContent = w()[part.dataset.word];
    for (const id of ["first", "back", "play", "next", "last", "scrub", "steps", "detail", "controls"]) {
      $(id).setAttribute("aria-label", w()[id]);
      if ($(id).tagName === "BUTTON") $(id).title = w()[id];
    }
    fill();
    filter();
    go(now);
  }

  if (steps.length === 0) return;
  document.documentElement.style.setProperty("--width", width + "px");
  const head = shape("svg", { width, height: 24 });
  data.lanes.forEach((lane, at) => head.append(shape("text", { x: x(at), y: 16 }, lane.name)));
  $("lanes").append(el("span", {}), head, el("span", {}));
  $("steps").append(...rows);
  $("scrub").max = steps.length - 1;
  $("first").addEventListener("click", () => edge(-1));
  $("back").addEventListener("click", () => move(-1));
  $("next").addEventListener("click", () => move(1));
  $("last").addEventListener("click", () => edge(1));
  $("play").addEventListener("click", () => play(timer === null));
  $("scrub").addEventListener("input", () => go(Number($("scrub").value)));
  $("filter").addEventListener("input", filter);
  $("language").addEventListener("change", () => speak($("language").value));
  document.addEventListener("keydown", (event) => {
    const tag = event.target.tagName;
    if (event.ctrlKey || event.altKey || event.metaKey || tag === "SELECT" || tag === "INPUT") return;
    const keys = { ArrowLeft: () => move(-1), ArrowRight: () => move(1), Home: () => edge(-1), End: () => edge(1) };
    if (event.target.id === "steps") Object.assign(keys, { ArrowUp: keys.ArrowLeft, ArrowDown: keys.ArrowRight });
    if (tag !== "BUTTON" && tag !== "SUMMARY") keys[" "] = () => play(timer === null);
    if (!keys[event.key]) return;
    event.preventDefault();
    if (event.key !== " ") play(false);
    keys[event.key]();
  });
  $("app").hidden = false;
  const measure = () => document.documentElement.style.setProperty("--top", document.querySelector("header").offsetHeight + "px");
  window.addEventListener("resize", measure);
  const asked = Number(location.hash.slice(1));
  now = asked >= 1 && asked <= steps.length ? asked - 1 : Math.max(0, steps.findIndex((step) => !step.setup));
  speak(lang);
  measure();
})();
