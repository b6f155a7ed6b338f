// Signing in, and what protects a session, in a real browser.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { stage } from './stage.mjs';
import { admin, visitor } from './visitor.mjs';

const on = stage();

test('a wrong access code is explained, and the right one leads to what one wanted to see', async () => {
  const page = await visitor(on.chromium, on.system);
  await page.goto('/admin/tokens');
  assert.equal(new URL(page.url()).pathname, '/admin/sign-in');
  await page.getByLabel('Access code').fill('a wrong one');
  await page.keyboard.press('Enter');
  await page.getByText('That is not the access code.').waitFor();
  await page.getByLabel('Access code').fill(on.system.accessCode);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'API tokens', level: 1 }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/admin/tokens');
});

test('nobody is led elsewhere by signing in', async () => {
  for (const elsewhere of ['//evil.example', 'https://evil.example/admin', '/admin\\evil', '/\\evil.example']) {
    const page = await visitor(on.chromium, on.system);
    await page.goto(`/admin/sign-in?return_to=${encodeURIComponent(elsewhere)}`);
    await page.getByLabel('Access code').fill(on.system.accessCode);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Repositories', level: 1 }).waitFor();
    assert.equal(page.url(), `${on.system.url}/admin/repositories`);
    await page.context().close();
  }
});

test('another site cannot lock an address out', async () => {
  const page = await visitor(on.chromium, on.system);
  await page.route('https://evil.example/', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<form method="post" action="${on.system.url}/admin/sign-in"><input name="access_code" value="a guess"><button>Try</button></form>`,
    }),
  );
  for (let tries = 0; tries < 6; tries += 1) {
    await page.goto('https://evil.example/');
    await page.getByRole('button', { name: 'Try' }).click();
    await page.getByText('This form was not sent from a page of this admin.').waitFor();
  }
  await admin(on.chromium, on.system);
});

test('the page to sign in on explains why somebody was led to it', async () => {
  const page = await visitor(on.chromium, on.system);
  await page.goto('/admin/sign-in?problem=NO_LONGER_ALLOWED');
  await page.getByText('You are no longer allowed in').waitFor();
});

test('somebody signs in with GitHub', async () => {
  const page = await visitor(on.chromium, on.system);
  await page.goto('/admin/dispatches?state=failed');
  await page.getByRole('link', { name: 'Sign in with GitHub' }).click();
  await page.getByRole('button', { name: 'Sign in as admin', exact: true }).click();
  await page.getByRole('heading', { name: 'Dispatches', level: 1 }).waitFor();
  assert.equal(page.url(), `${on.system.url}/admin/dispatches?state=failed`);
  await page.getByText('@admin').waitFor();
});

test('somebody at GitHub who is not meant is refused, with the reason and what to do', async () => {
  const page = await visitor(on.chromium, on.system);
  await page.goto('/admin');
  await page.getByRole('link', { name: 'Sign in with GitHub' }).click();
  await page.getByRole('button', { name: 'Sign in as reader', exact: true }).click();
  await page.getByText('ADMIN_ALLOW').first().waitFor();
  await page.goto('/admin/repositories');
  assert.equal(new URL(page.url()).pathname, '/admin/sign-in');
});

test('somebody who changes their mind at GitHub is back where they began', async () => {
  const page = await visitor(on.chromium, on.system);
  await page.goto('/admin');
  await page.getByRole('link', { name: 'Sign in with GitHub' }).click();
  await page.getByRole('button', { name: /Cancel|Deny/ }).click();
  await page.getByRole('heading', { name: 'Sign in', level: 1 }).waitFor();
  assert.match(await page.locator('.notice').innerText(), /GitHub/);
});

test('a session is the browser’s secret, and ends with signing out', async () => {
  const page = await admin(on.chromium, on.system);
  const [cookie] = (await page.context().cookies()).filter(({ name }) => name === '__Host-ai-implement');
  assert.deepEqual(
    { httpOnly: cookie.httpOnly, secure: cookie.secure, sameSite: cookie.sameSite, path: cookie.path },
    { httpOnly: true, secure: true, sameSite: 'Lax', path: '/' },
  );
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Signed out' }).waitFor();
  await page.goto('/admin/repositories');
  assert.equal(new URL(page.url()).pathname, '/admin/sign-in');
});

test('every page forbids what it does not need, and is kept nowhere', async () => {
  const page = await admin(on.chromium, on.system);
  for (const path of ['/admin/repositories', '/admin/repositories/octo/bedrock', '/admin/no-such-page', '/admin/sign-in']) {
    const headers = (await page.goto(path)).headers();
    assert.match(headers['content-security-policy'], /default-src 'none'.*frame-ancestors 'none'/, path);
    assert.doesNotMatch(headers['content-security-policy'], /unsafe/);
    const told = ['x-content-type-options', 'x-frame-options', 'cache-control'].map((name) => headers[name]);
    assert.deepEqual(told, ['nosniff', 'DENY', 'no-store'], path);
    assert.ok(headers['strict-transport-security'] && headers['referrer-policy'], path);
  }
});

test('what somebody typed survives the end of their session', async () => {
  const page = await admin(on.chromium, on.system);
  await page.goto('/admin/repositories/octo/anthropic/edit');
  await page.getByLabel('Turns of the agent').fill('77');
  await page.context().clearCookies();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Your session is over' }).waitFor();
  await page.getByText('77').waitFor();
  const [tab] = await Promise.all([
    page.context().waitForEvent('page'),
    page.getByRole('link', { name: 'Sign in in another tab' }).click(),
  ]);
  await tab.getByLabel('Access code').fill(on.system.accessCode);
  await tab.keyboard.press('Enter');
  await tab.getByRole('heading', { name: 'You are signed in' }).waitFor();
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('heading', { name: 'Send it again?' }).waitFor();
  await page.getByRole('button', { name: 'Send it' }).click();
  await page.getByText('Saved.').waitFor();
  assert.equal((await on.system.api('/api/mappings/octo/anthropic')).mapping.maxTurns, 77);
});

test('a form of another site changes nothing', async () => {
  const page = await admin(on.chromium, on.system);
  await page.route('https://evil.example/', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<form method="post" action="${on.system.url}/admin/repositories/octo/bedrock/pause">
        <input name="version" value="1"><input name="paused" value="on"><button>Win</button></form>`,
    }),
  );
  await page.goto('https://evil.example/');
  await page.getByRole('button', { name: 'Win' }).click();
  await page.getByText('This form was not sent from a page of this admin.').waitFor();
  assert.notEqual((await on.system.api('/api/mappings/octo/bedrock')).mapping.paused, true);
});
