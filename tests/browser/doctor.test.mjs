// The doctor in a real browser: what is wrong is found, said with its remedy, and found no more when it is mended.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { stage } from './stage.mjs';
import { until } from './system.mjs';
import { admin } from './visitor.mjs';

// Something was delivered, so that deliveries can be judged.
const on = stage((system) => system.comment('octo/bedrock', 1, 'writer', 'No command.'));

const verdicts = (page) =>
  page.locator('.checks li').evaluateAll((lines) =>
    Object.fromEntries(lines.map((line) => [line.dataset.check, line.querySelector('.pill').textContent])),
  );

test('a healthy set-up has nothing that fails, and the policies are ready to be pasted', async () => {
  const page = await admin(on.chromium, on.system);
  await page.goto('/admin/repositories/octo/bedrock');
  await page.getByRole('heading', { name: 'Checks', exact: true }).waitFor();
  const seen = await verdicts(page);
  assert.ok(Object.keys(seen).length > 8, JSON.stringify(seen));
  assert.deepEqual(Object.entries(seen).filter(([, verdict]) => ['Fails', 'Unknown'].includes(verdict)), []);
  const policy = JSON.parse(await page.locator('#trust-policy').innerText());
  assert.match(JSON.stringify(policy), /repo:octo\/bedrock:/);
  const permissions = JSON.parse(await page.locator('#permission-policy').innerText());
  assert.match(JSON.stringify(permissions), /bedrock:InvokeModelWithResponseStream/);
  assert.match(await page.locator('#subject-immutable').innerText(), /^repo:octo@\d+\/bedrock@\d+:/);
  await page.locator('[data-copy="trust-policy"]').click();
  assert.deepEqual(JSON.parse(await page.evaluate(() => navigator.clipboard.readText())), policy);
});

test('what is broken is found with its remedy, and found no more when it is mended', async () => {
  const page = await admin(on.chromium, on.system);
  const look = async () => {
    await page.goto('/admin/repositories/octo/bedrock/checks');
    return verdicts(page);
  };
  const healthy = await look();
  const changedSince = (seen) => Object.keys({ ...healthy, ...seen }).filter((id) => healthy[id] !== seen[id]);
  await on.system.tell('/_sandbox/set-up', { repo: 'octo/bedrock', secrets: [] });
  const broken = await look();
  assert.deepEqual(changedSince(broken), ['credentials']);
  assert.equal(broken.credentials, 'Fails');
  assert.match(await page.locator('[data-check="credentials"] .remedy').innerText(), /AWS_BEDROCK_ROLE_ARN/);
  await on.system.tell('/_sandbox/set-up', { repo: 'octo/bedrock', secrets: ['AWS_BEDROCK_ROLE_ARN'] });
  assert.deepEqual(changedSince(await look()), []);
});

test('a repository without the App says so, and how to install it', async () => {
  const page = await admin(on.chromium, on.system);
  await on.system.api('/api/mappings/elsewhere/repo', { method: 'PUT', body: {} });
  await page.goto('/admin/repositories/elsewhere/repo/checks');
  const seen = await verdicts(page);
  assert.equal(seen.app, 'Fails');
  assert.match(await page.locator('[data-check="app"] .remedy').innerText(), /Install/i);
});

test('a comment, the page and the API are told the same', async () => {
  const page = await admin(on.chromium, on.system);
  await on.system.comment('octo/bedrock', 1, 'writer', '/ai-implement doctor');
  const told = await until('the answer', async () =>
    (await on.system.state()).comments.find(({ user, body }) => user.endsWith('[bot]') && body.includes('AI_IMPLEMENT_URL'))?.body,
  );
  const { checks } = await on.system.api('/api/checks/octo/bedrock');
  await page.goto('/admin/repositories/octo/bedrock/checks');
  const words = { pass: 'Pass', warn: 'Warning', fail: 'Fails', unknown: 'Unknown' };
  assert.deepEqual(await verdicts(page), Object.fromEntries(checks.map(({ id, status }) => [id, words[status]])));
  for (const { what } of checks) assert.ok(told.includes(what), `${what} in ${told}`);
});
