// WORKFLOW.md and PLANNING.md: settings between two lines of three dashes, and a prompt below.
//
// Owns which settings there are. What it doesn't know is refused by name: a misspelt key would otherwise be ignored.

import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { Failure } from './failure.mjs'

const KEYS = ['model', 'gap_analysis_model', 'setup', 'verify', 'teardown']

/** The settings and the prompt of a file of the branch that was dispatched. */
export function readPromptFile(name) {
  const path = `control/${name}`
  if (!existsSync(path)) throw new Failure(`${name} is missing on this branch. Sync the workflows: that brings a first one.`)
  return parsePromptFile(name, readFileSync(path, 'utf8'))
}

export function parsePromptFile(name, text) {
  const [, yaml, prompt] = /^\uFEFF?---[ \t]*\r?\n((?:[\s\S]*?\n)?)---[ \t]*(?:\r?\n|$)([\s\S]*)$/.exec(text) ?? [null, '', text]
  return { settings: settingsOf(name, yaml), prompt: prompt.trim() }
}

function settingsOf(name, yaml) {
  let settings
  try {
    settings = parse(yaml) ?? {}
  } catch (error) {
    throw new Failure(`The front matter of ${name} is no YAML: ${error.message.split('\n')[0]}`)
  }
  if (typeof settings !== 'object' || Array.isArray(settings)) throw new Failure(`The front matter of ${name} has no keys.`)
  for (const [key, value] of Object.entries(settings)) {
    if (!KEYS.includes(key)) throw new Failure(`The front matter of ${name} has an unknown key \`${key}\`. Known: ${KEYS.join(', ')}.`)
    if (value !== null && typeof value !== 'string') throw new Failure(`\`${key}:\` in the front matter of ${name} is no text.`)
  }
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value?.trim()))
}
