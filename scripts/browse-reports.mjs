#!/usr/bin/env node
// Pages of HTML as a browser shows them: pictures, axe-core, contrast of every text, width.
//
//     npm install --prefix DIR playwright-core axe-core
//     NODE_PATH=DIR/node_modules node scripts/browse-reports.mjs SCREENS FILE.html …
//
// For each page at the width of a desktop (1200 px) and of a phone (390 px): SCREENS/NAME-WIDTH.png, and a line
// of JSON with what axe-core finds, the texts whose contrast is below 4.5:1 – those in SVG too, which axe-core
// leaves out –, the least contrast, what should stand on one line and does not (.unbroken), and whether the page
// is wider than the screen. Status 1 if anything is found.

import { createRequire } from "node:module";
import { mkdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.env.NODE_PATH ?? ".", "any.js"));
const { chromium } = require("playwright-core");
const AXE = require.resolve("axe-core");
const WIDTHS = [1200, 390];
const LEAST = 4.5;
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

// In the page: every text with the contrast of its colour on what is painted below it.
function contrasts() {
  const parse = (text) => {
    const found = /rgba?\(([^)]+)\)/.exec(text);
    if (!found) return null;
    const [r, g, b, a = 1] = found[1].split(/[\s,/]+/).map(Number);
    return { r, g, b, a };
  };
  const over = (top, below) => ({
    r: top.r * top.a + below.r * (1 - top.a),
    g: top.g * top.a + below.g * (1 - top.a),
    b: top.b * top.a + below.b * (1 - top.a),
    a: 1,
  });
  const luminance = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const shapes = new Set(["rect", "path", "circle", "polygon", "ellipse"]);
  const paint = (element) => {
    const style = getComputedStyle(element);
    const own = shapes.has(element.tagName) ? parse(style.fill) : parse(style.backgroundColor);
    if (!own) return null;
    const opacity = shapes.has(element.tagName) ? Number(style.fillOpacity) : 1;
    return { ...own, a: own.a * opacity * Number(style.opacity) };
  };
  const below = (x, y, from) => {
    const stack = document.elementsFromPoint(x, y);
    const layers = [];
    let seen = !stack.includes(from);
    for (const element of stack) {
      if (element === from) seen = true;
      if (!seen) continue;
      const own = element === from && shapes.has(element.tagName) ? null : paint(element);
      if (own && own.a > 0) layers.push(own);
      if (own && own.a === 1) break;
    }
    return layers.reverse().reduce((base, layer) => over(layer, base), { r: 255, g: 255, b: 255, a: 1 });
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const element = node.parentElement;
    if (!node.data.trim() || ["STYLE", "SCRIPT", "title", "desc"].includes(element.tagName)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getClientRects()[0];
    if (!box || box.width < 2 || box.height < 2) continue;
    element.scrollIntoView({ block: "center", inline: "center" });
    const { left, top, width, height } = range.getClientRects()[0];
    const style = getComputedStyle(element);
    if (style.visibility === "hidden") continue;
    const ink = parse(element.namespaceURI.endsWith("svg") ? style.fill : style.color);
    if (!ink) continue;
    const ground = below(left + Math.min(width / 2, 4), top + height / 2, element);
    const [light, dark] = [luminance(over({ ...ink, a: ink.a * Number(style.opacity) }, ground)), luminance(ground)].sort((a, b) => b - a);
    found.push({ text: node.data.trim().slice(0, 40), ratio: Math.round(((light + 0.05) / (dark + 0.05)) * 100) / 100 });
  }
  return found;
}

// In the page: the words held together that stand on more than one line.
function broken() {
  const lines = (one) => new Set([...one.getClientRects()].map((box) => Math.round(box.top))).size;
  return [...document.querySelectorAll(".unbroken")].filter((one) => lines(one) > 1).map((one) => one.textContent);
}

const [screens, ...files] = process.argv.slice(2);
mkdirSync(screens, { recursive: true });
const flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags });
let faults = 0;
for (const file of files) {
  for (const width of WIDTHS) {
    const page = await browser.newPage({ viewport: { width, height: 800 }, deviceScaleFactor: 1 });
    await page.goto(pathToFileURL(resolve(file)).href);
    const name = join(screens, `${[basename(dirname(dirname(file))), basename(dirname(file)), basename(file, ".html")].join("-")}-${width}.png`);
    await page.screenshot({ path: name, fullPage: true });
    await page.addScriptTag({ path: AXE });
    const axe = await page.evaluate((tags) => window.axe.run({ runOnly: { type: "tag", values: tags } }), TAGS);
    const texts = await page.evaluate(contrasts);
    const low = texts.filter((one) => one.ratio < LEAST);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    const apart = await page.evaluate(broken);
    const violations = axe.violations.map((one) => ({ rule: one.id, impact: one.impact, n: one.nodes.length, first: one.nodes[0].html.slice(0, 200), target: one.nodes[0].target }));
    const unsure = axe.incomplete.map((one) => `${one.id} × ${one.nodes.length}`);
    const least = texts.reduce((a, one) => Math.min(a, one.ratio), 21);
    console.log(JSON.stringify({ file, width, wider: Math.max(0, wide - width), axe: axe.passes.length, violations, unsure, texts: texts.length, least, low: low.slice(0, 10), apart, screen: name }));
    faults += violations.length + low.length + apart.length + (wide > width ? 1 : 0);
    await page.close();
  }
}
await browser.close();
process.exit(faults ? 1 : 0);
