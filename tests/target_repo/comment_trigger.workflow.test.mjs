// Comments where nobody hears the repository's hooks: handed on to the control plane, or judged alone.
//
// Owns the proofs on comment-trigger.yml: who may start what, and that a comment's words are never run.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { run } from './act.mjs'
import { failureOf, nothingWritten, once, ranOnly, succeeded } from './expect.mjs'
import { claimed, PULL, targetFiles, withFeature } from './target.mjs'
import { parseWorkflow } from './workflow.mjs'

const PEOPLE = { writer: 'write', maintainer: 'maintain', admin: 'admin', triager: 'triage', reader: 'read' }

const comment = ({ body = '/ai-implement', login = 'writer', type = 'User', issue = {}, github, ...rest } = {}) =>
  run({
    workflow: 'comment-trigger.yml',
    event: 'issue_comment',
    files: targetFiles(),
    prepare: withFeature(),
    payload: {
      action: 'created',
      comment: { id: 55, body, user: { login, type } },
      issue: { number: 7, title: PULL.title, body: PULL.body, state: 'open', pull_request: {}, ...issue },
      repository: { full_name: 'octo/target', default_branch: 'main', name: 'target', owner: { login: 'octo' } },
      sender: { login, type },
    },
    github: { pulls: [PULL], people: PEOPLE, ...github },
    ...rest,
  })

const dispatchesOf = ({ github }) => github.dispatches
const reactionsOf = ({ github }) => github.made('POST', /\/reactions$/).map(({ body }) => body.content)

describe('without a control plane', () => {
  const started = once(() => comment({ body: '/ai-implement\r\nMind the comma.\n$(touch /tmp/target-repo-was-obeyed) ${{ github.token }}' }))

  test('a writer\'s command on a pull request starts a gap-fill of its present head', async () => {
    const done = await started()
    succeeded(done)
    ranOnly(done, 'alone')
    const [{ file, ref, inputs }, ...others] = dispatchesOf(done)
    assert.deepEqual([file, ref, others], ['claude-implement.yml', 'main', []])
    assert.deepEqual([inputs.pr_number, inputs.head_sha], ['7', done.repository.sha('feature')])
    assert.deepEqual(reactionsOf(done), ['rocket'])
  })

  test('the ticket is that of the metadata block, the instructions are the lines below the command', async () => {
    const [{ inputs }] = dispatchesOf(await started())
    assert.deepEqual([inputs.issue_id, inputs.issue_identifier, inputs.issue_title], ['id-42', 'ENG-42', 'Greet the world'])
    assert.equal(inputs.instructions.replaceAll('\r', ''), 'Mind the comma.\n$(touch /tmp/target-repo-was-obeyed) ${{ github.token }}')
  })

  test('its inputs are among those that the workflow declares', async () => {
    const declared = Object.keys(parseWorkflow(targetFiles()['.github/workflows/claude-implement.yml']).inputs)
    const [{ inputs }] = dispatchesOf(await started())
    assert.deepEqual(Object.keys(inputs).filter((name) => !declared.includes(name)), [])
    assert.ok(Object.values(inputs).every((value) => typeof value === 'string'))
  })

  test('a writer\'s command on an issue plans it', async () => {
    const done = await comment({ body: '/ai-implement plan', issue: { number: 4, pull_request: undefined, body: 'An issue.' } })
    succeeded(done)
    assert.deepEqual(dispatchesOf(done).map(({ file, inputs }) => [file, inputs.issue_identifier, inputs.pr_number]), [['claude-plan.yml', 'octo/target#4', undefined]])
  })

  for (const login of ['triager', 'reader', 'stranger']) {
    test(`a ${login} is refused, and told so`, async () => {
      const done = await comment({ login })
      succeeded(done)
      assert.deepEqual([dispatchesOf(done), reactionsOf(done)], [[], ['confused']])
      assert.match(done.github.comments[0].body, /may write/)
    })
  }

  test('a fork\'s pull request is refused', async () => {
    const done = await comment({ github: { pulls: [{ ...PULL, fork: 'stranger/target' }], people: PEOPLE } })
    assert.deepEqual(dispatchesOf(done), [])
    assert.match(done.github.comments[0].body, /fork/)
  })

  test('an error of the permission call is no "no", and starts nothing', async () => {
    const done = await comment({ github: { pulls: [PULL], people: PEOPLE, faults: [{ method: 'GET', path: /permission$/, status: 403, body: { message: 'Resource not accessible by integration' } }] } })
    assert.deepEqual(dispatchesOf(done), [])
    assert.doesNotMatch(JSON.stringify(done.github.comments), /Only people who may write/)
  })

  test('a longer word is no command', async () => {
    const done = await comment({ body: '/ai-implementation is great' })
    assert.deepEqual([dispatchesOf(done), reactionsOf(done), done.github.comments], [[], [], []])
  })

  for (const [what, scenario] of [['a bot', { login: 'helper[bot]', type: 'Bot' }], ['any other comment', { body: 'What does /ai-implement do?' }]]) {
    test(`${what} starts no job`, async () => {
      await assert.rejects(comment(scenario), /act ran nothing/)
    })
  }
})

describe('with a control plane', () => {
  const control = (script) => claimed(script)

  test('only the comment\'s number is handed on, proved by the repository\'s own token', async () => {
    const done = await comment({ body: '/ai-implement\n$(touch /tmp/target-repo-was-obeyed)', ...control() })
    succeeded(done)
    ranOnly(done, 'forward')
    const [{ body, status }] = done.controlPlane.to('/v1/dispatches')
    assert.deepEqual([status, body], [202, { repo: 'octo/target', kind: 'gap-fill', commentId: 55 }])
    nothingWritten(done)
  })

  test('a control plane that is down is asked again, then told of', async () => {
    const done = await comment(control({ dispatches: [{ status: 503 }] }))
    assert.match(failureOf(done), /did not answer/)
    assert.ok(done.controlPlane.to('/v1/dispatches').length > 1)
  })

  test('a refusal is told once, in its own words', async () => {
    const done = await comment(control({ dispatches: [{ status: 403, code: 'SCOPE', detail: 'because of the scope' }] }))
    assert.match(failureOf(done), /because of the scope/)
    assert.equal(done.controlPlane.to('/v1/dispatches').length, 1)
  })
})
