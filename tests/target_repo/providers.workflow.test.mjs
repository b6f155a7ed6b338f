// Who answers a run, and by what credential: the Anthropic API by key or token, Bedrock by a role.
//
// Owns the proofs of SPEC §6 on providers, models, credentials and what the agent can see of them.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { askedOf, exchangesOf, failureOf, newBranchOf, noModelTime, nothingWritten, once, ranOnly, succeeded, warningsOf } from './expect.mjs'
import { API_KEY, fillGaps, GAPS, implement, implementOnBedrock, OAUTH_TOKEN, PROFILE, REGION, ROLE, writes } from './target.mjs'

const STATIC_KEYS = { AWS_ACCESS_KEY_ID: 'AKIASTATICKEY', AWS_SECRET_ACCESS_KEY: 'static-secret-of-somebody', AWS_SESSION_TOKEN: 'static-session-of-somebody' }
/** What every agent has; its credentials come on top. */
const PLAIN = ['ANTHROPIC_BASE_URL', 'ANTHROPIC_BEDROCK_BASE_URL', 'CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC', 'CLAUDE_CODE_MAX_RETRIES', 'DISABLE_AUTOUPDATER', 'DISABLE_ERROR_REPORTING', 'DISABLE_TELEMETRY', 'HOME', 'LANG', 'PATH', 'TMPDIR']
const OF_BEDROCK = ['ANTHROPIC_DEFAULT_HAIKU_MODEL', 'ANTHROPIC_SMALL_FAST_MODEL', 'AWS_ACCESS_KEY_ID', 'AWS_EC2_METADATA_DISABLED', 'AWS_REGION', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'CLAUDE_CODE_USE_BEDROCK']
const TOKENS = ['ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_RUNTIME_TOKEN', 'GITHUB_TOKEN', 'GH_TOKEN']

const namesOf = (environment) => Object.keys(environment).filter((name) => environment[name] !== '').sort()

/** No variable of the agent's parent gives the agent anything: hooks have the same parent. */
function parentsHoldNothing(run) {
  for (const { parentEnvironment } of run.agents) {
    for (const name of TOKENS) assert.ok(!parentEnvironment[name], `${name} is in the environment of the agent's parent`)
    const credentials = namesOf(parentEnvironment).filter((name) => /^(AWS_|CLAUDE_CODE_OAUTH|ANTHROPIC_API)/.test(name))
    assert.deepEqual(credentials, [])
  }
}

describe('on the Anthropic API by key', () => {
  const keyed = once(() => implement())

  test('the change becomes a pull request', async () => {
    const run = await keyed()
    succeeded(run)
    const branch = newBranchOf(run)
    assert.deepEqual(run.repository.changed('main', branch), ['src/greeting.txt'])
    assert.equal(run.repository.read(branch, 'src/greeting.txt'), 'Hello, world\n')
    assert.deepEqual(run.repository.last(branch).parents, [run.repository.sha('main')])
    const [pull, ...others] = run.github.pulls()
    assert.deepEqual([pull.head.ref, pull.base.ref, others.length], [branch, 'main', 0])
  })

  test('the metadata block stands in its text once', async () => {
    const [{ body }] = (await keyed()).github.pulls()
    const blocks = body.match(/<!-- ai-implement-meta\n[\s\S]*?-->/g)
    assert.equal(blocks.length, 1)
    const lines = Object.fromEntries(blocks[0].split('\n').slice(1, -1).map((line) => line.split(/: (.*)/s)))
    assert.deepEqual([lines.issue_id, lines.issue_identifier, lines.issue_title], ['id-42', 'ENG-42', 'Greet the world'])
    assert.equal(Buffer.from(lines.issue_description_b64, 'base64').toString(), 'The greeting should say whom it greets.')
  })

  test('the key is what every request shows', async () => {
    const run = await keyed()
    for (const request of [...askedOf(run, 'work'), ...askedOf(run, 'gaps')]) {
      assert.deepEqual([request.api, request.apiKey, request.authorization], ['anthropic', API_KEY, undefined])
    }
  })

  test('the models are the defaults', async () => {
    const run = await keyed()
    assert.deepEqual([askedOf(run, 'work')[0].model, askedOf(run, 'gaps')[0].model], ['claude-sonnet-4-6', 'claude-haiku-4-5-20251001'])
  })

  test('no credentials of AWS are fetched', async () => {
    assert.deepEqual(exchangesOf(await keyed()), [])
  })

  test('the agent has the key, and no other variable than it needs', async () => {
    const run = await keyed()
    assert.equal(run.agents.length, 2)
    for (const { environment } of run.agents) assert.deepEqual(namesOf(environment), [...PLAIN, 'ANTHROPIC_API_KEY'].sort())
  })

  test('the agent finds no token in its parent either', async () => {
    parentsHoldNothing(await keyed())
  })

  test('the agent has the tools of its step only', async () => {
    const run = await keyed()
    for (const request of askedOf(run, 'work')) assert.deepEqual(request.tools.sort(), ['Edit', 'Glob', 'Grep', 'Read', 'Write'])
    for (const request of askedOf(run, 'gaps')) assert.deepEqual(request.tools, [])
  })

  test('the gap analysis sees the diff and the text, not the files', async () => {
    const [{ messages }] = askedOf(await keyed(), 'gaps')
    const prompt = JSON.stringify(messages)
    assert.match(prompt, /\+Hello, world/)
    assert.match(prompt, /The greeting should say whom it greets/)
    assert.doesNotMatch(prompt, /A target repository/)
  })
})

