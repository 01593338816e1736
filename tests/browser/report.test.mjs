// Opens the HTML report in Chromium: filters work, nothing leaves the page, no error, no accessibility fault.
//
// PERMGAP names the binary [target/debug/permgap], CHROMIUM the browser [/usr/bin/chromium]. SCREENSHOTS names a
// folder for pictures of the page.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
const permgap = resolve(process.env.PERMGAP ?? join(here, "../../target/debug/permgap"));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "permgap-browser-"));
const url = (file) => pathToFileURL(join(folder, file)).href;

let browser;

/** Writes a report; permgap answers 1 where there are gaps. */
function report(file, args) {
  const run = spawnSync(permgap, ["audit", "--quiet", "-o", file, ...args], { cwd: folder, encoding: "utf8" });
  assert.ok([0, 1, 3].includes(run.status), run.stderr);
}

/** A tree with many mapped fields that the user cannot write: one gap each. */
function manyGaps(count) {
  const main = join(folder, "big");
  for (const part of ["objects/Account", "profiles"]) mkdirSync(join(main, part), { recursive: true });
  const xml = (root, body) =>
    `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://soap.sforce.com/2006/04/metadata">${body}</${root}>\n`;
  const rows = ["hubspot_object,hubspot_property,salesforce_object,salesforce_field,sync_rule"];
  const fields = [];
  for (let index = 0; index < count; index += 1) {
    fields.push(`<fields><fullName>Field_${index}__c</fullName><type>Text</type><length>20</length></fields>`);
    rows.push(`companies,p${index},Account,Field_${index}__c,Two-way`);
  }
  mkdirSync(join(main, "objects"), { recursive: true });
  rmSync(join(main, "objects/Account"), { recursive: true });
  writeFileSync(join(main, "objects/Account.object"), xml("CustomObject", fields.join("")));
  writeFileSync(join(main, "profiles/HubSpot.profile"), xml("Profile", ""));
  writeFileSync(join(folder, "big.csv"), rows.join("\n"));
  report("big.html", ["--source-dir", main, "--profile", "HubSpot", "--mappings", "big.csv"]);
}

/** A page with every error and every request of it. */
async function open(file, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const seen = { errors: [], requests: [] };
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) seen.errors.push(message.text());
  });
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  page.on("request", (request) => seen.requests.push(request.url()));
  // Counted from before the page opens.
  const session = await context.newCDPSession(page);
  await session.send("Performance.enable");
  const script = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find((metric) => metric.name === "ScriptDuration").value;
  };
  await page.goto(url(file));
  return { page, seen, script, close: () => context.close() };
}

const shown = (page) => page.locator("article:not([hidden])").evaluateAll((cards) => cards.filter((card) => !card.closest("[hidden]")).length);
const settled = (page) => page.waitForTimeout(200);

before(async () => {
  report("demo.html", ["--demo"]);
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });
});

after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

test("filters, sorting and reset work, and say how many are shown", async () => {
  const { page, seen, close } = await open("demo.html");
  const all = await shown(page);
  assert.ok(all > 10);
  const status = page.getByRole("status");
  assert.equal(await status.textContent(), `${all} of ${all} shown`);

  await page.locator("input[value=critical]").uncheck();
  await settled(page);
  const lesser = await shown(page);
  assert.ok(lesser < all);
  assert.equal(await page.locator("article[data-s=critical]:not([hidden])").count(), 0);

  await page.locator("input[name=text]").fill("Segment__c readable");
  await settled(page);
  assert.equal(await shown(page), await page.locator("article:not([hidden])").filter({ hasText: "Segment__c" }).count());

  await page.getByRole("button", { name: "Reset" }).click();
  await settled(page);
  assert.equal(await shown(page), all);

  await page.locator("input[name=text]").fill("Contact.MobilePhone");
  await settled(page);
  const few = await shown(page);
  assert.ok(few > 0 && few < all);
  assert.equal(await status.textContent(), `${few} of ${all} shown`);
  await page.locator("input[name=text]").fill("");

  await page.locator("select[name=type]").selectOption("10");
  await settled(page);
  assert.equal(await shown(page), await page.locator('article[data-t="10"]').count());
  await page.locator("select[name=type]").selectOption("");

  await page.locator("select[name=sort]").selectOption("field");
  await settled(page);
  const fields = await page.locator("#o-Account article").evaluateAll((cards) => cards.map((card) => card.dataset.f));
  assert.deepEqual(fields, [...fields].sort());
  assert.deepEqual(seen.errors, []);
  await close();
});

test("a fix is copied, and Setup is one click away", async () => {
  const { page, seen, close } = await open("demo.html", { permissions: ["clipboard-read", "clipboard-write"] });
  const card = page.locator("article").first();
  await card.locator("button.copy").click();
  await page.getByText("Copied").first().waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(copied, /^Fix: /);
  const links = await page.locator(".actions a[target=_blank]").evaluateAll((all) => all.map((link) => link.href));
  assert.ok(links.length > 0);
  assert.ok(links.every((link) => link.startsWith("https://") && link.includes("/lightning/setup/")), links.join());
  assert.deepEqual(seen.errors, []);
  await close();
});

