// Scenarios and states, switched by a click. What was switched off is remembered by this browser.

import {ask, get, state} from "./api.js"
import {button, chip, el, json, opening, replace} from "./dom.js"
import {text} from "./texts.js"

let drafted = ""

// A scenario that answers requests like one of the journal, ready to be changed and added.
export function draft(entry) {
  const example = failureOf(state.overview.operations.find(each => each.id === entry.operation))
  const when = {operation: entry.operation ?? undefined, path: entry.path_parameters}
  if (entry.body && typeof entry.body === "object") when.body = {$contains: entry.body}
  drafted = json({
    name: `like-${entry.id}`, when, answers: [example ? {example: example.name} : {status: entry.status}],
    ...(entry.valid ? {} : {even_invalid: true}),
  })
  location.hash = "scenarios"
}

// What is most worth trying out: a failure of the server's, else any refusal.
function failureOf(operation) {
  return operation?.examples.find(each => each.status >= 500) ?? operation?.examples.find(each => each.status >= 400)
}

function template() {
  const operation = state.overview?.operations.find(failureOf)
  const example = failureOf(operation)
  return example ? json({name: "once", when: {operation: operation.id}, answers: [{example: example.name, times: 1}]}) : "{}"
}

const offKey = () => `off:${state.session}`
const off = () => JSON.parse(localStorage.getItem(offKey()) ?? "[]")
const keepOff = list => localStorage.setItem(offKey(), JSON.stringify(list))

export class Scenarios {
  #place = el("div")
  #seen = ""

  show(main) {
    const area = el("textarea", {id: "new-scenario", spellcheck: false, value: drafted || template()})
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
    main.append(this.#place, el("h2", {}, el("label", {htmlFor: "new-scenario"}, text("edit"))), area, told,
      el("div", {className: "bar"}, button(text("add"), add, {className: "main"})))
    if (drafted) setTimeout(() => { area.scrollIntoView({block: "center"}); area.focus() })
  }

  async refresh() {
    const [current, document] = await Promise.all([get("state"), get("scenarios")])
    const seen = JSON.stringify([current, document, off()])
    if (seen === this.#seen) return
    this.#seen = seen
    const on = document.scenarios ?? []
    const rows = [...on.map(each => this.#row(each, true)), ...off().map(each => this.#row(each, false))]
    replace(this.#place, el("h2", {}, text("state")), this.#states(current.state, on), el("h2", {}, text("scenarios")),
      ...(rows.length ? rows : [el("div", {className: "card empty"}, text("noScenario"))]))
  }

  #states(current, scenarios) {
    const known = new Set(["start", current, ...scenarios.flatMap(each => [each.when?.state, each.set])].filter(Boolean))
    return el("div", {className: "bar"}, ...[...known].map(name => button(name, async () => {
      await ask("PUT", "state", {state: name})
      await this.refresh()
    }, {ariaPressed: String(name === current), "data-key": `state ${name}`})))
  }

  #row(scenario, isOn) {
    let isSwitched = false  // by the first of two quick clicks
    const toggle = async () => {
      if (isSwitched) return
      isSwitched = true
      if (isOn) {
        await ask("DELETE", `scenarios/${encodeURIComponent(scenario.name)}`)
        keepOff([...off(), scenario])
      } else {
        await ask("POST", "scenarios", {scenarios: [scenario]})
        keepOff(off().filter(each => each.name !== scenario.name))
      }
      await this.refresh()
    }
    const {name, when} = scenario
    const control = el("button", {type: "button", role: "switch", ariaChecked: String(isOn), ariaLabel: name,
      title: text(isOn ? "remove" : "restore"), "data-key": `switch ${name}`, onclick: toggle})
    const row = opening([
      el("div", {className: "row"}, control, el("strong", {className: isOn ? "" : "quiet"}, name), ...answersOf(scenario)),
      when && el("div", {className: "path mono"}, JSON.stringify(when)),
    ], inside => inside.append(el("pre", {tabIndex: 0}, json(scenario))), {"data-key": `scenario ${name}`})
    return row
  }
}

// What a scenario answers, one after the other.
function answersOf(scenario) {
  const answers = (scenario.answers ?? []).map(each => {
    if (typeof each === "string") return each
    const more = [each.times && `×${each.times}`, each.probability && `${each.probability * 100} %`].filter(Boolean)
    return [each.example ?? each.status ?? "…", ...more].join(" ")
  })
  return [...answers, scenario.fault && `⚡ ${scenario.fault}`, scenario.set && `→ ${scenario.set}`].filter(Boolean).map(each => chip(each))
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