describe('on the Anthropic API by token', () => {
  const models = { model: 'a-model/of:theirs@1', gap_analysis_model: 'another[1m]' }
  const byToken = once(() => implement({ settings: models, secrets: { CLAUDE_CODE_OAUTH_TOKEN: OAUTH_TOKEN, ANTHROPIC_API_KEY: API_KEY } }))

  test('the token goes before the key, which the agent never gets', async () => {
    const run = await byToken()
    succeeded(run)
    for (const request of [...askedOf(run, 'work'), ...askedOf(run, 'gaps')]) {
      assert.deepEqual([request.authorization, request.apiKey], [`Bearer ${OAUTH_TOKEN}`, undefined])
    }
    for (const { environment } of run.agents) assert.deepEqual(namesOf(environment), [...PLAIN, 'CLAUDE_CODE_OAUTH_TOKEN'].sort())
    parentsHoldNothing(run)
  })

  test('the models of the front matter are handed to Claude Code as they stand', async () => {
    const given = (await byToken()).agents.map(({ args }) => args[args.indexOf('--model') + 1])
    assert.deepEqual(given, Object.values(models))
  })
})

describe('on Bedrock, as the dispatch says', () => {
  const onBedrock = once(() => implementOnBedrock())

  test('the change becomes a pull request with a gap analysis', async () => {
    const run = await onBedrock()
    succeeded(run)
    assert.equal(run.github.pulls().length, 1)
    assert.equal(run.github.comments.length, 1)
  })

  test('credentials are exchanged twice, each time right before the step that needs them', async () => {
    const run = await onBedrock()
    assert.deepEqual(exchangesOf(run).map(({ job, oidc }) => [job, oidc]), [['implement', true], ['analyse', true]])
    for (const [index, exchange] of exchangesOf(run).entries()) {
      const between = run.stubs.filter(({ at }) => at > exchange.at && at < run.agents[index].at)
      assert.deepEqual(between, [], 'another action ran between the exchange and its step')
      assert.ok(exchange.at < run.agents[index].at)
      const names = run.steps.filter(({ job }) => job === exchange.job).map(({ name }) => name)
      const at = names.findIndex((name) => /^Exchange/.test(name))
      assert.match(names[at + 1], /^Let Claude Code/)
    }
  })

  test('each step works with the credentials of its own exchange', async () => {
    const run = await onBedrock()
    assert.deepEqual(new Set(askedOf(run, 'work').map(({ accessKeyId, sessionToken }) => `${accessKeyId} ${sessionToken}`)), new Set(['ASIAEXCHANGE1 session-of-exchange-1']))
    assert.deepEqual(new Set(askedOf(run, 'gaps').map(({ accessKeyId, sessionToken }) => `${accessKeyId} ${sessionToken}`)), new Set(['ASIAEXCHANGE2 session-of-exchange-2']))
  })

  test('the role and the region are those of the secret and the dispatch, for an hour', async () => {
    for (const { inputs } of exchangesOf(await onBedrock())) {
      assert.deepEqual(
        [inputs['role-to-assume'], inputs['aws-region'], inputs['role-duration-seconds'], inputs.audience],
        [ROLE, REGION, '3600', 'sts.amazonaws.com'],
      )
    }
  })

  test('credentials are outputs of their step, and no variables of the job', async () => {
    for (const { inputs } of exchangesOf(await onBedrock())) {
      assert.deepEqual([inputs['output-credentials'], inputs['output-env-credentials']], ['true', 'false'])
    }
  })

  test('an inference profile reaches Bedrock verbatim, in both steps and in the mapped region', async () => {
    const run = await onBedrock()
    for (const request of [...askedOf(run, 'work'), ...askedOf(run, 'gaps')]) {
      assert.deepEqual([request.operation, request.model, request.region], ['InvokeModelWithResponseStream', PROFILE, REGION])
    }
  })

  test('the agent has the credentials of Bedrock and no other variable than it needs', async () => {
    const run = await onBedrock()
    for (const { environment } of run.agents) assert.deepEqual(namesOf(environment), [...PLAIN, ...OF_BEDROCK].sort())
    parentsHoldNothing(run)
  })
})

