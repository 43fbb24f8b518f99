// Asks the mock. Everything belongs to one session, which is chosen at the top of the page.

const OWN = location.pathname.replace(/\/$/, "")

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

export const get = async path => (await ask("GET", path)).value

function reason(text) {
  try {
    const value = JSON.parse(text)
    return (value.errors ?? [value.msg_show ?? value.detail ?? value.title ?? text]).join("\n")
  } catch {
    return text
  }
}
