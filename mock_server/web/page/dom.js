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

export function button(label, onclick) {
  return el("button", {type: "button", onclick}, label)
}

export function copyable(label, value) {
  const done = el("span", {className: "quiet", role: "status"})
  const area = el("pre", {}, value)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value)
      done.textContent = "✓"
    } catch {  // no permission, or no secure context: select it for the keyboard
      getSelection().selectAllChildren(area)
    }
  }
  return el("div", {}, el("div", {className: "bar"}, el("strong", {}, label), button(text("copy"), copy), done), area)
}