describe('on Bedrock, by the repository\'s variables alone', () => {
  const byVariables = once(() =>
    fillGaps({
      vars: { AI_IMPLEMENT_PROVIDER: 'bedrock', AI_IMPLEMENT_AWS_REGION: 'eu-central-1', AI_IMPLEMENT_SESSION_SECONDS: '7200' },
      secrets: { AWS_BEDROCK_ROLE_ARN: ROLE, ANTHROPIC_API_KEY: API_KEY, ...STATIC_KEYS },
      env: STATIC_KEYS,
      settings: { model: PROFILE, gap_analysis_model: 'eu.anthropic.claude-haiku-4-5-20251001-v1:0' },
    }),
  )

  test('a gap-fill works on Bedrock too, with two exchanges', async () => {
    const run = await byVariables()
    succeeded(run)
    assert.deepEqual(exchangesOf(run).map(({ job }) => job), ['implement', 'analyse'])
    assert.deepEqual(new Set(run.model.seen.map(({ region }) => region)), new Set(['eu-central-1']))
  })

  test('static keys are never read, wherever they lie about', async () => {
    const run = await byVariables()
    const used = new Set(run.model.seen.map(({ accessKeyId }) => accessKeyId))
    assert.deepEqual(used, new Set(['ASIAEXCHANGE1', 'ASIAEXCHANGE2']))
    for (const { inputs } of exchangesOf(run)) assert.equal(inputs['aws-access-key-id'], '')
  })

  test('the key of the Anthropic API stays out', async () => {
    for (const { environment } of (await byVariables()).agents) assert.equal(environment.ANTHROPIC_API_KEY, undefined)
  })

  test('a session may be as long as the variable says', async () => {
    assert.deepEqual(exchangesOf(await byVariables()).map(({ inputs }) => inputs['role-duration-seconds']), ['7200', '7200'])
  })

  test('the gap analysis has a model of its own where one is named', async () => {
    const run = await byVariables()
    assert.deepEqual([askedOf(run, 'work')[0].model, askedOf(run, 'gaps')[0].model], [PROFILE, 'eu.anthropic.claude-haiku-4-5-20251001-v1:0'])
  })
})

