// Asks the mock. Everything belongs to one session, which is chosen at the top of the page.

const OWN = location.pathname.replace(/\/$/, "")
const known = new Map()  // answers by what was asked, with their tags: what has not changed is not sent again

export const state = {session: "default", overview: null}

export class Refused extends Error {}

export async function ask(method, path, body, headers = {}) {
  const options = {method, headers: {"X-Mock-Session": state.session, ...headers}}
  if (body !== undefined) {
    options.body = typeof body === "string" ? body : JSON.stringify(body)
    options.headers["Content-Type"] ??= "application/json"
  }
  const answer = await fetch(`${OWN}/${path}`, options)
  if (answer.status === 304 || answer.status === 204) return {answer, value: null}
  const text = await answer.text()
  if (!answer.ok) throw new Refused(reason(text))
  return {answer, value: JSON.parse(text)}
}

export async function get(path) {
  const key = `${state.session}\n${path}`
  const last = known.get(key)
  const {answer, value} = await ask("GET", path, undefined, last ? {"If-None-Match": last.tag} : {})
  if (value === null) return last.value
  const tag = answer.headers.get("ETag")
  if (tag) {
    if (known.size > 20) known.clear()
    known.set(key, {tag, value})
  }
  return value
}

function reason(text) {
  try {
    const value = JSON.parse(text)
    return (value.errors ?? [value.msg_show ?? value.detail ?? value.title ?? text]).join("\n")
  } catch {
    return text
  }
}
