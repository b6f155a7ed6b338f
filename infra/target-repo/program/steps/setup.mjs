// Before the agent: the working copy is made safe, then the repository's setup hook runs in it.
//
// Owns the order: what a pull request brings for the agent is gone before anything of it can act.

import { restoreAgentConfig } from '../lib/agent_config.mjs'
import { Failure } from '../lib/failure.mjs'
import { setRepositoryAside } from '../lib/git.mjs'
import { runHook } from '../lib/hook.mjs'
import { forgetHandedOver, kept } from '../lib/run_file.mjs'

export async function run() {
  const { facts, settings } = kept()
  forgetHandedOver()
  setRepositoryAside()
  if (facts.kind === 'gap-fill') restoreAgentConfig()
  const { isGood, output } = await runHook(settings.setup)
  if (!isGood) throw new Failure(`The setup hook failed. Mend it in the front matter, or what it calls. It ends with:\n${output.slice(-600)}`)
}
