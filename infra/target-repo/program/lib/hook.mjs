// The repository's own commands around the agent's work: setup, verify, teardown.
//
// Owns what they are given: the runner's environment without a single credential. They run code of the branch that is
// worked on.

import { spawnSync } from 'node:child_process'
import { printUntrusted } from './actions.mjs'
import { tail } from './text.mjs'

const CREDENTIALS = /^(ACTIONS_|AWS_|ANTHROPIC_|CLAUDE_|GITHUB_TOKEN$|GH_TOKEN$|NODE_AUTH_TOKEN$)/
const COMMAND_FILES = /^GITHUB_(OUTPUT|ENV|PATH|STATE|STEP_SUMMARY)$/
/** What of its output may go into a prompt or a message, in characters. */
const MOST_SHOWN = 6000

/** Runs it in the working copy. Without a hook nothing happens, and that is well. */
export function runHook(script, { deadline } = {}) {
  if (!script) return { isGood: true, output: '' }
  const allowed = Object.entries(process.env).filter(([name]) => !CREDENTIALS.test(name) && !COMMAND_FILES.test(name))
  const ended = spawnSync('bash', ['-eo', 'pipefail', '-c', script], {
    cwd: 'work',
    env: Object.fromEntries(allowed),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    timeout: deadline === undefined ? undefined : Math.max(deadline - Date.now(), 1),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = `${ended.stdout ?? ''}${ended.stderr ?? ''}${ended.error ? `\n${ended.error.message}` : ''}`
  printUntrusted(output)
  return { isGood: ended.status === 0, output: tail(output.trim(), MOST_SHOWN) }
}
