// The page: tabs by the address's hash, so that Back works and a tab can be linked to.

import {ask, get, state} from "./api.js"
import {button, el} from "./dom.js"
import {Journal} from "./journal.js"
import {Scenarios} from "./scenarios.js"
import {language, text} from "./texts.js"

const EVERY = 1000
const TABS = {journal: Journal, scenarios: Scenarios, sessions: sessionsTab(), catalogue: catalogueTab(), contract: contractTab()}
const byId = id => document.getElementById(id)
let tab = null

function simple(show) {
  return class {
    show(main) { this.main = main }
    async refresh() { await show(this.main) }
  }
}

function once(main, key, ...children) {
  if (main.dataset.shown === key) return
  main.dataset.shown = key
  main.replaceChildren(...children)
}

function sessionsTab() {
  return simple(async main => {
    const names = (await get("sessions")).sessions
    const end = name => ask("DELETE", `sessions/${encodeURIComponent(name)}`)
    once(main, JSON.stringify(names), el("ul", {}, ...names.map(name =>
      el("li", {className: "bar"}, el("code", {}, name), button(text("open"), () => choose(name)), button(text("end"), () => end(name))))))
  })
}

function catalogueTab() {
  const things = (name, entries) => el("details", {open: true}, el("summary", {}, el("strong", {}, `${name} (${entries.length})`)),
    el("div", {className: "inside"}, ...entries.map(entry => el("div", {},
      el("p", {}, Object.entries(entry.values).map(pair => pair.join(": ")).join(" · ")),
      ...Object.entries(entry.lists).map(([inner, list]) => things(inner, list))))))
  return simple(async main => {
    const {catalogue, users} = state.overview
    once(main, JSON.stringify([catalogue, users]), ...(catalogue
      ? [el("p", {}, `${text("users")}: ${users.join(", ")}`), ...Object.entries(catalogue).map(pair => things(...pair))]
      : [el("p", {}, text("everything"))]))
  })
}

function contractTab() {
  return simple(async main => {
    const {operations} = state.overview
    once(main, JSON.stringify(operations),
      el("p", {className: "bar"}, el("a", {href: "docs/"}, text("docs")), el("a", {href: "/openapi.yaml"}, text("file"))),
      ...operations.map(each => el("details", {}, el("summary", {}, el("strong", {}, each.id), el("span", {}, each.method),
        el("span", {className: "path"}, each.path)),
      el("div", {className: "inside"}, el("p", {}, each.summary), el("strong", {}, text("answers")),
        el("ul", {}, ...each.examples.map(example => el("li", {}, `${example.status} ${example.name}`)))))))
  })
}

function open() {
  const name = Object.hasOwn(TABS, location.hash.slice(1)) ? location.hash.slice(1) : "journal"
  byId("tabs").replaceChildren(...Object.keys(TABS).map(each => {
    const link = el("a", {href: `#${each}`}, text(each))
    if (each === name) link.setAttribute("aria-current", "page")
    return link
  }))
  const main = byId("main")
  main.replaceChildren()
  delete main.dataset.shown
  tab = new TABS[name]()
  tab.show(main)
  return refresh()
}

async function choose(name) {
  state.session = name
  sessionStorage.setItem("session", name)
  await open()
}

async function refresh() {
  const live = byId("live")
  try {
    const [overview, {sessions}] = await Promise.all([get("overview"), get("sessions")])
    state.overview = overview
    byId("title").textContent = `${overview.title} · ${overview.profile}`
    document.title = `rainbond-mock · ${overview.title}`
    const names = [...new Set(["default", state.session, ...sessions])]
    const select = byId("session")
    if (select.dataset.names !== names.join("\n")) {
      select.dataset.names = names.join("\n")
      select.replaceChildren(...names.map(name => el("option", {value: name}, name)))
    }
    select.value = state.session
    byId("problem").hidden = !overview.reload
    byId("problem").textContent = overview.reload ?? ""
    await tab.refresh()
    live.className = "good"
    live.textContent = `● ${text("live")}`
  } catch (error) {
    live.className = "bad"
    live.textContent = `○ ${text("lost")}: ${error.message}`
  }
}

async function forever() {
  if (!document.hidden) await refresh()
  setTimeout(forever, EVERY)
}

document.documentElement.lang = language
for (const each of document.querySelectorAll("[data-text]")) each.textContent = text(each.dataset.text)
state.session = sessionStorage.getItem("session") ?? "default"
byId("session").addEventListener("change", event => choose(event.target.value))
addEventListener("hashchange", open)
await open()
setTimeout(forever, EVERY)
