// What an agent is paid with, as `agent.sh` hands it over.
//
// Owns that it stands in no environment but the agent's own, and that nothing that holds it is handed on.

import { readFileSync } from 'node:fs'

const STANDARD_INPUT = 0
/** The id of a key is no secret by itself. */
const NO_SECRET = ['AWS_ACCESS_KEY_ID']

/** By their names, those that there are. */
export function readCredentials() {
  const lines = readFileSync(STANDARD_INPUT, 'utf8').split('\n')
  const entries = lines.map((line) => line.split(/=(.*)/s)).filter(([name, value]) => name && value)
  return Object.fromEntries(entries.map(([name, value]) => [name, value]))
}

/** Whether a text or a patch holds one of them. */
export const holdsSecret = (credentials, work) =>
  Object.entries(credentials).some(([name, secret]) => !NO_SECRET.includes(name) && work.includes(secret))
