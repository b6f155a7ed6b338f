// The repository's own commands around the agent's work: setup, verify, teardown.
//
// Owns what they are given: the runner's environment without a single credential. They run code of the branch that is
// worked on; what they print is shown as it comes.

import { spawn } from 'node:child_process'
import { untrusted } from './actions.mjs'
import { tail } from './text.mjs'

const CREDENTIALS = /^(ACTIONS_|AWS_|ANTHROPIC_|CLAUDE_|GITHUB_TOKEN$|GH_TOKEN$|NODE_AUTH_TOKEN$)/
const COMMAND_FILES = /^GITHUB_(OUTPUT|ENV|PATH|STATE|STEP_SUMMARY)$/
/** What of its output may go into a prompt or a message, in characters; and what is kept of it while it runs. */
const MOST_SHOWN = 6000
const MOST_KEPT = 64 * 1024

/** Runs it in the working copy, at most until the deadline. Without a hook nothing happens, and that is well. */
export function runHook(script, { deadline } = {}) {
  return script ? untrusted(() => run(script, deadline)) : { isGood: true, output: '' }
}

function run(script, deadline) {
  const allowed = Object.entries(process.env).filter(([name]) => !CREDENTIALS.test(name) && !COMMAND_FILES.test(name))
  const options = { cwd: 'work', env: Object.fromEntries(allowed), detached: true, stdio: ['ignore', 'pipe', 'pipe'] }
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-eo', 'pipefail', '-c', script], options)
    let output = ''
    const hear = (stream, shown) =>
      stream.setEncoding('utf8').on('data', (text) => {
        shown.write(text)
        output = tail(output + text, MOST_KEPT)
      })
    hear(child.stdout, process.stdout)
    hear(child.stderr, process.stdout)
    const end = () => process.kill(-child.pid, 'SIGKILL')
    const late = deadline === undefined ? undefined : setTimeout(end, Math.max(deadline - Date.now(), 1))
    child.on('error', reject)
    child.on('close', (status) => {
      clearTimeout(late)
      resolve({ isGood: status === 0, output: tail(output.trim(), MOST_SHOWN) })
    })
  })
}
