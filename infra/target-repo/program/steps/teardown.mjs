// After the agent, however it went: the repository's teardown hook.
//
// Owns nothing else. A teardown that fails is told, and changes nothing about the run.

import { warning } from '../lib/actions.mjs'
import { runHook } from '../lib/hook.mjs'
import { kept } from '../lib/run_file.mjs'

export async function run() {
  if (!(await runHook(kept().settings.teardown)).isGood) warning('The teardown hook failed.')
}
