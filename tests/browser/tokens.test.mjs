// API tokens in a real browser: made, used, taken back.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { stage } from './stage.mjs';
import { admin } from './visitor.mjs';

const on = stage();

const tried = (token) =>
  fetch(`${on.system.url}/v1/dispatches?dryRun=true`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': 'a' },
    body: JSON.stringify({ kind: 'gap-fill', repo: 'octo/bedrock', prNumber: 1, issue: { id: '1', identifier: 'A-1', title: 'a', description: 'b' } }),
  });

async function made(page, name) {
  await page.goto('/admin/tokens');
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Repositories').fill('octo/bedrock');
  await page.getByLabel('gap-fill').check();
  await page.getByRole('button', { name: 'Make the token' }).click();
  await page.getByRole('heading', { name: `“${name}” is made` }).waitFor();
  return page.locator('#token').innerText();
}

test('a token is shown once, is copied, works, and works no more when it is revoked', async () => {
  const page = await admin(on.chromium, on.system);
  const token = await made(page, 'the robot');
  assert.match(token, /^aii_/);
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), token);
  assert.equal((await tried(token)).status, 200);
  await page.getByRole('link', { name: 'I have kept it' }).click();
  assert.doesNotMatch(await page.content(), new RegExp(token));
  page.on('dialog', (dialog) => dialog.accept());
  await page.getByRole('button', { name: 'Revoke the robot' }).click();
  await page.getByText('The token opens nothing any more.').waitFor();
  assert.equal((await tried(token)).status, 401);
});

test('a form that is sent again makes no second token', async () => {
  const page = await admin(on.chromium, on.system);
  await made(page, 'made once');
  await page.reload();
  await page.getByText('This token was made already').waitFor();
  const named = (await on.system.api('/api/tokens')).tokens.filter(({ name }) => name === 'made once');
  assert.equal(named.length, 1);
});

test('what is wrong with a token that is asked for is told at its field', async () => {
  const page = await admin(on.chromium, on.system);
  await page.goto('/admin/tokens');
  await page.getByLabel('Repositories').fill('octo/nowhere');
  await page.getByRole('button', { name: 'Make the token' }).click();
  await page.getByText('No token was made.').waitFor();
  await page.locator('.notice').getByRole('link', { name: 'kinds' }).click();
  await page.locator('#kinds-fault').waitFor();
  await page.getByLabel('Name').fill('robot');
  await page.getByLabel('plan').check();
  await page.getByRole('button', { name: 'Make the token' }).click();
  assert.match(await page.locator('#repositories-fault').innerText(), /octo\/nowhere has no mapping/);
  assert.equal(await page.getByLabel('Name').inputValue(), 'robot');
});
