// A run and the control plane: who is admitted, on what facts, with whose tokens, and what is reported.
//
// Owns the proofs of SPEC §6 on `admit` and on the reports of a run.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { runToken } from './control_plane.mjs'
import { askedOf, exchangesOf, failureOf, newBranchOf, noModelTime, noticesOf, nothingWritten, once, ranOnly, succeeded, warningsOf } from './expect.mjs'
import { APP_TOKEN, JOB_TOKEN } from './github.mjs'
import { CLAIM, claimed, facts, fillGaps, implement, PROFILE, ROLE, writes } from './target.mjs'

const claim = { claim_id: CLAIM }
const redemptions = (run) => run.controlPlane.to('/redeem')

/** Nothing happened but the question. */
function onlyAsked(run) {
  ranOnly(run, 'admit')
  noModelTime(run)
  nothingWritten(run)
  assert.deepEqual([run.stubs, run.github.requests], [[], []], run.log)
}

describe('a run that is admitted', () => {
  const pinned = facts({
    provider: 'bedrock',
    awsRegion: 'eu-west-1',
    roleArn: ROLE,
    issue: { id: 'id-9', identifier: 'ENG-9', title: 'Pinned title', description: 'Pinned description' },
    instructions: 'Pinned instructions',
    maxTurns: 11,
  })
  const admitted = once(() => implement({ inputs: { ...claim, provider: 'anthropic' }, settings: { model: PROFILE }, ...claimed({ facts: pinned }) }))

  test('works by the facts of its claim, whatever its inputs say', async () => {
    const run = await admitted()
    succeeded(run)
    assert.deepEqual(new Set(run.model.seen.map(({ api, region }) => `${api} ${region}`)), new Set(['bedrock eu-west-1']))
    const [{ prompt }] = askedOf(run, 'work')
    for (const words of ['Pinned title', 'Pinned description', 'Pinned instructions']) assert.ok(prompt.includes(words), prompt)
    assert.ok(!prompt.includes('Greet the world'))
    assert.equal(run.agents[0].args[run.agents[0].args.indexOf('--max-turns') + 1], '11')
  })

  test('assumes the role of the mapping where the repository has no secret', async () => {
    assert.deepEqual(exchangesOf(await admitted()).map(({ inputs }) => inputs['role-to-assume']), [ROLE, ROLE])
  })

  test('proves itself for the control plane alone, in each job anew', async () => {
    const { controlPlane } = await admitted()
    assert.deepEqual(new Set(controlPlane.proofs.map(({ audience }) => audience)), new Set([`${controlPlane.url}/v1/claims`]))
    const jobs = new Set(controlPlane.calls.filter(({ path }) => path === '/oidc/token').map(({ job }) => job))
    assert.deepEqual([...jobs], ['admit', 'implement', 'publish', 'report'])
  })

  test('pushes and opens the pull request as the App, so that checks start', async () => {
    const run = await admitted()
    assert.deepEqual(new Set(run.github.pushes().map(({ token }) => token)), new Set([APP_TOKEN]))
    const [opened] = run.github.made('POST', /\/pulls$/)
    assert.deepEqual([opened.token, opened.job], [APP_TOKEN, 'publish'])
    assert.doesNotMatch(run.github.comments[0].body, /starts no checks/)
  })

  test('borrows the token to push in the jobs that write, and nowhere else', async () => {
    const jobs = (await admitted()).controlPlane.lent('push').map(({ job }) => job)
    assert.deepEqual(jobs, ['publish', 'report'])
  })

  test('reports once how it went, with its pull request and what it took', async () => {
    const run = await admitted()
    const [report, ...others] = run.controlPlane.results()
    assert.deepEqual(others, [])
    assert.deepEqual([report.phase, report.outcome, report.prUrl, report.noWork], ['implementation', 'success', run.github.pulls()[0].html_url, undefined])
    assert.deepEqual([report.usage.model, report.usage.turns], [PROFILE, 3])
    assert.match(report.comments[0].body, /names the world/)
    assert.equal(run.controlPlane.to('/result')[0].authorization, `Bearer ${runToken()}`)
  })
})

