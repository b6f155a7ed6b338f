// What a step of a job leaves for the next one of the same job: facts and settings, no tokens.
//
// Owns the place, which lies outside of everything that an agent can write to. Between jobs nothing is handed on but the
// artefacts, and those are read as what a stranger wrote.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { folder } from './actions.mjs'

const PLACE = ['run.json']

export function keep(run) {
  write(PLACE, run)
}

export const kept = () => JSON.parse(readFileSync(folder(...PLACE), 'utf8'))

/** A file of an artefact; undefined where it isn't there or is no JSON. */
export function handedOver(...names) {
  try {
    return JSON.parse(readFileSync(folder(...names), 'utf8'))
  } catch {
    return undefined
  }
}

export function handOver(names, content) {
  write(names, content)
}

/** What an earlier run left, where a runner keeps its temporary folder. */
export function forgetHandedOver() {
  for (const artefact of ['work', 'gaps']) rmSync(folder(artefact), { force: true, recursive: true })
}

function write(names, content) {
  mkdirSync(dirname(folder(...names)), { recursive: true })
  writeFileSync(folder(...names), typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content))
}
