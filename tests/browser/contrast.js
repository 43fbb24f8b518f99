// The page's texts whose contrast with their ground is below 4.5 (WCAG 2.1 AA), each with its contrast.
const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true})

function over(colour, ground) {
  canvas.fillStyle = ground
  canvas.fillRect(0, 0, 1, 1)
  canvas.fillStyle = colour
  canvas.fillRect(0, 0, 1, 1)
  const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data
  return `rgb(${r},${g},${b})`
}

function groundOf(element) {
  const colours = []
  for (let each = element; each; each = each.parentElement) colours.unshift(getComputedStyle(each).backgroundColor)
  return colours.reduce((ground, colour) => over(colour, ground), "white")
}

function luminance(colour) {
  const [r, g, b] = colour.match(/\d+/g).map(part => part / 255).map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

const found = []
for (const element of document.querySelectorAll("body *")) {
  const own = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.textContent.trim())
  if (!own || !element.checkVisibility()) continue
  const ground = groundOf(element)
  const lights = [luminance(ground), luminance(over(getComputedStyle(element).color, ground))].sort((a, b) => b - a)
  const contrast = (lights[0] + 0.05) / (lights[1] + 0.05)
  if (contrast < 4.5) found.push(`${element.textContent.trim().slice(0, 40)}: ${contrast.toFixed(2)}`)
}
return found
