// What the stubs of actions share: inputs, outputs, and the record of what each received.
//
// Owns the record (one line of JSON for each call) and the refusal of inputs that the real action doesn't have: GitHub only
// warns of those, and the value would be lost. Where the record lies is told by TARGET_REPO_RUN.

import { randomUUID } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folder of this test's run. */
export const runFolder = process.env.TARGET_REPO_RUN

/** Begins a call: its inputs, recorded. */
export function begin(action, folder) {
  const declared = [...readFileSync(join(folder, 'action.yml'), 'utf8').split(/^inputs:$/m)[1].split(/^\S/m)[0].matchAll(/^  ([a-z-]+):/gm)]
  const known = declared.map(([, name]) => name)
  const given = Object.entries(process.env).filter(([name]) => name.startsWith('INPUT_'))
  const inputs = Object.fromEntries(given.map(([name, value]) => [name.slice('INPUT_'.length).toLowerCase(), value]))
  record({ action, inputs, oidc: 'ACTIONS_ID_TOKEN_REQUEST_TOKEN' in process.env && 'ACTIONS_ID_TOKEN_REQUEST_URL' in process.env })
  const unknown = Object.keys(inputs).filter((name) => !known.includes(name))
  if (unknown.length > 0) fail(`${action} has no input ${unknown.join(', ')}`)
  return inputs
}

export function record(entry) {
  const job = process.env.GITHUB_JOB
  appendFileSync(join(runFolder, 'stubs.jsonl'), `${JSON.stringify({ at: Date.now(), job, ...entry })}\n`)
}

/** How often an action was called before, this call included. */
export function callsOf(action) {
  return readFileSync(join(runFolder, 'stubs.jsonl'), 'utf8').split('\n').filter((entry) => entry && JSON.parse(entry).action === action).length
}

/** What the scenario says of an action, or undefined. */
export function scripted(action) {
  const path = join(runFolder, 'stubs.json')
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8'))[action] : undefined
}

export function setOutput(name, value) {
  const end = randomUUID()
  appendFileSync(process.env.GITHUB_OUTPUT, `${name}<<${end}\n${value}\n${end}\n`)
}

export function exportVariable(name, value) {
  const end = randomUUID()
  appendFileSync(process.env.GITHUB_ENV, `${name}<<${end}\n${value}\n${end}\n`)
}

export const mask = (secret) => console.log(`::add-mask::${secret}`)

/** Ends the call as failed. The message is written down as a step's words are. */
export function fail(message) {
  const words = `::error::${message.replaceAll('\n', '%0A')}`
  console.log(words)
  writeFileSync(join(runFolder, 'printed', `${Date.now()}000000 ${process.env.GITHUB_JOB}`), words)
  process.exit(1)
}
