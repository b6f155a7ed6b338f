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

/** A hook may take so long, where nothing shorter is said. */
const LONGEST_MS = 60 * 60_000
/** What it has printed is read for so long after its end, if something that it started keeps its output open. */
const DRAIN_MS = 2000

/** Runs it in the working copy, at most until the deadline. Without a hook nothing happens, and that is well. */
export function runHook(script, { deadline = Date.now() + LONGEST_MS } = {}) {
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
    const endAll = () => {
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // All of it has ended by itself.
      }
    }
    const late = setTimeout(endAll, Math.max(deadline - Date.now(), 1))
    const settle = (status) => {
      // What it left running would hold the step up, and see what comes after.
      endAll()
      for (const stream of [child.stdout, child.stderr]) stream.destroy()
      resolve({ isGood: status === 0, output: tail(output.trim(), MOST_SHOWN) })
    }
    child.on('error', reject)
    child.on('exit', (status) => {
      clearTimeout(late)
      const drained = setTimeout(settle, DRAIN_MS, status)
      child.on('close', () => {
        clearTimeout(drained)
        settle(status)
      })
    })
  })
}
