// A workflow's YAML as the tests read it.
//
// Owns the few shapes they ask for. Interprets no expression and runs nothing.

import { createRequire } from 'node:module'
import { join } from 'node:path'

const require = createRequire(join(import.meta.dirname, '../tools/package.json'))
const { load } = require('js-yaml')

/** `{jobs, inputs, actions}` of a workflow's text; `actions` are the pinned ones, each once. */
export function parseWorkflow(text) {
  if (text === undefined) throw new Error('the scenario has no such workflow')
  // YAML 1.1 takes the key `on` for a boolean.
  const document = load(String(text).replace(/^on:/m, '"on":'))
  const uses = Object.values(document.jobs).flatMap(({ steps }) => steps).flatMap((step) => step.uses ?? [])
  const actions = [...new Set(uses)].map((use) => ({ action: use.split('@')[0], pin: use.split('@')[1] }))
  return { ...document, inputs: document.on?.workflow_dispatch?.inputs ?? {}, actions }
}

/** Every text in a part of a document, with the path to it. */
export function* textsIn(node, path = []) {
  if (typeof node === 'string') yield { path, text: node }
  else if (node !== null && typeof node === 'object') {
    for (const [key, value] of Object.entries(node)) yield* textsIn(value, [...path, key])
  }
}

/** The expressions in a text: what stands in `${{ }}`, or all of an `if`. */
export function expressionsIn({ path, text }) {
  const wrapped = [...text.matchAll(/\$\{\{([\s\S]*?)\}\}/g)].map(([, expression]) => expression.trim())
  return path.at(-1) === 'if' && wrapped.length === 0 ? [text.trim()] : wrapped
}
