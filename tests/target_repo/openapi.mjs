// GitHub's own description of its API, held against what a run asks and what the tests' GitHub answers.
//
// Owns the comparison: a request must be one that GitHub takes; an answer may leave fields out that no run reads, and what
// it has must be as described. Answers nothing itself.

import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const require = createRequire(join(import.meta.dirname, '../tools/package.json'))
const { default: Ajv } = require('ajv')

const description = JSON.parse(readFileSync(join(import.meta.dirname, '../tools/github-openapi.json'), 'utf8'))
const patterns = Object.keys(description.paths)
  // A fixed segment goes before a parameter.
  .sort((one, other) => one.split('{').length - other.split('{').length)
  .map((path) => ({ path, pattern: new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`) }))

const ajv = { request: newAjv(description), answer: newAjv(withoutRequired(description)) }

/** What is wrong with a request, or undefined. `path` is that of the API, without a server. */
export function requestFault(method, path, body) {
  const operation = operationOf(method, path)
  if (operation === undefined) return `GitHub has no ${method} ${path}, or tests/tools/github-openapi.json was cut without it`
  if (body === undefined) return undefined
  return faultBy(ajv.request, [...operation, 'requestBody', 'content', 'application/json', 'schema'], body)
}

/** What is wrong with an answer, or undefined. */
export function answerFault(method, path, status, body) {
  const operation = operationOf(method, path)
  if (operation === undefined) return undefined
  const { responses } = description.paths[operation[1]][operation[2]]
  if (responses[status] === undefined) return `GitHub never answers ${method} ${path} with ${status}`
  if (body === undefined || responses[status].$ref || status >= 400) return undefined
  return faultBy(ajv.answer, [...operation, 'responses', String(status), 'content', 'application/json', 'schema'], body)
}

function operationOf(method, path) {
  const found = patterns.find(({ path: known, pattern }) => pattern.test(path) && description.paths[known][method.toLowerCase()])
  return found && ['paths', found.path, method.toLowerCase()]
}

function faultBy(validator, place, body) {
  const pointer = place.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')
  const validate = validator.getSchema(`github#/${pointer}`)
  return validate === undefined || validate(body) ? undefined : validator.errorsText(validate.errors)
}

function newAjv(document) {
  const validator = new Ajv({ strict: false, validateFormats: false, allErrors: false })
  validator.addSchema(document, 'github')
  return validator
}

function withoutRequired(node) {
  if (Array.isArray(node)) return node.map(withoutRequired)
  if (node === null || typeof node !== 'object') return node
  const entries = Object.entries(node).filter(([key, value]) => !(key === 'required' && Array.isArray(value)))
  return Object.fromEntries(entries.map(([key, value]) => [key, withoutRequired(value)]))
}