describe('a run whose fence is lost does nothing, and is green', () => {
  for (const [status, code] of [[409, 'ANOTHER_RUN'], [409, 'NOT_DISPATCHED'], [410, 'CLAIM_OVER']]) {
    test(`${status} ${code}`, async () => {
      const run = await implement({ inputs: claim, ...claimed({ redeem: [{ status, code, detail: `because of ${code}` }] }) })
      succeeded(run)
      onlyAsked(run)
      assert.equal(redemptions(run).length, 1)
      assert.match(noticesOf(run), new RegExp(`because of ${code}`))
    })
  }

  test('lost between admission and work, it stops before a model is asked', async () => {
    const over = { status: 410, code: 'CLAIM_OVER', detail: 'the claim was cancelled' }
    const run = await implement({ inputs: claim, ...claimed({ redeem: [{ status: 200 }, over], token: { report: [over] } }) })
    assert.match(failureOf(run), /the claim was cancelled/)
    noModelTime(run)
    nothingWritten(run)
  })
})

describe('a run that can\'t be admitted now', () => {
  test('asks again after an earlier attempt, and goes on', async () => {
    const busy = { status: 409, code: 'EARLIER_ATTEMPT', headers: { 'retry-after': '30' } }
    const run = await implement({ inputs: claim, model: { work: [{ say: 'Nothing to do.' }] }, ...claimed({ redeem: [busy, busy, { status: 200 }] }) })
    succeeded(run)
    assert.deepEqual(redemptions(run).filter(({ job }) => job === 'admit').map(({ status }) => status), [409, 409, 200])
    assert.equal(run.jobs.implement, 'success')
  })

  test('asks a broken control plane a few times, then says what to do', async () => {
    const run = await implement({ inputs: claim, ...claimed({ redeem: [{ status: 503 }] }) })
    assert.match(failureOf(run), /did not answer.*503.*Nothing was run.*retry/s)
    assert.equal(redemptions(run).length, 6)
    onlyAsked(run)
  })

  test('does nothing without the control plane that it is told to ask', async () => {
    const run = await implement({ inputs: claim, ...claimed(), controlPlane: 'closed' })
    assert.match(failureOf(run), /did not answer.*Nothing was run/s)
    onlyAsked(run)
  })

  for (const [status, code] of [[401, 'UNAUTHORIZED'], [403, 'WRONG_RUN'], [404, 'NOT_FOUND']]) {
    test(`takes ${status} for an answer, and says what to compare`, async () => {
      const run = await implement({ inputs: claim, ...claimed({ redeem: [{ status, code, detail: `because of ${code}.` }] }) })
      assert.match(failureOf(run), new RegExp(`because of ${code}.*AI_IMPLEMENT_URL`, 's'))
      assert.equal(redemptions(run).length, 1)
      onlyAsked(run)
    })
  }

  test('is refused for a claim that is none', async () => {
    const run = await implement({ inputs: { claim_id: '../tokens?x=' }, ...claimed() })
    assert.match(failureOf(run), /claim_id/)
    assert.deepEqual(run.controlPlane.calls, [])
    onlyAsked(run)
  })
})

describe('where a run speaks to', () => {
  for (const address of ['http://127.0.0.1:9/runner', '{{controlPlane}}.evil.example/runner', 'http://127.0.0.1:9/?{{controlPlane}}/']) {
    test(`an address elsewhere is refused: ${address}`, async () => {
      const run = await implement({ inputs: { runner_callback_url: address, run_token: 'token-of-the-orchestrator' }, ...claimed() })
      assert.match(failureOf(run), /runner_callback_url.*AI_IMPLEMENT_URL/s)
      onlyAsked(run)
    })
  }

  test('without the variable a claim is not redeemed: the run goes on alone', async () => {
    const run = await implement({ inputs: claim, model: { work: [{ say: 'Nothing to do.' }] } })
    succeeded(run)
    assert.deepEqual(run.controlPlane.calls, [])
    assert.match(noticesOf(run), /alone/)
  })

  for (const address of ['{{controlPlane}}', '{{controlPlane}}/runner']) {
    test(`an orchestrator without claims is told with its own token, which is never printed: ${address}`, async () => {
      const run = await implement({ inputs: { runner_callback_url: address, run_token: runToken() }, ...claimed() })
      succeeded(run)
      assert.deepEqual(run.controlPlane.results().map(({ outcome, prUrl }) => [outcome, prUrl]), [['success', run.github.pulls()[0].html_url]])
      assert.deepEqual(redemptions(run), [])
      assert.deepEqual(new Set(run.github.pushes().map(({ token }) => token)), new Set([JOB_TOKEN]))
    })
  }
})

