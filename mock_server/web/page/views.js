// What there is beside requests and scenarios: kept resources, sessions, the catalogue, the contract.

import {ask, get, state} from "./api.js"
import {here} from "./curl.js"
import {button, chip, copyable, el, json, opening, replace} from "./dom.js"
import {choose} from "./main.js"
import {inLanguage, text} from "./texts.js"

// Shows something, and once more when it has changed.
class View {
  #place = el("div")
  #seen = null

  show(main) { main.append(this.#place) }

  async refresh(facts) {
    const found = await this.look(facts)
    const seen = JSON.stringify(found)
    if (seen === this.#seen) return
    this.#seen = seen
    replace(this.#place, ...this.made(found))
  }
}

const empty = (...children) => el("div", {className: "card empty"}, ...children)

export class Resources extends View {
  look() { return get("resources") }

  made({resources}) {
    const lists = Object.entries(resources)
    if (!lists.length) return [empty(text("keptNothing"))]
    return lists.map(([path, things]) => opening([
      el("div", {className: "row"}, el("span", {className: "mono"}, path), chip(String(Object.keys(things).length))),
    ], inside => inside.append(Object.keys(things).length ? el("table", {}, ...Object.entries(things).map(([id, thing]) =>
      el("tr", {}, el("th", {className: "mono"}, id), el("td", {className: "mono"}, json(thing))))) : text("keptNothing")),
    {"data-key": path, open: true}))
  }
}

export class Sessions extends View {
  look({sessions}) { return [state.session, sessions] }

  made([current, names]) {
    const field = el("input", {id: "new-session", "data-key": "new session", maxLength: 200, required: true, pattern: "[!-~]([ -~]*[!-~])?"})
    const open = event => { event.preventDefault(); choose(field.value) }
    const rows = names.map(name => el("tr", {}, el("th", {className: "mono"}, name, name === current ? " ●" : ""),
      el("td", {}, el("div", {className: "row"},
        button(text("open"), () => choose(name), {"data-key": `open ${name}`}),
        button(text("end"), () => ask("DELETE", `sessions/${encodeURIComponent(name)}`), {"data-key": `end ${name}`, title: text("endWhy")})))))
    return [el("p", {className: "quiet"}, text("sessionsWhy")), el("div", {className: "card"}, el("table", {}, ...rows)),
      el("form", {className: "bar", onsubmit: open}, el("label", {htmlFor: "new-session"}, text("newSession")), field, el("button", {}, text("open"))),
      el("div", {className: "columns"}, copyable(text("asHeader"), `X-Mock-Session: ${current}`),
        copyable(text("asUrl"), `${location.origin}/__mock__/sessions/${encodeURIComponent(current)}`))]
  }
}

export class Catalogue extends View {
  look() { return [state.overview?.catalogue, state.overview?.users] }

  made([catalogue, users]) {
    if (!catalogue) return [empty(text("everything"))]
    return [el("p", {}, `${text("users")}: ${users.join(", ")}`), ...Object.entries(catalogue).map(pair => things(...pair))]
  }
}

function things(name, entries, within = "") {
  const key = `${within}/${name}`
  return opening([el("div", {className: "row"}, el("strong", {}, name), chip(String(entries.length)))], inside => inside.append(
    ...entries.map(entry => el("div", {className: "note"},
      el("p", {}, Object.entries(entry.values).map(pair => pair.join(": ")).join(" · ")),
      ...Object.entries(entry.lists).map(([inner, list]) => things(inner, list, `${key}/${Object.values(entry.values)[0]}`))))),
  {"data-key": key, open: true})
}

export class Contract extends View {
  look() { return state.overview?.operations ?? [] }

  made(operations) {
    return [el("p", {className: "bar"}, el("a", {href: "docs/"}, text("docs")), el("a", {href: "/openapi.yaml"}, text("file"))),
      ...operations.map(each => opening([
        el("div", {className: "row"}, el("strong", {}, each.method), el("span", {}, each.id), each.keeps && chip(text("keeps")), el("span", {className: "quiet"}, inLanguage(each.summary))),
        el("div", {className: "path mono"}, each.path)], inside => inside.append(copyable(text("sent"), here(each.curl)), answers(each)),
      {"data-key": each.id, open: operations.length === 1}))]
  }
}

function answers(operation) {
  return el("section", {}, el("h3", {}, text("answers")), el("table", {}, ...operation.examples.map(({status, name, summary}) =>
    el("tr", {}, el("th", {}, String(status)), el("td", {}, el("code", {}, name), summary && ` – ${inLanguage(summary)}`)))))
}
