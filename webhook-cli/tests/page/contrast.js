// The texts whose contrast is below 4.5.
const rgb = (color) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const pen = canvas.getContext("2d");
  pen.fillStyle = color;
  pen.fillRect(0, 0, 1, 1);
  return [...pen.getImageData(0, 0, 1, 1).data];
};
const light = ([r, g, b]) => {
  const part = (value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
};
const groundOf = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const color = rgb(getComputedStyle(at).backgroundColor);
    if (color[3] === 255) return color;
  }
  return [255, 255, 255, 255];
};
const poor = [];
for (const element of document.querySelectorAll("body *")) {
  const ownText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!ownText || !element.offsetWidth || element.disabled || element.closest(".unseen")) continue;
  const style = getComputedStyle(element);
  const over = light(rgb(style.color)), under = light(groundOf(element));
  const ratio = (Math.max(over, under) + 0.05) / (Math.min(over, under) + 0.05);
  if (ratio < 4.5) poor.push(`${element.tagName}.${element.className} "${element.textContent.slice(0, 30)}" ${ratio.toFixed(2)}`);
}
return poor;
