// Git, on the working copy, with a repository that the agent and the hooks have no way to.
//
// Owns that nothing which stands in the working copy or in a home folder is obeyed: no configuration, no hook, no filter.

import { execFileSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { folder } from './actions.mjs'

const WORK = 'work'
const MOST_OUTPUT = 256 * 1024 * 1024
const OBEY_NOTHING = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', '-c', 'core.attributesFile=/dev/null']

/** Puts the repository aside as it was checked out. Hooks keep a copy that they may do anything to. */
export function setRepositoryAside() {
  rmSync(folder('work.git'), { force: true, recursive: true })
  cpSync(`${WORK}/.git`, folder('work.git'), { recursive: true })
}

/** Runs git on the working copy. */
export function git(args, { input, env = {}, config = 'none' } = {}) {
  const ignored = config === 'none' ? { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' } : {}
  const place = ['--git-dir', folder('work.git'), '--work-tree', resolve(WORK)]
  return execFileSync('git', [...place, ...OBEY_NOTHING, ...args], {
    cwd: resolve(WORK),
    input,
    maxBuffer: MOST_OUTPUT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8', GIT_TERMINAL_PROMPT: '0', ...ignored, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** The names of git's answer with `-z`. */
export const names = (output) => output.toString().split('\0').filter(Boolean)
