/**
 * A script for a page: the texts whose contrast to what is behind them is below 4.5 to 1 (WCAG 2.2, 1.4.3). Text, because
 * it runs in the browser and not here.
 */
export const lowContrastTexts = String.raw`(() => {
  const rgb = (color) => (/rgba?\(([^)]+)\)/.exec(color)?.[1] ?? '0,0,0,0').split(/[ ,/]+/).map(Number);
  const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const behind = (start) => {
    for (let element = start; element !== null; element = element.parentElement) {
      const color = rgb(getComputedStyle(element).backgroundColor);
      if ((color[3] ?? 1) > 0.99) return color;
    }
    return [255, 255, 255];
  };
  const pale = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== '');
    if (!own || element.closest('.skip') !== null || !element.checkVisibility()) continue;
    const [a, b] = [luminance(rgb(getComputedStyle(element).color)), luminance(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) pale.push(element.textContent.trim().slice(0, 40) + ': ' + contrast.toFixed(2));
  }
  return pale;
})()`;
