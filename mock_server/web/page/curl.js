// A request of the journal as a command for a shell. Whatever was sent stays text there: it is quoted, or escaped.

const LEFT_OUT = new Set(["host", "content-length", "connection", "accept", "accept-encoding", "user-agent"])
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f]/  // eslint-disable-line no-control-regex -- what a terminal obeys

export function curl(entry) {
  const url = location.origin + entry.path + (entry.query ? `?${entry.query}` : "")
  const method = /^[A-Z]+$/.test(entry.method) ? entry.method : quoted(entry.method)
  const headers = Object.entries(entry.headers).filter(([name]) => !LEFT_OUT.has(name))
  const parts = [`curl -X ${method} ${quoted(url)}`, ...headers.map(([name, value]) => `-H ${header(name, value)}`)]
  // Not -d: that reads a file where the text begins with @.
  if (entry.body !== null) parts.push(`--data-raw ${quoted(typeof entry.body === "string" ? entry.body : JSON.stringify(entry.body))}`)
  return parts.join(" \\\n  ")
}

// Only double quotes let the shell fill in the secret that the journal does not know.
function header(name, value) {
  if (/^[\w-]+$/.test(name) && /^[\w ]*\*\*\*$/.test(value)) return `"${name}: ${value.replace("***", "$TOKEN")}"`
  return `${name}: ${value}`.split("***").map(part => part && quoted(part)).join('"$TOKEN"')
}

function quoted(value) {
  if (!CONTROL.test(value)) return `'${value.replaceAll("'", "'\\''")}'`
  const escaped = value.replace(/[\\']/g, "\\$&")
  return `$'${[...escaped].map(sign => CONTROL.test(sign) ? `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}` : sign).join("")}'`
}

// A command of the mock's with the address by which this page was opened.
export const here = command => command.replace(`http://${location.host}`, location.origin)
