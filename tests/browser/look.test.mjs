// Every page as people with other eyes and hands meet it: light, dark, small, by keyboard alone, without a script.
// Each page's picture is kept.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { stage } from './stage.mjs';
import { until } from './system.mjs';
import { admin, broken, complaints, picture, visitor } from './visitor.mjs';

const on = stage(lived);
let dispatch;

// Some life, so that the pages have something to show.
async function lived(system) {
  await system.comment('octo/anthropic', 3, 'writer', '/ai-implement');
  await system.comment('octo/bedrock', 2, 'writer', '/ai-implement');
  await system.comment('octo/bedrock', 1, 'reader', '/ai-implement');
  await system.comment('octo/anthropic', 4, 'writer', '/ai-implement');
  await system.comment('octo/bedrock', 5, 'maintainer', '/ai-implement');
  await system.api('/api/tokens', { method: 'POST', body: { name: 'the ticket robot', repositories: 'all', kinds: ['plan', 'implement'] } });
  dispatch = await until('a run that succeeded', async () =>
    (await system.api('/api/dispatches')).dispatches.find(({ state }) => state === 'succeeded')?.id, 30_000);
}

const PAGES = [
  ['sign-in', '/admin/sign-in'],
  ['repositories', '/admin/repositories'],
  ['repository', '/admin/repositories/octo/bedrock'],
  ['mapping', '/admin/repositories/octo/bedrock/edit'],
  ['new-mapping', '/admin/repositories/new'],
  ['checks', '/admin/repositories/octo/bedrock/checks'],
  ['delete', '/admin/repositories/octo/bedrock/delete'],
  ['transfer', '/admin/transfer'],
  ['dispatches', '/admin/dispatches'],
  ['dispatch', () => `/admin/dispatches/${dispatch}`],
  ['activity', '/admin/activity'],
  ['tokens', '/admin/tokens'],
  ['health', '/admin/health'],
  ['nothing', '/admin/nothing'],
];
const addressOf = (address) => (typeof address === 'function' ? address() : address);

test('what breaks the rules is found', async () => {
  const page = await admin(on.chromium, on.system);
  await page.evaluate(() => {
    const pale = document.createElement('p');
    pale.style.color = '#bbb';
    pale.textContent = 'pale on pale';
    document.querySelector('main').append(pale, document.createElement('input'));
  });
  const found = (await broken(page)).map((line) => line.split(':')[0]);
  assert.deepEqual(new Set(found), new Set(['color-contrast', 'label']));
});

for (const scheme of ['light', 'dark']) {
  test(`every page keeps the rules of accessibility, ${scheme}`, async (t) => {
    const page = await admin(on.chromium, on.system, { scheme });
    for (const [name, address] of PAGES) {
      await t.test(name, async () => {
        await page.goto(addressOf(address));
        await filled(page);
        await picture(page, `${name}-${scheme}`);
        assert.deepEqual(await broken(page), []);
        assert.deepEqual(complaints(page), []);
      });
    }
  });
}

test('every page fits a telephone', async (t) => {
  const page = await admin(on.chromium, on.system, { width: 390, height: 844 });
  for (const [name, address] of PAGES) {
    await t.test(name, async () => {
      await page.goto(addressOf(address));
      await filled(page);
      await picture(page, `${name}-small`);
      const { wide, room } = await page.evaluate(() => ({
        wide: document.documentElement.scrollWidth,
        room: document.documentElement.clientWidth,
      }));
      assert.ok(wide <= room, `${wide} pixels in ${room}`);
    });
  }
});

test('every page has its content without a script, and the checks a link', async (t) => {
  const page = await admin(on.chromium, on.system, { script: false });
  for (const [name, address] of PAGES) {
    await t.test(name, async () => {
      await page.goto(addressOf(address));
      await page.getByRole('heading', { level: 1 }).waitFor();
      for (const button of await page.locator('button[data-copy]').all()) assert.equal(await button.isVisible(), false);
    });
  }
  await page.goto('/admin/repositories/octo/bedrock');
  await page.getByRole('link', { name: 'Look at the set-up' }).click();
  await page.getByRole('heading', { name: 'Checks', exact: true }).waitFor();
  await page.goto('/admin/repositories/octo/anthropic/edit');
  await page.getByLabel('Turns of the agent').fill('44');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved. The next command uses it.').waitFor();
});

test('a repository is mapped, seen and paused with the keyboard alone', async () => {
  const page = await visitor(on.chromium, on.system);
  const { keyboard } = page;
  const reach = async (name) => {
    for (let presses = 0; presses < 60; presses += 1) {
      await keyboard.press('Tab');
      const focused = page.locator(':focus');
      const label = await focused.evaluate((element) => [element.labels?.[0]?.textContent, element.textContent, element.name].filter(Boolean)[0] ?? '');
      if (label.trim() === name) {
        const outline = await focused.evaluate((element) => getComputedStyle(element).outlineStyle);
        assert.notEqual(outline, 'none', `${name} shows that it has the focus`);
        return;
      }
    }
    assert.fail(`${name} can't be reached`);
  };
  await page.goto('/admin/repositories/new');
  await page.getByLabel('Access code').focus();
  await keyboard.type(on.system.accessCode);
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Map a repository' }).waitFor();
  await keyboard.press('Tab');
  assert.equal(await page.locator(':focus').innerText(), 'Skip to the content');
  await keyboard.press('Enter');
  await reach('Repository');
  await keyboard.type('octo/unmapped');
  await reach('Anthropic API');
  await keyboard.press('ArrowRight');
  await reach('AWS region');
  await keyboard.type('eu-west-1');
  await keyboard.press('Enter');
  await page.getByText('Saved. The next command uses it.').waitFor();
  await reach('Pause');
  await keyboard.press('Enter');
  await page.getByText('Paused. New commands are refused').waitFor();
});

// What a page fills by itself has come, if it has such a part.
async function filled(page) {
  await page.waitForFunction(() => !document.querySelector('[hx-trigger="load"]'), undefined, { timeout: 20_000 });
}
