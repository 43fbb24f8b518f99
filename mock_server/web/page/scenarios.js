// Scenarios and states, switched by a click. What was switched off is remembered by this browser.

import {ask, get, state} from "./api.js"
import {button, el} from "./dom.js"
import {text} from "./texts.js"

let drafted = ""

export function draft(entry) {
  const operation = state.overview.operations.find(each => each.id === entry.operation)
  const example = operation?.examples.find(each => each.status >= 400)
  const when = {operation: entry.operation ?? undefined, path: entry.path_parameters}
  if (entry.body && typeof entry.body === "object") when.body = {$contains: entry.body}
  const scenario = {
    name: `like-${entry.id}`, when, answers: [example ? {example: example.name} : {status: entry.status}],
    ...(entry.valid ? {} : {even_invalid: true}),
  }
  drafted = JSON.stringify(scenario, null, 2)
  location.hash = "scenarios"
}

const offKey = () => `off:${state.session}`
const off = () => JSON.parse(localStorage.getItem(offKey()) ?? "[]")
const keepOff = list => localStorage.setItem(offKey(), JSON.stringify(list))

export class Scenarios {
  #place = el("div")
  #seen = ""

  show(main) {
    const area = el("textarea", {id: "new-scenario", spellcheck: false, value: drafted || "{}"})
    const told = el("p", {role: "status"})
    const add = async () => {
      try {
        await put(area.value)
        told.className = "good"
        told.textContent = text("saved")
        drafted = ""
        await this.refresh()
      } catch (error) {
        told.className = "bad"
        told.textContent = error.message
      }
    }
    main.append(this.#place, el("h2", {}, el("label", {htmlFor: "new-scenario"}, text("edit"))), area,
      el("div", {className: "bar"}, button(text("add"), add)), told)
  }

  async refresh() {
    const [current, document] = await Promise.all([get("state"), get("scenarios")])
    const seen = JSON.stringify([current, document, off()])
    if (seen === this.#seen) return
    this.#seen = seen
    const on = document.scenarios ?? []
    this.#place.replaceChildren(this.#states(current.state, on), el("h2", {}, text("scenarios")),
      ...on.map(each => this.#row(each, true)), ...off().map(each => this.#row(each, false)))
  }

  #states(current, scenarios) {
    const known = new Set(["start", current, ...scenarios.flatMap(each => [each.when?.state, each.set])].filter(Boolean))
    const buttons = [...known].map(name => {
      const choose = button(name, async () => { await ask("PUT", "state", {state: name}); await this.refresh() })
      choose.setAttribute("aria-pressed", String(name === current))
      if (name === current) choose.className = "good"
      return choose
    })
    return el("div", {className: "bar"}, el("strong", {}, text("state")), ...buttons)
  }

  #row(scenario, isOn) {
    const toggle = async () => {
      if (isOn) {
        await ask("DELETE", `scenarios/${encodeURIComponent(scenario.name)}`)
        keepOff([...off(), scenario])
      } else {
        await ask("POST", "scenarios", {scenarios: [scenario]})
        keepOff(off().filter(each => each.name !== scenario.name))
      }
      await this.refresh()
    }
    return el("details", {},
      el("summary", {}, el("strong", {className: isOn ? "" : "quiet"}, scenario.name),
        button(text(isOn ? "remove" : "restore"), toggle)),
      el("div", {className: "inside"}, el("pre", {}, JSON.stringify(scenario, null, 2))))
  }
}

async function put(source) {
  let value
  try {
    value = JSON.parse(source)
  } catch {  // YAML: the mock reads it, and tells what is wrong with it
    return ask("POST", "scenarios", source, {"Content-Type": "application/yaml"})
  }
  return ask("POST", "scenarios", value.scenarios ? value : {scenarios: [value]})
}
