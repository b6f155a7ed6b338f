// Mapping repositories in a real browser, from the form to the dispatch that carries what it says.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { stage } from './stage.mjs';
import { until } from './system.mjs';
import { admin, complaints } from './visitor.mjs';

const on = stage();

// A change of another person's, made while a form is open.
async function changed(name, settings) {
  const { mapping } = await on.system.api(`/api/mappings/${name}`);
  await on.system.api(`/api/mappings/${name}`, { method: 'PATCH', body: { ...settings, version: mapping.version } });
}

test('a repository is mapped to Bedrock, and the next dispatch carries it', async () => {
  const page = await admin(on.chromium, on.system);
  await page.getByRole('link', { name: 'Map a repository' }).click();
  await page.getByLabel('Repository').fill('octo/unmapped');
  assert.equal(await page.getByLabel('AWS region').isVisible(), false);
  await page.getByLabel('AWS Bedrock').check();
  await page.getByLabel('AWS region').fill('eu-central-1');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved. The next command uses it.').waitFor();
  await on.system.comment('octo/unmapped', 1, 'writer', '/ai-implement');
  const dispatch = await until('the dispatch', async () =>
    (await on.system.state()).dispatches.find(({ repo }) => repo === 'octo/unmapped'),
  );
  assert.deepEqual([dispatch.inputs.provider, dispatch.inputs.aws_region], ['bedrock', 'eu-central-1']);
  assert.deepEqual(complaints(page), []);
});

test('the region is a field of Bedrock alone, with a script and without', async () => {
  for (const script of [true, false]) {
    const page = await admin(on.chromium, on.system, { script });
    await page.goto('/admin/repositories/octo/bedrock/edit');
    await page.getByLabel('AWS region').waitFor();
    await page.getByLabel('Anthropic API').check();
    assert.equal(await page.getByLabel('AWS region').isVisible(), false, `script: ${script}`);
    await page.getByLabel('AWS Bedrock').check();
    assert.equal(await page.getByLabel('AWS region').inputValue(), 'us-west-2');
    const suggested = await page.locator('#regions option').count();
    assert.ok(suggested > 5, `${suggested} regions are suggested`);
    await page.context().close();
  }
});

