// GitHub's own evaluator of expressions, for the tests.
//
// Owns turning plain objects into its data, and the functions of a status, as a test says it is. Interprets nothing itself.
// https://github.com/actions/languageservices/tree/main/expressions

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const place = join(import.meta.dirname, '../tools/node_modules/@actions/expressions/dist/index.js')
const { data, Evaluator, Lexer, Parser } = await import(pathToFileURL(place).href)

const CONTEXTS = ['github', 'env', 'vars', 'job', 'steps', 'runner', 'secrets', 'needs', 'inputs']
const STATUS = ['always', 'cancelled', 'failure', 'success'].map((name) => ({ name, minArgs: 0, maxArgs: 0 }))

/** Reads an expression; throws where GitHub would not take it. */
export const parse = (expression) => new Parser(new Lexer(expression).lex().tokens, CONTEXTS, STATUS).parse()

/** What an expression comes to, as the text that a variable gets. `status` is `success`, `failure` or `cancelled`. */
export const evaluate = (expression, contexts, status = 'success') => evaluated(expression, contexts, status).coerceString()

/** Whether a condition holds. One that names no function of a status asks for success. */
export function holds(condition, contexts, status = 'success') {
  const asked = /\b(always|cancelled|failure|success)\(\)/.test(condition) ? condition : `success() && (${condition})`
  return evaluated(`(${asked}) && true || false`, contexts, status).coerceString() === 'true'
}

function evaluated(expression, contexts, status) {
  const all = { ...Object.fromEntries(CONTEXTS.map((name) => [name, {}])), ...contexts }
  const functions = STATUS.map((known) => [known.name, { ...known, call: () => new data.BooleanData(known.name === 'always' || known.name === status) }])
  return new Evaluator(parse(expression), dataOf(all), new Map(functions)).evaluate()
}

function dataOf(value) {
  if (value === null || value === undefined) return new data.Null()
  if (typeof value === 'boolean') return new data.BooleanData(value)
  if (typeof value === 'number') return new data.NumberData(value)
  if (typeof value === 'string') return new data.StringData(value)
  return new data.Dictionary(...Object.entries(value).map(([key, entry]) => ({ key, value: dataOf(entry) })))
}