describe('what can be known to go wrong is said before a model is asked', () => {
  const refusals = [
    ['bedrock without a region', { inputs: { provider: 'bedrock' }, settings: { model: PROFILE }, secrets: { AWS_BEDROCK_ROLE_ARN: ROLE } }, /region.*AI_IMPLEMENT_AWS_REGION/],
    ['bedrock with a word for a region', { inputs: { provider: 'bedrock', aws_region: 'west' }, settings: { model: PROFILE }, secrets: { AWS_BEDROCK_ROLE_ARN: ROLE } }, /west.*AI_IMPLEMENT_AWS_REGION/],
    ['bedrock without a role', { inputs: { provider: 'bedrock', aws_region: REGION }, settings: { model: PROFILE }, secrets: { ANTHROPIC_API_KEY: API_KEY, ...STATIC_KEYS } }, /role.*AWS_BEDROCK_ROLE_ARN/],
    ['bedrock without a model', { inputs: { provider: 'bedrock', aws_region: REGION }, settings: { gap_analysis_model: PROFILE }, secrets: { AWS_BEDROCK_ROLE_ARN: ROLE } }, /`model:`.*WORKFLOW\.md/],
    ['an unknown provider', { vars: { AI_IMPLEMENT_PROVIDER: 'vertex' } }, /vertex.*AI_IMPLEMENT_PROVIDER/],
    ['the Anthropic API without a credential', { secrets: {} }, /CLAUDE_CODE_OAUTH_TOKEN.*ANTHROPIC_API_KEY/],
    ['a session that no role gives', { vars: { AI_IMPLEMENT_SESSION_SECONDS: '99999' } }, /AI_IMPLEMENT_SESSION_SECONDS/],
    ['a misspelt setting', { settings: { modle: 'x' } }, /modle/],
    ['a prompt file that is missing', { more: { 'WORKFLOW.md': null } }, /WORKFLOW\.md is missing/],
  ]

  for (const [what, scenario, expected] of refusals) {
    test(`${what} fails with the place to mend`, async () => {
      const run = await implement(scenario)
      assert.match(failureOf(run), expected)
      noModelTime(run)
      nothingWritten(run)
      ranOnly(run, 'admit', 'implement', 'report')
    })
  }
})

describe('when credentials fail', () => {
  test('a role that can\'t be assumed ends the run before a model is asked', async () => {
    const run = await implementOnBedrock({ stubs: { 'configure-aws-credentials': { fail: [1] } } })
    assert.match(failureOf(run), /sts:AssumeRoleWithWebIdentity/)
    assert.deepEqual([run.model.seen, exchangesOf(run).length], [[], 1])
    nothingWritten(run)
  })

  test('a second exchange that fails costs the analysis, not the implementation', async () => {
    const run = await implementOnBedrock({ stubs: { 'configure-aws-credentials': { fail: [2] } } })
    succeeded(run)
    assert.equal(run.github.pulls().length, 1)
    assert.deepEqual([run.github.comments, run.model.asked('gaps'), exchangesOf(run).length], [[], [], 2])
    assert.match(warningsOf(run), /no gap analysis/i)
  })

  test('a main step that fails on Bedrock has exchanged once, and pushes nothing', async () => {
    const run = await implementOnBedrock({ model: { ...writes(), models: ['something-else'] }, env: { CLAUDE_CODE_MAX_RETRIES: '0' } })
    assert.match(failureOf(run), /model identifier is invalid/)
    assert.equal(exchangesOf(run).length, 1)
    nothingWritten(run)
    ranOnly(run, 'admit', 'implement', 'report')
  })

  test('a session that ends while the agent works ends the run, and nothing half-done is pushed', async () => {
    const expired = { refuse: { status: 403, message: 'The security token included in the request is expired' } }
    const run = await implementOnBedrock({ model: { work: [...writes().work.slice(0, 2), expired] }, env: { CLAUDE_CODE_MAX_RETRIES: '0' } })
    assert.match(failureOf(run), /security token included in the request is expired/)
    assert.equal(exchangesOf(run).length, 1)
    nothingWritten(run)
  })

  test('a key that is refused is told as the provider tells it', async () => {
    const run = await implement({ model: { ...writes(), credentials: ['another-key'] }, env: { CLAUDE_CODE_MAX_RETRIES: '0' } })
    assert.match(failureOf(run), /credential is not accepted/i)
    nothingWritten(run)
  })

  test('a provider that is overloaded for a moment is asked again', async () => {
    let times = 0
    const overloaded = { refuse: { status: 529, type: 'overloaded_error', message: 'Overloaded', headers: { 'x-should-retry': 'true' } } }
    const [first, ...later] = writes().work
    const run = await implement({ model: { work: [() => ((times += 1) === 1 ? overloaded : first), ...later], gaps: [{ say: GAPS }] } })
    succeeded(run)
    assert.equal(times, 2)
  })
})
