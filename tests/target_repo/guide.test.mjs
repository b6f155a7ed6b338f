// The names in infra/target-repo/README.md, against those that the workflows, the program and the template really have.
//
// Owns the proof that the guide leaves no name out and makes none up. Never judges its words.

import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const place = mkdtempSync(join(tmpdir(), 'guide-'))
after(() => rmSync(place, { recursive: true }))
// In a target repository the program finds its packages beside itself.
cpSync(here('../../infra/target-repo/program'), place, { recursive: true })
symlinkSync(here('../tools/node_modules'), join(place, 'node_modules'))
const { parsePromptFile } = await import(pathToFileURL(join(place, 'lib/front_matter.mjs')).href)
const { variablesOf } = await import(pathToFileURL(join(place, 'lib/prompt.mjs')).href)

const read = (path) => readFileSync(here(path), 'utf8')
const guide = read('../../infra/target-repo/README.md')
const workflows = readdirSync(here('../../infra/target-repo')).filter((name) => name.endsWith('.yml')).map((name) => read(`../../infra/target-repo/${name}`)).join('\n')

const all = (text, pattern) => [...new Set([...text.matchAll(pattern)].map(([, name]) => name))].sort()
/** The names in the first column of the table that has this heading. */
function table(heading) {
  const rows = guide.split(`\n| ${heading} |`)[1]?.split('\n\n')[0] ?? assert.fail(`no table of ${heading}`)
  return all(rows.split('\n').slice(2).map((row) => row.split('|')[1]).join('\n'), /`(\w+)`/g)
}

test('every secret that the workflows read is in the guide, and no other', () => {
  assert.deepEqual(table('secret'), all(workflows, /secrets\.(\w+)/g))
})

test('every variable that the workflows read is in the guide, and no other', () => {
  assert.deepEqual(table('variable'), all(workflows, /vars\.(\w+)/g))
})

test('every key of a front matter is in the guide, and no other', () => {
  let known
  assert.throws(() => parsePromptFile('WORKFLOW.md', '---\nunheard_of: x\n---\n'), ({ message }) => {
    known = message.split('Known: ')[1]
    return true
  })
  assert.deepEqual(table('key'), all(known, /(\w+)/g))
})

test('every variable of a prompt is in the guide, and no other', () => {
  assert.deepEqual(all(guide, /\{\{(\w+)\}\}/g), Object.keys(variablesOf({ issue: {} })).sort())
})

test('every parameter of the role is in the guide, and no other', () => {
  const [, parameters] = /\nParameters:\n([\s\S]*?)\n\w/.exec(read('../../infra/bedrock-oidc-role.yaml'))
  assert.deepEqual(table('parameter'), all(parameters, /^ {2}(\w+):$/gm))
})
