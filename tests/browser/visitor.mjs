// A real browser, and somebody in it.
// Owns its start, its ways of looking – light, dark, without a script – and what is held against every page: the rules of
// accessibility, and that nothing is complained of in its console.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createRequire } from 'node:module';

const fromTools = createRequire(new URL('../tools/package.json', import.meta.url));
const { chromium } = fromTools('playwright-core');
const axe = fromTools('axe-core');

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--no-first-run',
];
// https://github.com/dequelabs/axe-core/blob/develop/doc/API.md#axe-core-tags
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
// A browser's own advice to password forms, which has no user name here.
const ADVICE = /Password forms should have/;
// Where the pictures of the pages are kept.
export const PICTURES = join(process.env.CARGO_TARGET_DIR, 'browser');

// A browser; contexts in it know nothing of one another.
export function browser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
}

// Somebody who has just opened the browser.
export async function visitor(browser, system, { scheme = 'light', script = true, width = 1280, height = 900 } = {}) {
  const context = await browser.newContext({
    baseURL: system.url,
    colorScheme: scheme,
    javaScriptEnabled: script,
    viewport: { width, height },
    permissions: script ? ['clipboard-read', 'clipboard-write'] : [],
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(error.message));
  page.on('console', (message) => {
    const isServersAnswer = message.text().startsWith('Failed to load resource');
    if (['error', 'warning'].includes(message.type()) && !isServersAnswer) page.complaints.push(message.text());
  });
  return page;
}

// The same, signed in with the access code.
export async function admin(browser, system, options) {
  const page = await visitor(browser, system, options);
  await page.goto('/admin');
  await page.getByLabel('Access code').fill(system.accessCode);
  await page.getByRole('button', { name: 'Sign in with the code' }).click();
  await page.getByRole('heading', { name: 'Repositories', level: 1 }).waitFor();
  return page;
}

// What a page breaks of the rules of accessibility, each in a line.
export async function broken(page) {
  // Injected as a page's own: the policy of the page forbids an inline script, and keeps on doing so.
  await page.evaluate(`${axe.source};0`);
  const { violations } = await page.evaluate(
    (values) => globalThis.axe.run(document, { runOnly: { type: 'tag', values } }),
    RULES,
  );
  return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.html} ${node.failureSummary}`));
}

export const complaints = (page) => page.complaints.filter((text) => !ADVICE.test(text));

// Keeps a picture of the whole page.
export async function picture(page, name) {
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
}
