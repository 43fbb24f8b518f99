// The page: views by the address's hash, so that Back works and a view can be linked to.

import {get, state} from "./api.js"
import {el} from "./dom.js"
import {Journal} from "./journal.js"
import {Scenarios} from "./scenarios.js"
import {text} from "./texts.js"
import {Catalogue, Contract, Resources, Sessions} from "./views.js"

const EVERY = 1000
const VIEWS = {journal: Journal, scenarios: Scenarios, resources: Resources, sessions: Sessions, catalogue: Catalogue, contract: Contract}
const byId = id => document.getElementById(id)
let view = null

function open() {
  const name = Object.hasOwn(VIEWS, location.hash.slice(1)) ? location.hash.slice(1) : "journal"
  const shown = Object.keys(VIEWS).filter(each => each === name || each !== "resources" || state.overview?.keeps)
  byId("tabs").replaceChildren(...shown.map(each => {
    const link = el("a", {href: `#${each}`}, text(each))
    if (each === name) link.setAttribute("aria-current", "page")
    return link
  }))
  const main = el("main", {id: "main", tabIndex: -1})
  byId("main").replaceWith(main)
  view = new VIEWS[name]()
  view.show(main)
}

export async function choose(name) {
  state.session = name
  sessionStorage.setItem("session", name)
  open()
  await refresh()
}

async function refresh() {
  const live = byId("live")
  const shown = view
  try {
    const [overview, {sessions}] = await Promise.all([get("overview"), get("sessions")])
    if (overview !== state.overview) showOverview(overview)
    const names = [...new Set(["default", state.session, ...sessions])]
    const select = byId("session")
    if (select.dataset.names !== names.join("\n")) {
      select.dataset.names = names.join("\n")
      select.replaceChildren(...names.map(name => el("option", {value: name}, name)))
    }
    select.value = state.session
    await (view === shown ? shown : view).refresh({sessions: names})
    live.className = "good"
    live.textContent = `● ${text("live")}`
  } catch (error) {
    live.className = "bad"
    live.textContent = `○ ${text("lost")}: ${error.message}`
  }
}

function showOverview(overview) {
  const isFirst = state.overview === null
  state.overview = overview
  byId("title").textContent = overview.title
  byId("profile").hidden = false
  byId("profile").textContent = `${text("profile")}: ${overview.profile}`
  document.title = `${overview.title} · rainbond-mock`
  byId("problem").hidden = !overview.reload
  byId("problem").textContent = overview.reload ?? ""
  if (isFirst) open()
}

async function forever() {
  if (!document.hidden) await refresh()
  setTimeout(forever, EVERY)
}


for (const each of document.querySelectorAll("[data-text]")) each.textContent = text(each.dataset.text)
for (const each of document.querySelectorAll("[data-label]")) each.setAttribute("aria-label", text(each.dataset.label))
state.session = sessionStorage.getItem("session") ?? "default"
byId("session").addEventListener("change", event => choose(event.target.value))
addEventListener("hashchange", () => { if (location.hash !== "#main") { open(); refresh() } })
document.querySelector(".skip").addEventListener("click", event => { event.preventDefault(); byId("main").focus() })
open()
await refresh()
setTimeout(forever, EVERY)
