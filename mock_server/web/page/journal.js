// The live journal: new requests appear at the top; what was opened stays open.

import {ask, get, state} from "./api.js"
import {button, copyable, el} from "./dom.js"
import {draft} from "./scenarios.js"
import {text} from "./texts.js"

const MOST = 200
const LEFT_OUT = new Set(["host", "content-length", "connection", "accept", "accept-encoding", "user-agent"])

export class Journal {
  #tag = ""
  #rows = new Map()
  #list = el("div", {id: "requests"})
  #empty = el("div", {hidden: true})

  show(main) {
    const bar = el("div", {className: "bar"},
      button(text("clear"), () => ask("DELETE", "requests")), button(text("reset"), () => ask("POST", "reset")))
    main.append(bar, this.#empty, this.#list)
  }

  async refresh() {
    const found = await ask("GET", `requests?limit=${MOST}`, undefined, {"If-None-Match": this.#tag})
    if (!found.value) return
    this.#tag = found.answer.headers.get("ETag") ?? ""
    const wanted = new Set(found.value.requests.map(entry => entry.id))
    for (const [id, row] of this.#rows) if (!wanted.has(id)) { row.remove(); this.#rows.delete(id) }
    for (const entry of found.value.requests) {
      if (this.#rows.has(entry.id)) continue
      const row = rowOf(entry)
      this.#rows.set(entry.id, row)
      this.#list.prepend(row)
    }
    this.#empty.hidden = wanted.size > 0
    if (!wanted.size) this.#empty.replaceChildren(copyable(text("none"), hint()))
  }
}

function hint() {
  const operation = state.overview.operations[0]
  return operation ? `curl -X ${operation.method} ${quoted(location.origin + operation.path)}` : `curl ${location.origin}/`
}

function rowOf(entry) {
  const kind = entry.status < 400 ? "good" : entry.status < 500 ? "odd" : "bad"
  const notes = [entry.operation, entry.scenario && `⚑ ${entry.scenario}`, entry.fault && `⚡ ${entry.fault}`,
    entry.answered_by === "upstream" && text("forwarded"), `${entry.duration_ms} ${text("ms")}`]
  const inside = el("div", {className: "inside"})
  const reasons = problemsOf(entry)
  return el("details", {ontoggle: event => event.target.open && !inside.childElementCount && fill(inside, entry)},
    el("summary", {},
      el("span", {className: `status ${kind}`}, String(entry.status)), el("span", {}, entry.method),
      el("span", {className: "path"}, entry.path + (entry.query ? `?${entry.query}` : "")),
      el("span", {className: "quiet"}, notes.filter(Boolean).join(" · ")),
      el("span", {className: "quiet"}, new Date(entry.time).toLocaleTimeString()),
      reasons.length > 0 && el("span", {className: "reason bad"}, reasons[0])),
    inside)
}

function problemsOf(entry) {
  const wrong = Object.entries(entry.problems).map(([place, texts]) => `${place}: ${texts.join(" ")}`)
  const answers = (entry.answer_problems ?? []).map(each => `${text("violations")}: ${each}`)
  return [...wrong, ...answers]
}

async function fill(inside, entry) {
  const reasons = problemsOf(entry)
  inside.append(el("div", {className: "bar"}, button(text("make"), () => draft(entry))))
  if (reasons.length) {
    inside.append(el("strong", {}, `${text("problems")}${entry.refusal ? ` (${entry.refusal})` : ""}`))
    inside.append(el("ul", {}, ...reasons.map(each => el("li", {className: "bad"}, each))))
  }
  const explained = el("div")
  inside.append(explained, copyable(text("sent"), curl(entry)))
  if (entry.event_id) inside.append(el("p", {}, `${text("event")}: `, el("code", {}, entry.event_id)))
  if (entry.body !== null) inside.append(copyable(text("body"), JSON.stringify(entry.body, null, 2)))
  inside.append(copyable(text("headers"), Object.entries(entry.headers).map(pair => pair.join(": ")).join("\n")))
  await explain(explained, entry)
}

async function explain(place, entry) {
  if (entry.scenario) {
    place.append(el("p", {}, `${text("answered")}: `, el("strong", {}, entry.scenario)))
    return
  }
  const [nearest] = (await get(`explain/${entry.id}`)).scenarios
  if (!nearest) return
  const why = nearest.objections.length ? nearest.objections : [text("would")]
  place.append(el("p", {}, `${text("nearest")}: `, el("strong", {}, nearest.name)),
    el("ul", {}, ...why.map(each => el("li", {}, each))))
}

function quoted(value) {
  return `'${value.replaceAll("'", "'\\''")}'`
}

function curl(entry) {
  const url = location.origin + entry.path + (entry.query ? `?${entry.query}` : "")
  const headers = Object.entries(entry.headers).filter(([name]) => !LEFT_OUT.has(name))
  const parts = [`curl -X ${entry.method} ${quoted(url)}`]
  for (const [name, value] of headers) {
    // Only double quotes let the shell fill in the secret that the journal does not know.
    parts.push(value.includes("***") ? `-H "${name}: $TOKEN"` : `-H ${quoted(`${name}: ${value}`)}`)
  }
  if (entry.body !== null) parts.push(`-d ${quoted(typeof entry.body === "string" ? entry.body : JSON.stringify(entry.body))}`)
  return parts.join(" \\\n  ")
}