test("the map leads to an object's gaps, and a link to a card shows it", async () => {
  const { page, seen, close } = await open("demo.html");
  const gap = page.locator(".heat td.gap").first();
  assert.equal(await gap.isVisible(), true);
  const links = page.locator(".heat th a");
  for (const href of await links.evaluateAll((all) => all.map((link) => link.getAttribute("href")))) {
    assert.equal(await page.locator(`[id="${href.slice(1)}"]`).count(), 1, href);
  }
  // A filter hides the card; its own address brings it back.
  const card = page.locator("article[data-s=critical]").first();
  const id = await card.getAttribute("id");
  await page.locator("input[value=critical]").uncheck();
  await settled(page);
  assert.equal(await card.isVisible(), false);
  await page.evaluate((hash) => { location.hash = hash; }, id);
  await settled(page);
  assert.equal(await card.isVisible(), true);
  assert.deepEqual(seen.errors, []);
  await close();
});

test("what was not evaluated is counted at first sight, and unfolds", async () => {
  const { page, close } = await open("demo.html");
  const part = page.locator("section.warn details");
  assert.match(await part.locator("summary").textContent(), /^[0-9]+ audits?, in full or in part/);
  if (!(await part.evaluate((details) => details.open))) await part.locator("summary").click();
  assert.equal(await part.locator("li").first().isVisible(), true);
  await close();
});

test("no request leaves the page", async () => {
  const { page, seen, close } = await open("demo.html");
  await settled(page);
  assert.deepEqual(seen.requests.filter((request) => request !== url("demo.html") && request !== "data:,"), []);
  await close();
});

test("the policy holds: a script that is put in does not run", async () => {
  const { page, close } = await open("demo.html");
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
    return window.ran === true;
  });
  assert.equal(ran, false);
  await close();
});

test("the keyboard is enough", async () => {
  const { page, close } = await open("demo.html");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the gaps");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.name), "severity");
  await page.keyboard.press("Space");
  await settled(page);
  assert.equal(await page.locator("article[data-s=critical]:not([hidden])").count(), 0);
  await close();
});

test("without a script everything is there to read", async () => {
  const { page, close } = await open("demo.html", { javaScriptEnabled: false });
  assert.equal(await page.locator(".filters").isVisible(), false);
  assert.equal(await page.locator("article").first().isVisible(), true);
  await close();
});

for (const colorScheme of ["light", "dark"]) {
  for (const width of [1280, 380]) {
    test(`axe-core finds nothing: ${colorScheme}, ${width} wide`, async () => {
      // axe-core is put into the page, which its policy would refuse.
      const { page, seen, close } = await open("demo.html", { colorScheme, viewport: { width, height: 900 }, bypassCSP: true });
      await page.addStyleTag({ content: "article, .object { content-visibility: visible !important }" });
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run(document));
      const told = violations.map((fault) => `${fault.id}: ${fault.nodes.slice(0, 3).map((node) => node.html).join("\n")}`);
      assert.deepEqual(told, []);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 0, `${wide} pixels too wide`);
      assert.deepEqual(seen.errors, []);
      if (process.env.SCREENSHOTS) {
        await page.screenshot({ path: join(process.env.SCREENSHOTS, `${colorScheme}-${width}.png`) });
        await page.screenshot({ path: join(process.env.SCREENSHOTS, `${colorScheme}-${width}-whole.png`), fullPage: true });
      }
      await close();
    });
  }
}

test("ten thousand gaps open and filter in under a second of script", async () => {
  manyGaps(10_000);
  const { page, seen, script, close } = await open("big.html");
  const opened = await script();
  assert.ok((await shown(page)) >= 10_000);
  const before = await script();
  assert.ok(opened > 0, "nothing was measured");
  assert.ok(opened < 1, `opening took ${opened} s of script`);
  await page.locator("input[name=text]").fill("field_77");
  // Looked for in one place: a search through the whole page would be measured with it.
  await page.waitForFunction(() => /^\d{2,3} of /.test(document.querySelector(".count").textContent), null, { polling: 100 });
  const filtered = (await script()) - before;
  assert.ok(filtered < 1, `filtering took ${filtered} s of script`);
  const sorting = await script();
  await page.locator("select[name=sort]").selectOption("field");
  await page.waitForTimeout(1000);
  const sorted = (await script()) - sorting;
  assert.ok(sorted < 2, `sorting took ${sorted} s of script`);
  if (process.env.SCREENSHOTS) await page.screenshot({ path: join(process.env.SCREENSHOTS, "ten-thousand.png") });
  assert.deepEqual(seen.errors, []);
  console.log(`opening ${opened.toFixed(3)} s, filtering ${filtered.toFixed(3)} s, sorting ${sorted.toFixed(3)} s of script`);
  await close();
});

test("the page on paper has everything unfolded and no filters", async () => {
  const { page, close } = await open("demo.html");
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator(".filters").isVisible(), false);
  const pdf = await page.pdf({ format: "A4" });
  assert.ok(pdf.length > 10_000);
  await close();
});
