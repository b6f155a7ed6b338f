// The inputs of this dispatch, as GitHub wrote them to the runner's disk.
//
// Owns the one way by which a ticket's words come in. They never pass a shell, an expression or an environment, which
// could take them for commands, print them, or be too small for them.

import { readFileSync } from 'node:fs'

const event = () => JSON.parse(readFileSync(process.env.GITHUB_EVENT_PATH, 'utf8'))

/** The event itself. */
export const payload = event

/** An input, or undefined where it was left out or empty. */
export function input(name) {
  const value = event().inputs?.[name]
  return value === undefined || value === null || value === '' ? undefined : String(value)
}
