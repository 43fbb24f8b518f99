// Makes elements. Text is only ever text: nothing here, or in any other file, writes HTML.

import {text} from "./texts.js"

export function el(name, properties = {}, ...children) {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value)
    else if (key in element && key !== "list") element[key] = value
    else element.setAttribute(key, value)
  }
  element.append(...children.filter(child => child !== null && child !== undefined && child !== false))
  return element
}

export function button(label, onclick, properties = {}) {
  return el("button", {type: "button", onclick, ...properties}, label)
}

export const chip = (label, className = "") => el("span", {className: `chip ${className}`}, label)

// A text that can be copied by a click, below its name.
export function copyable(label, value) {
  const area = el("pre", {tabIndex: 0}, value)
  const copy = button(text("copy"), async () => {
    try {
      await navigator.clipboard.writeText(value)
      copy.textContent = text("copied")
      setTimeout(() => { copy.textContent = text("copy") }, 2000)
    } catch {  // no permission, or no secure context: select it for the keyboard
      getSelection().selectAllChildren(area)
    }
  }, {className: "small"})
  return el("section", {}, el("div", {className: "row"}, el("h3", {}, label), copy), area)
}

// A line that opens; what is inside is made when it is first opened.
export function opening(summary, fill, properties = {}) {
  const inside = el("div", {className: "inside"})
  const toggled = event => { if (event.target === details && details.open && !inside.childElementCount) fill(inside) }
  const details = el("details", {className: "card", ontoggle: toggled, ...properties}, el("summary", {}, ...summary), inside)
  return details
}

// Replaces what a place shows, and keeps open what was open, and the focus where it was: both by `data-key`.
export function replace(place, ...children) {
  const focused = document.activeElement?.dataset?.key
  const opened = new Set([...place.querySelectorAll("details[open]")].map(each => each.dataset.key))
  place.replaceChildren(...children)
  for (const each of place.querySelectorAll("details")) if (opened.has(each.dataset.key)) each.open = true
  if (focused) [...place.querySelectorAll("[data-key]")].find(each => each.dataset.key === focused)?.focus()
}

export const json = value => JSON.stringify(value, null, 2)