describe('the end of a run', () => {
  test('that changed nothing is a success without a pull request', async () => {
    const run = await implement({ inputs: claim, model: { work: [{ say: 'It is all there.' }] }, ...claimed() })
    succeeded(run)
    const [report] = run.controlPlane.results()
    assert.deepEqual([report.outcome, report.noWork, report.prUrl], ['success', true, undefined])
    ranOnly(run, 'admit', 'implement', 'report')
    nothingWritten(run)
  })

  test('that failed is told with the reason', async () => {
    const refusal = { refuse: { status: 400, type: 'invalid_request_error', message: 'something about this request is wrong' } }
    const run = await implement({ inputs: claim, model: { work: [refusal] }, ...claimed() })
    assert.match(failureOf(run), /something about this request is wrong/)
    const [report] = run.controlPlane.results()
    assert.equal(report.outcome, 'failure')
    assert.match(report.failureReason, /something about this request is wrong/)
    nothingWritten(run)
  })

  test('that can\'t be reported is still what it was, and says so', async () => {
    const run = await implement({ inputs: claim, ...claimed({ result: [{ status: 503, detail: 'the queue is gone' }] }) })
    succeeded(run)
    assert.match(warningsOf(run), /not reported.*the queue is gone/s)
    assert.equal(run.github.pulls().length, 1)
  })
})

describe('the token to push with', () => {
  test('is GitHub\'s own where the App may lend none, and the comment says that no checks start', async () => {
    const refusal = { status: 409, code: 'APP_PERMISSION_MISSING', detail: 'the App may not write' }
    const run = await implement({ inputs: claim, ...claimed({ token: { push: [refusal] } }) })
    succeeded(run)
    assert.deepEqual(new Set(run.github.pushes().map(({ token }) => token)), new Set([JOB_TOKEN]))
    assert.match(run.github.comments[0].body, /starts no checks/)
  })

  test('is not lent to a run that is over: nothing is pushed', async () => {
    const over = { status: 410, code: 'CLAIM_OVER', detail: 'the run is over' }
    const run = await implement({ inputs: claim, ...claimed({ token: { push: [over], report: [over] } }) })
    assert.match(failureOf(run), /the run is over/)
    nothingWritten(run)
  })

  test('that has ended is told as GitHub tells it, and nothing is pushed', async () => {
    const run = await implement({ inputs: claim, github: { tokens: [JOB_TOKEN] }, ...claimed() })
    assert.match(failureOf(run), /did not take the push|Authentication failed|could not read/i)
    assert.deepEqual(Object.keys(run.repository.branches()), ['main'])
    const [report] = run.controlPlane.results()
    assert.deepEqual([report.outcome, report.prUrl], ['failure', undefined])
  })
})

describe('a claimed gap-fill', () => {
  const pinned = (sha) => facts({ kind: 'gap-fill', phase: 'gap-fill', prNumber: 7, headBranch: 'feature', ...(sha ? { headSha: sha } : {}) })

  test('pushes onto the pull request as the App, and reports it', async () => {
    const script = { facts: pinned() }
    const run = await fillGaps({ inputs: claim, ...claimed(script) })
    succeeded(run)
    assert.equal(run.repository.read('feature', 'src/greeting.txt'), 'Hello, world\n')
    assert.deepEqual(new Set(run.github.pushes().map(({ token }) => token)), new Set([APP_TOKEN]))
    assert.deepEqual(run.controlPlane.results().map(({ phase, outcome, prUrl }) => [phase, outcome, prUrl]), [['gap-fill', 'success', run.github.pulls()[0].html_url]])
  })

  test('of another head than the judged one is refused before a model is asked', async () => {
    const run = await fillGaps({ inputs: claim, model: writes(), ...claimed({ facts: pinned('a'.repeat(40)) }) })
    assert.match(failureOf(run), /feature has moved/)
    noModelTime(run)
    nothingWritten(run)
  })
})
