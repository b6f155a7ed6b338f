// The doctor in a real browser: what is wrong is found, said with its remedy, and found no more when it is mended.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { System } from './system.mjs';
import { admin, browser } from './visitor.mjs';

let system;
let chromium;
before(async () => {
  [system, chromium] = await Promise.all([System.start(), browser()]);
});
after(async () => {
  await Promise.all([chromium?.close(), system?.stop()]);
});

const verdicts = (page) =>
  page.locator('.checks li').evaluateAll((lines) =>
    Object.fromEntries(lines.map((line) => [line.dataset.check, line.querySelector('.pill').textContent])),
  );

test('a healthy set-up has nothing that fails, and the policies are ready to be pasted', async () => {
  const page = await admin(chromium, system);
  await page.goto('/admin/repositories/octo/bedrock');
  await page.getByRole('heading', { name: 'Checks', exact: true }).waitFor();
  const seen = await verdicts(page);
  assert.ok(Object.keys(seen).length > 8, JSON.stringify(seen));
  assert.deepEqual(Object.entries(seen).filter(([, verdict]) => verdict === 'Fails'), []);
  const policy = JSON.parse(await page.locator('#trust-policy').innerText());
  assert.match(JSON.stringify(policy), /repo:octo\/bedrock:/);
  const permissions = JSON.parse(await page.locator('#permission-policy').innerText());
  assert.match(JSON.stringify(permissions), /bedrock:InvokeModelWithResponseStream/);
  assert.match(await page.locator('#subject-immutable').innerText(), /^repo:octo@\d+\/bedrock@\d+:/);
  await page.locator('[data-copy="trust-policy"]').click();
  assert.deepEqual(JSON.parse(await page.evaluate(() => navigator.clipboard.readText())), policy);
});
