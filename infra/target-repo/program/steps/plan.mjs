// The agent reads, and its last message is the plan.
//
// Owns the plan that is handed over. It has no tool to change anything with.

import { letWork } from '../lib/agent.mjs'
import { holdsSecret, readCredentials } from '../lib/credentials.mjs'
import { Failure } from '../lib/failure.mjs'
import { promptOf } from '../lib/prompt.mjs'
import { handOver, kept } from '../lib/run_file.mjs'
import { presentable } from '../lib/text.mjs'

const TOOLS = ['Read', 'Glob', 'Grep']

export async function run() {
  const { facts, prompt, resolved, limits, maxTurns } = kept()
  const credentials = readCredentials()
  const deadline = Date.now() + limits.stepMinutes * 60_000 - 15_000
  const done = await letWork({ ...resolved, credentials, prompt: promptOf(prompt, facts), cwd: 'work', tools: TOOLS, maxTurns, deadline })
  if (holdsSecret(credentials, done.text)) {
    throw new Failure('The agent put a credential of this run into its plan, which is not kept. Read the ticket: somebody may have asked for that.')
  }
  const summary = presentable(done.text)
  handOver(['work', 'result.json'], { summary, usage: { ...done.usage, model: resolved.model } })
  if (!summary) throw new Failure('The agent wrote no plan. Run it again, or say more in the ticket.')
}
