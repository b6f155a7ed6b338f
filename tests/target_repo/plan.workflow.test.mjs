// Plans: what the agent may do, what it is told, and who is given the plan.
//
// Owns the proofs of SPEC §6 on claude-plan.yml.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { askedOf, exchangesOf, failureOf, noModelTime, nothingWritten, once, ranOnly, succeeded } from './expect.mjs'
import { CLAIM, claimed, facts, plan, PROFILE, REGION, ROLE } from './target.mjs'

const context = { parent: 'WORDS-OF-THE-PARENT', siblings: 'WORDS-OF-THE-SIBLINGS', dependencies: 'WORDS-OF-THE-DEPENDENCIES' }

describe('a plan on Bedrock', () => {
  const planned = once(() =>
    plan({
      inputs: { provider: 'bedrock', aws_region: REGION, issue_identifier: 'octo/target#4', ...context },
      settings: { model: PROFILE },
      secrets: { AWS_BEDROCK_ROLE_ARN: ROLE },
    }),
  )

  test('exchanges credentials once', async () => {
    const run = await planned()
    succeeded(run)
    assert.deepEqual(exchangesOf(run).map(({ job, inputs }) => [job, inputs['role-to-assume']]), [['plan', ROLE]])
    assert.deepEqual(new Set(askedOf(run, 'plan').map(({ model, accessKeyId }) => `${model} ${accessKeyId}`)), new Set([`${PROFILE} ASIAEXCHANGE1`]))
  })

  test('has tools to read with, and none to change anything with', async () => {
    for (const { tools } of askedOf(await planned(), 'plan')) assert.deepEqual(tools.sort(), ['Glob', 'Grep', 'Read'])
  })

  test('is told of the tickets around its own', async () => {
    const [{ prompt }] = askedOf(await planned(), 'plan')
    for (const words of Object.values(context)) assert.ok(prompt.includes(words), prompt)
  })

  test('is read where it was asked for, without a control plane to give it to', async () => {
    const run = await planned()
    const [{ body }, ...others] = run.github.comments
    assert.deepEqual(others, [])
    assert.match(body, /## Plan\n\n1\. Change `src\/greeting\.txt`\./)
    assert.deepEqual(Object.keys(run.repository.branches()), ['main'])
  })
})

describe('a plan of a claim', () => {
  const pinned = facts({ kind: 'plan', phase: 'planning', planningContext: { parent: 'PINNED-PARENT' } })

  test('is given to the control plane', async () => {
    const run = await plan({ inputs: { claim_id: CLAIM }, ...claimed({ facts: pinned }) })
    succeeded(run)
    const [report, ...others] = run.controlPlane.results()
    assert.deepEqual([others, report.phase, report.outcome], [[], 'planning', 'success'])
    assert.match(report.comments[0].body, /## Plan/)
    assert.match(askedOf(run, 'plan')[0].prompt, /PINNED-PARENT/)
    nothingWritten(run)
  })

  test('without a plan is a failure', async () => {
    const run = await plan({ inputs: { claim_id: CLAIM }, model: { plan: [{ say: '<!-- nothing to see -->' }] }, ...claimed({ facts: pinned }) })
    assert.match(failureOf(run), /no plan/)
    assert.equal(run.controlPlane.results()[0].outcome, 'failure')
  })

  test('whose fence is lost does nothing, and is green', async () => {
    const run = await plan({ inputs: { claim_id: CLAIM }, ...claimed({ redeem: [{ status: 410, code: 'CLAIM_OVER' }] }) })
    succeeded(run)
    ranOnly(run, 'admit')
    noModelTime(run)
  })
})

test('a plan on Bedrock without a model names the file to mend', async () => {
  const run = await plan({ inputs: { provider: 'bedrock', aws_region: REGION }, secrets: { AWS_BEDROCK_ROLE_ARN: ROLE } })
  assert.match(failureOf(run), /`model:`.*PLANNING\.md/)
  noModelTime(run)
})
