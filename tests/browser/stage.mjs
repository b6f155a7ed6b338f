// What each file of tests plays on: a system of its own and a browser, from before its first test to after its last.

import { after, before } from 'node:test';

import { System } from './system.mjs';
import { browser } from './visitor.mjs';

// `prepare` is done with it before the first test.
export function stage(prepare = () => {}) {
  const on = {};
  before(async () => {
    [on.system, on.chromium] = await Promise.all([System.start(), browser()]);
    await prepare(on.system);
  });
  after(async () => {
    await Promise.all([on.chromium?.close(), on.system?.stop()]);
  });
  return on;
}
