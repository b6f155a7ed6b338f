// Dispatches in a real browser: seen as they move, filtered, and steered.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { stage } from './stage.mjs';
import { until } from './system.mjs';
import { admin, complaints } from './visitor.mjs';

const on = stage();

const newest = async (query = '') => (await on.system.api(`/api/dispatches${query}`)).dispatches[0];
const inState = (state) => until(`a dispatch that is ${state}`, async () => {
  const dispatch = await newest();
  return dispatch?.state === state && dispatch;
}, 30_000);

test('a command shows up by itself in the list that somebody looks at, and moves there', async () => {
  const page = await admin(on.chromium, on.system);
  await page.getByRole('link', { name: 'Dispatches' }).click();
  await page.getByText('Nothing here').waitFor();
  await on.system.comment('octo/bedrock', 1, 'writer', '/ai-implement\nKeep it small.');
  await page.locator('tbody tr', { hasText: 'octo/bedrock#1' }).getByText('Succeeded').waitFor({ timeout: 30_000 });
  assert.doesNotMatch(await page.content(), /Keep it small/);
  assert.deepEqual(complaints(page), []);
});

test('a dispatch shows what happened, step by step, and where', async () => {
  const page = await admin(on.chromium, on.system);
  await page.goto('/admin/dispatches');
  await page.getByRole('link', { name: '/ai-implement', exact: true }).first().click();
  const steps = await page.locator('.timeline li strong').allInnerTexts();
  assert.deepEqual([steps[0], steps.at(-1)], ['Received', 'Succeeded']);
  assert.ok(steps.includes('Dispatched'), steps.join());
  const facts = await page.locator('section:has(#what)').innerText();
  assert.match(facts, /Bedrock in us-west-2/);
  const links = await page.locator('section:has(#what) a').evaluateAll((links) => links.map(({ href }) => href));
  assert.ok(links.some((href) => href.endsWith('/octo/bedrock/issues/1')), links.join());
});

test('the list is narrowed to a repository and to a state', async () => {
  await on.system.comment('octo/anthropic', 1, 'reader', '/ai-implement');
  await inState('refused');
  const page = await admin(on.chromium, on.system);
  await page.goto('/admin/dispatches');
  const shown = async () => (await page.locator('tbody tr').allInnerTexts()).map((row) => row.replace(/\s+/g, ' '));
  await page.getByLabel('State').selectOption('refused');
  await page.getByRole('button', { name: 'Filter' }).click();
  await page.waitForURL(/state=refused/);
  assert.match((await shown()).join(), /Refused NOT_AUTHORIZED octo\/anthropic#1/);
  assert.equal((await shown()).length, 1);
  await page.goto('/admin/dispatches?repo=octo/bedrock');
  assert.ok((await shown()).every((row) => row.includes('octo/bedrock')));
  await page.goto('/admin/dispatches?repo=not%20a%20name');
  await page.locator('.notice.bad').waitFor();
});

test('a refusal says why and what to do', async () => {
  const page = await admin(on.chromium, on.system);
  await page.goto('/admin/dispatches?state=refused');
  await page.locator('tbody th a').first().click();
  assert.match(await page.locator('section:has(#what) .lead').innerText(), /write permission/);
});

test('what is over is done again, once, however often the button is pressed', async () => {
  const page = await admin(on.chromium, on.system);
  const before = (await on.system.state()).dispatches.length;
  await page.goto('/admin/dispatches?repo=octo/bedrock');
  await page.locator('tbody th a').first().click();
  await page.getByRole('button', { name: 'Do it again' }).dblclick();
  await page.getByText('It is asked for once more.').waitFor();
  await until('the second dispatch', async () => (await on.system.state()).dispatches.length > before);
  await inState('succeeded');
  assert.equal((await on.system.state()).dispatches.length, before + 1);
});

test('a run is cancelled by somebody who looks at it, and the page shows its end', async () => {
  const page = await admin(on.chromium, on.system);
  page.on('dialog', (dialog) => dialog.accept());
  await on.system.comment('octo/anthropic', 1, 'writer', '/ai-implement');
  const dispatch = await until('a run', async () => {
    const newestOne = await newest('?repo=octo/anthropic');
    return ['dispatched', 'started'].includes(newestOne?.state) && newestOne;
  });
  await page.goto(`/admin/dispatches/${dispatch.id}`);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.locator('h1').getByText('Cancelled').waitFor();
  const by = await page.locator('.timeline').innerText();
  assert.match(by, /by access-code/);
});

test('what is under way may be looked at again, and what is over has nothing to be looked at', async () => {
  const page = await admin(on.chromium, on.system);
  await on.system.comment('octo/bedrock', 5, 'writer', '/ai-implement');
  const dispatch = await until('a run', async () => {
    const newestOne = await newest('?repo=octo/bedrock');
    return ['dispatched', 'started'].includes(newestOne?.state) && newestOne;
  });
  await page.goto(`/admin/dispatches/${dispatch.id}`);
  await page.getByRole('button', { name: 'Look again now' }).click();
  await page.getByText('It is being looked at.').waitFor();
  await page.locator('h1').getByText('Succeeded').waitFor({ timeout: 30_000 });
  assert.equal(await page.getByRole('button', { name: 'Look again now' }).count(), 0);
});

test('what somebody had no right to ask for is not done again by anybody else', async () => {
  const page = await admin(on.chromium, on.system);
  await page.goto('/admin/dispatches?state=refused');
  await page.locator('tbody th a').first().click();
  await page.getByText('NOT_AUTHORIZED').first().waitFor();
  assert.equal(await page.getByRole('button', { name: 'Do it again' }).count(), 0);
});

test('an address of no dispatch is explained', async () => {
  const page = await admin(on.chromium, on.system);
  const answer = await page.goto('/admin/dispatches/01ARZ3NDEKTSV4RRFFQ69G5FAV');
  assert.equal(answer.status(), 404);
  await page.getByRole('link', { name: 'To the repositories' }).waitFor();
});
