// The live journal: new requests appear at the top; what was opened stays open, and stays there.

import {ask, get, state} from "./api.js"
import {curl, here} from "./curl.js"
import {button, chip, copyable, el, json, opening} from "./dom.js"
import {draft} from "./scenarios.js"
import {inLanguage, known, text} from "./texts.js"

const STEP = 200
const STATUSES = {"": "all", "2XX": "2XX", "4XX": "4XX", "5XX": "5XX"}

export class Journal {
  #rows = new Map()
  #entries = []
  #seen = null
  #query = ""
  #written = 0
  #most = STEP
  #paused = false
  #list = el("div", {id: "requests"})
  #empty = el("div", {className: "card empty", hidden: true})
  #count = el("span", {className: "quiet", role: "status"})
  #older = button(text("older"), () => { this.#most += STEP; return this.refresh() }, {hidden: true})
  #search = el("input", {type: "search", className: "fill", placeholder: text("search"), ariaLabel: text("search"), oninput: () => this.#filter()})
  #status = el("select", {ariaLabel: text("status"), onchange: () => this.refresh()},
    ...Object.entries(STATUSES).map(([value, name]) => el("option", {value}, known(name) ?? name)))

  show(main) {
    const pause = button(text("pause"), () => {
      this.#paused = !this.#paused
      pause.setAttribute("aria-pressed", String(this.#paused))
    }, {ariaPressed: "false"})
    const act = (name, ...request) => button(text(name), async () => { await ask(...request); await this.refresh(true) }, {title: text(`${name}Why`)})
    main.append(el("div", {className: "bar"}, this.#search, this.#status, pause,
      act("clear", "DELETE", "requests"), act("reset", "POST", "reset")), this.#empty, this.#list,
    el("div", {className: "bar"}, this.#older, this.#count))
  }

  async refresh(isForced = false) {
    if (this.#paused && isForced !== true) return
    const found = await this.#look()
    if (found === this.#seen) return
    this.#seen = found
    const wanted = new Set(this.#entries.map(entry => entry.id))
    for (const [id, row] of this.#rows) {
      if (wanted.has(id) || (row.open && Number(id) < Number(this.#entries[0]?.id))) continue
      row.remove()
      this.#rows.delete(id)
    }
    this.#add(this.#entries)
    this.#empty.hidden = found.total > 0
    if (!found.total) {
      const {command, user} = state.overview?.try ?? {}
      this.#empty.replaceChildren(el("p", {}, text("none")), command ? copyable(text("sent"), here(command)) : "",
        user ? el("p", {}, `${text("tokenOf")} ${user}`) : "")
    }
    this.#older.hidden = this.#entries.length < this.#most
    const missing = [found.dropped > 0 && `${found.dropped} ${text("dropped")}`, ...(found.missing ?? [])]
    this.#count.textContent = [found.total > 0 && `${this.#entries.length} / ${found.total}`, ...missing].filter(Boolean).join(" · ")
    this.#filter()
  }

  // The newest entries. To choose by status, the mock has to read them all: once, then only those that came since.
  async #look() {
    const status = this.#status.value
    const query = `limit=${this.#most}${status && `&status=${status}`}`
    const last = status && query === this.#query ? this.#entries.at(-1)?.id : undefined
    const found = await get(`requests?${query}${last ? `&since=${last}` : ""}`)
    const written = found.total + found.dropped
    if (last && written < this.#written) {  // they were forgotten meanwhile
      this.#query = ""
      return this.#look()
    }
    if (found !== this.#seen) this.#entries = last ? [...this.#entries, ...found.requests].slice(-this.#most) : found.requests
    this.#query = query
    this.#written = written
    return found
  }

  // The newest first. Rows that are there keep their place, so that nothing jumps under the reader.
  #add(entries) {
    for (const entry of entries) {
      if (this.#rows.has(entry.id)) continue
      const row = rowOf(entry)
      this.#rows.set(entry.id, row)
      let below = this.#list.firstElementChild
      while (below && Number(below.dataset.id) > Number(entry.id)) below = below.nextElementSibling
      this.#list.insertBefore(row, below)
    }
  }

  #filter() {
    const words = this.#search.value.toLowerCase().split(/\s+/).filter(Boolean)
    for (const row of this.#rows.values()) row.hidden = !words.every(word => row.dataset.words.includes(word))
  }
}

function rowOf(entry) {
  const kind = entry.status < 400 ? "good" : entry.status < 500 ? "odd" : "bad"
  const path = entry.path + (entry.query ? `?${entry.query}` : "")
  const reason = problemsOf(entry)[0]
  const row = opening([
    el("div", {className: "row"},
      el("span", {className: `status ${kind}`}, String(entry.status)),
      el("strong", {}, entry.method), entry.operation && el("span", {}, entry.operation),
      entry.scenario && chip(`⚑ ${entry.scenario}`), entry.fault && chip(`⚡ ${entry.fault}`),
      entry.answered_by === "upstream" && chip(text("forwarded")),
      el("span", {className: "quiet end"}, `${Number(entry.duration_ms.toPrecision(3))} ms · ${new Date(entry.time).toLocaleTimeString()}`)),
    el("div", {className: "path mono"}, path),
    reason && el("div", {className: "reason bad"}, reason),
  ], inside => fill(inside, entry))
  row.dataset.id = entry.id
  row.dataset.words = [entry.status, entry.method, entry.operation, path, entry.scenario, entry.event_id, reason].join(" ").toLowerCase()
  return row
}

function problemsOf(entry) {
  const wrong = Object.entries(entry.problems)
    .map(([place, texts]) => place === "request" ? refusalOf(entry, texts) : `${place}: ${texts.join(" ")}`)
  return [...wrong, ...(entry.answer_problems ?? []).map(each => `${text("violations")}: ${each}`)]
}

// A refusal in words: the page's own, else those of the contract's example, else its name.
function refusalOf(entry, texts) {
  const operation = state.overview?.operations.find(each => each.id === entry.operation)
  const example = operation?.examples.find(each => each.name === entry.refusal)
  const [, ...more] = texts.join(" ").split(", ")
  const words = known(`refusal ${entry.refusal}`) ?? (inLanguage(example?.summary ?? "") || entry.refusal)
  return more.length && words !== entry.refusal ? `${words}: ${more.join(", ")}` : words
}

function fill(inside, entry) {
  const reasons = problemsOf(entry)
  const explained = el("div", {className: "note"})
  const answered = [entry.status, entry.example, entry.media_type, `${entry.answer_size} B`].filter(Boolean).join(" · ")
  inside.append(
    reasons.length > 0 && el("div", {className: "note bad"}, el("h3", {}, text("problems"), " ", entry.refusal && chip(entry.refusal)),
      el("ul", {}, ...reasons.map(each => el("li", {}, each)))) || "",
    explained,
    el("div", {className: "note"}, el("h3", {}, text("answer")), el("p", {}, answered),
      entry.event_id && el("p", {}, `${text("event")}: `, el("code", {}, entry.event_id))),
    el("div", {className: "row"}, button(text("make"), () => draft(entry), {className: "main"})),
    copyable(text("sent"), curl(entry)),
    el("div", {className: "columns"}, copyable(text("body"), bodyOf(entry)),
      copyable(text("headers"), Object.entries(entry.headers).map(pair => pair.join(": ")).join("\n"))))
  return explain(explained, entry)
}

function bodyOf(entry) {
  if (entry.body_left_out) return `${entry.body_size} B: ${entry.body_left_out}`
  return entry.body === null ? "–" : typeof entry.body === "string" ? entry.body : json(entry.body)
}

async function explain(place, entry) {
  if (entry.scenario) {
    place.classList.add("good")
    place.append(el("h3", {}, text("answered")), el("p", {}, `⚑ ${entry.scenario}`))
    return
  }
  const [nearest] = (await get(`explain/${entry.id}`)).scenarios
  if (!nearest) {
    place.append(el("h3", {}, text("scenario")), el("p", {}, text("noScenario")))
    return
  }
  const why = nearest.objections.length ? nearest.objections : [text("would")]
  place.append(el("h3", {}, text("nearest"), " ", chip(nearest.name)), el("ul", {}, ...why.map(each => el("li", {}, each))))
}
