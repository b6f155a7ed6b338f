// What many tests expect of a run, each with the run's log at hand when it isn't so.
//
// Owns the words of those expectations. Starts no run.

import assert from 'node:assert/strict'

/** Every job that ran did well. */
export function succeeded(run) {
  assert.equal(run.status, 0, run.log)
}

/** The run failed, and tells why in an annotation; its text. */
export function failureOf(run) {
  assert.notEqual(run.status, 0, run.log)
  const errors = run.annotations.filter(({ level }) => level === 'error')
  assert.notEqual(errors.length, 0, run.log)
  return errors.map(({ text }) => text).join('\n')
}

export const warningsOf = (run) => run.annotations.filter(({ level }) => level === 'warning').map(({ text }) => text).join('\n')
export const noticesOf = (run) => run.annotations.filter(({ level }) => level === 'notice').map(({ text }) => text).join('\n')

/** No model was asked anything, and no credentials for one were fetched. */
export function noModelTime(run) {
  assert.deepEqual([run.model.seen, run.agents, exchangesOf(run)], [[], [], []], run.log)
}

/** Nothing of the run reached the repository, its pull requests or its conversations. */
export function nothingWritten(run) {
  assert.deepEqual(run.github.pushes(), [], run.log)
  assert.deepEqual(run.github.requests.filter(({ operation, method }) => operation === 'api' && method !== 'GET'), [], run.log)
}

/** Only these jobs ran. */
export function ranOnly(run, ...jobs) {
  assert.deepEqual(Object.keys(run.jobs).filter((job) => run.jobs[job] !== 'skipped'), jobs, run.log)
}

/** The calls of the action that fetches credentials. */
export const exchangesOf = (run) => run.stubs.filter(({ action }) => action === 'configure-aws-credentials')

/** The requests of a part of the model's work, and that there are some. */
export function askedOf(run, part) {
  const requests = run.model.asked(part)
  assert.notEqual(requests.length, 0, `the model was never asked for ${part}\n${run.log}`)
  return requests
}

/** The branch that a new implementation made. */
export function newBranchOf(run) {
  const branches = Object.keys(run.repository.branches()).filter((branch) => branch.startsWith('ai-implement/'))
  assert.equal(branches.length, 1, run.log)
  return branches[0]
}

/** Runs a scenario at the first call, and gives the same run to every test of it. */
export function once(start) {
  let run
  return () => (run ??= start())
}
