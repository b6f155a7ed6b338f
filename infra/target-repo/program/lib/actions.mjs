// What a step tells the runner: outputs, masks, annotations, the summary.
//
// Owns the escaping of GitHub's file and line commands, so that no text can end its own value or begin another one.
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands

import { randomUUID } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folder in which this run's own files lie, outside everything that is checked out. */
export const folder = (...names) => join(process.env.RUNNER_TEMP, 'ai-implement', ...names)

/** Sets an output of the step. A value that holds its delimiter can't be made: nobody knows it before. */
export function setOutput(name, value) {
  const end = `end-${randomUUID()}`
  appendFileSync(process.env.GITHUB_OUTPUT, `${name}<<${end}\n${value}\n${end}\n`)
}

/** Takes a secret out of everything that is logged from now on. */
export function mask(secret) {
  for (const line of String(secret).split(/\r?\n/).filter(Boolean)) console.log(`::add-mask::${escaped(line)}`)
}

export function notice(text) {
  console.log(`::notice title=AI-Implement::${escaped(text)}`)
}

export function warning(text) {
  console.log(`::warning title=AI-Implement::${escaped(text)}`)
}

/** Ends the step as failed, with the reason where people look for it. */
export function fail(text) {
  setOutput('failure', oneLine(text))
  console.log(`::error title=AI-Implement::${escaped(text)}`)
  process.exitCode = 1
}

/** Adds to the page of the run. */
export function summarize(markdown) {
  appendFileSync(process.env.GITHUB_STEP_SUMMARY, `${markdown}\n`)
}

/** While it lasts, what is printed can't speak to the runner: it is what somebody else wrote. */
export async function untrusted(work) {
  const word = randomUUID()
  console.log(`::stop-commands::${word}`)
  try {
    return await work((text) => console.log(text))
  } finally {
    console.log(`\n::${word}::`)
  }
}

const escaped = (text) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
const oneLine = (text) => text.replace(/\s+/g, ' ').trim().slice(0, 2000)