test('each fault stands at its field, is reached from the top, and loses nothing that was typed', async () => {
  const page = await admin(on.chromium, on.system);
  await page.goto('/admin/repositories/octo/bedrock/edit');
  await page.getByLabel('AWS region').fill('us-west-2b');
  await page.getByLabel('Turns of the agent').fill('many');
  await page.getByLabel('Team key').fill('ENG');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Nothing was saved.').waitFor();
  for (const [field, told] of [['awsRegion', 'its region is `us-west-2`'], ['maxTurns', 'expected a whole number']]) {
    assert.match(await page.locator(`#${field}-fault`).innerText(), new RegExp(told.replace(/[`]/g, '.')));
    assert.equal(await page.locator(`#${field}`).getAttribute('aria-invalid'), 'true');
    assert.match(await page.locator(`#${field}`).getAttribute('aria-describedby'), new RegExp(`${field}-fault`));
  }
  assert.equal(await page.getByLabel('Team key').inputValue(), 'ENG');
  assert.equal(await page.getByLabel('Turns of the agent').inputValue(), 'many');
  await page.locator('.notice').getByRole('link', { name: 'maxTurns' }).click();
  assert.equal(new URL(page.url()).hash, '#maxTurns');
});

test('two people who change one mapping see both values, and the second decides', async () => {
  const page = await admin(on.chromium, on.system);
  await page.goto('/admin/repositories/octo/bedrock/edit');
  await page.getByLabel('AWS region').fill('eu-west-1');
  await page.getByLabel('Turns of the agent').fill('12');
  await changed('octo/bedrock', { awsRegion: 'ap-northeast-1', dailyRuns: 9 });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('while you had it open').waitFor();
  const rows = await page.locator('.notice tbody tr').allInnerTexts();
  assert.deepEqual(
    rows.map((row) => row.split('\t').map((cell) => cell.trim())).sort(),
    [['awsRegion', 'ap-northeast-1', 'eu-west-1'], ['dailyRuns', '9', 'the default'], ['maxTurns', 'the default', '12']],
  );
  assert.equal((await on.system.api('/api/mappings/octo/bedrock')).mapping.awsRegion, 'ap-northeast-1');
  await page.getByRole('button', { name: 'Save mine over it' }).click();
  await page.getByText('Saved. The next command uses it.').waitFor();
  const { mapping } = await on.system.api('/api/mappings/octo/bedrock');
  assert.deepEqual([mapping.awsRegion, mapping.maxTurns, mapping.dailyRuns], ['eu-west-1', 12, undefined]);
  const history = await page.locator('section:has(#history)').innerText();
  assert.match(history, /awsRegion: ap-northeast-1 → eu-west-1/);
});

test('a form that is sent twice is saved once', async () => {
  const page = await admin(on.chromium, on.system);
  await page.goto('/admin/repositories/octo/anthropic/edit');
  const { version } = (await on.system.api('/api/mappings/octo/anthropic')).mapping;
  await page.getByLabel('Turns of the agent').fill('31');
  await page.getByRole('button', { name: 'Save' }).dblclick();
  await page.getByText('Saved. The next command uses it.').waitFor();
  assert.equal((await on.system.api('/api/mappings/octo/anthropic')).mapping.version, version + 1);
});

test('a paused repository refuses, and a resumed one takes commands again', async () => {
  const page = await admin(on.chromium, on.system);
  await page.goto('/admin/repositories/octo/anthropic');
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('Paused. New commands are refused').waitFor();
  await on.system.comment('octo/anthropic', 1, 'writer', '/ai-implement');
  await until('the refusal', async () => (await on.system.state()).comments.some(({ body }) => body.includes('PAUSED')));
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByText('Resumed.').waitFor();
});

test('a mapping is searched for by a part of its name or its team key', async () => {
  await changed('octo/anthropic', { teamKey: 'PLATFORM' });
  const page = await admin(on.chromium, on.system);
  for (const wanted of ['ANTHRO', 'platf']) {
    await page.goto('/admin/repositories');
    await page.getByRole('searchbox').fill(wanted);
    await page.keyboard.press('Enter');
    await page.waitForURL(`/admin/repositories?q=${wanted}`);
    await page.getByRole('link', { name: 'octo/anthropic' }).waitFor();
    assert.deepEqual(await page.locator('tbody th').allInnerTexts(), ['octo/anthropic'], wanted);
  }
});

test('no text of anybody’s becomes markup', async () => {
  const page = await admin(on.chromium, on.system);
  const evil = '"><img src=x onerror=alert(1)><script>alert(2)</script>';
  let asked = false;
  page.on('dialog', (dialog) => { asked = true; return dialog.dismiss(); });
  await page.goto(`/admin/repositories?q=${encodeURIComponent(evil)}`);
  assert.equal(await page.getByRole('searchbox').inputValue(), evil);
  await page.goto('/admin/repositories/new');
  await page.getByLabel('Repository').fill(evil);
  await page.getByLabel('Runner').fill(evil);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Nothing was saved.').waitFor();
  assert.equal(await page.getByLabel('Repository', { exact: true }).inputValue(), evil);
  assert.equal(await page.locator('main img, main script').count(), 0);
  assert.equal(asked, false);
});

test('all mappings go out and come in again, and nothing is changed before it was shown', async () => {
  const page = await admin(on.chromium, on.system);
  await page.goto('/admin/transfer');
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download mappings.json' }).click()]);
  const exported = JSON.parse(await (await import('node:fs/promises')).readFile(await file.path(), 'utf8'));
  assert.ok(exported.some(({ owner, repo }) => `${owner}/${repo}` === 'octo/bedrock'));
  const show = async (mappings) => {
    await page.goto('/admin/transfer');
    await page.getByLabel('Mappings').fill(JSON.stringify(mappings));
    await page.getByRole('button', { name: 'Show what it would do' }).click();
  };
  const import_ = async (mappings) => {
    await show(mappings);
    await page.getByRole('heading', { name: 'What the import would do' }).waitFor();
  };
  await import_(exported);
  assert.deepEqual(new Set(await page.locator('td .pill').allInnerTexts()), new Set(['As it should be']));
  const wrong = [...exported, { owner: 'octo', repo: 'other', provider: 'bedrock' }];
  await show(wrong);
  await page.getByText('bedrock needs the AWS region').waitFor();
  assert.equal(await page.getByRole('button', { name: /^Import/ }).count(), 0);
  assert.deepEqual(JSON.parse(await page.locator('#mappings').inputValue()), wrong);
  const many = Array.from({ length: 1_000 }, (_, place) => ({ owner: 'octo', repo: `many-${place}`, provider: 'bedrock', awsRegion: 'us-west-2' }));
  await import_(many);
  await page.getByRole('button', { name: 'Import 1000 mappings' }).waitFor();
  await import_([{ owner: 'octo', repo: 'anthropic', maxTurns: 8 }]);
  await changed('octo/anthropic', { dailyRuns: 3 });
  await page.getByRole('button', { name: 'Import 1 mapping' }).click();
  await page.getByText('Somebody saved one of these meanwhile.').waitFor();
  assert.equal((await on.system.api('/api/mappings/octo/anthropic')).mapping.dailyRuns, 3);
  await import_([{ owner: 'octo', repo: 'other', maxTurns: 5 }]);
  await page.getByRole('button', { name: 'Import 1 mapping' }).click();
  await page.getByRole('heading', { name: 'Imported' }).waitFor();
  assert.equal((await on.system.api('/api/mappings/octo/other')).mapping.maxTurns, 5);
});

test('who pauses what somebody else has changed meanwhile is told, and nothing is changed', async () => {
  const page = await admin(on.chromium, on.system);
  await page.goto('/admin/repositories/octo/bedrock');
  await changed('octo/bedrock', { maxTurns: 21 });
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('Nothing was changed: somebody else has saved').waitFor();
  assert.notEqual((await on.system.api('/api/mappings/octo/bedrock')).mapping.paused, true);
});

test('an address of something to be done leads to what it would be done to', async () => {
  const page = await admin(on.chromium, on.system);
  for (const [address, page_] of [['/admin/repositories/octo/bedrock/sync', '/admin/repositories/octo/bedrock'], ['/admin/sign-out', '/admin/repositories']]) {
    await page.goto(address);
    assert.equal(new URL(page.url()).pathname, page_);
  }
});

test('a mapping is deleted only when one says so twice', async () => {
  const page = await admin(on.chromium, on.system);
  await page.goto('/admin/repositories/octo/other');
  await page.getByRole('link', { name: 'Delete…' }).click();
  await page.getByRole('button', { name: 'Delete the mapping' }).click();
  await page.getByText('The mapping is deleted.').waitFor();
  await assert.rejects(on.system.api('/api/mappings/octo/other'), /404/);
});

test('workflows are brought by a pull request', async () => {
  const page = await admin(on.chromium, on.system);
  await page.goto('/admin/repositories/octo/bedrock');
  await page.getByRole('button', { name: 'Sync workflows' }).click();
  await page.getByRole('heading', { name: 'A pull request brings the files' }).waitFor();
  assert.ok((await page.locator('.files li').count()) > 3);
});
