// The workflows as they are written: what no run on this machine can show.
//
// Owns the rules that GitHub enforces from the YAML (permissions, concurrency, limits, pins), the linters, and every
// condition and choice by GitHub's own evaluator.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { evaluate, holds, parse } from './expressions.mjs'
import { source, sourcePath } from './target.mjs'
import { expressionsIn, parseWorkflow, textsIn } from './workflow.mjs'

const NAMES = ['claude-implement.yml', 'claude-plan.yml', 'comment-trigger.yml']
const workflows = Object.fromEntries(NAMES.map((name) => [name, parseWorkflow(source(name))]))
const jobs = Object.entries(workflows).flatMap(([name, { jobs }]) => Object.entries(jobs).map(([id, job]) => ({ ...job, name: `${name} ${id}`, file: name, id })))
const steps = jobs.flatMap((job) => job.steps.map((step, index) => ({ name: `${job.name}: ${step.name}`, job, step, index })))

const exchanges = steps.filter(({ step }) => step.uses?.startsWith('aws-actions/configure-aws-credentials@'))

const PINS = {
  'aws-actions/configure-aws-credentials': 'e6de054238d6b7531b4efff3b6587d9aade6a06c # v6.2.3',
  'actions/checkout': '3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1',
  'actions/setup-node': '820762786026740c76f36085b0efc47a31fe5020 # v7.0.0',
  'actions/upload-artifact': '043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1',
  'actions/download-artifact': '3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1',
}

const PERMISSIONS = {
  'claude-implement.yml admit': { 'id-token': 'write' },
  'claude-implement.yml implement': { contents: 'read', 'pull-requests': 'read', 'id-token': 'write' },
  'claude-implement.yml publish': { contents: 'write', 'pull-requests': 'write', 'id-token': 'write' },
  'claude-implement.yml analyse': { contents: 'read', 'pull-requests': 'read', 'id-token': 'write' },
  'claude-implement.yml report': { contents: 'read', issues: 'write', 'pull-requests': 'write', 'id-token': 'write' },
  'claude-plan.yml admit': { 'id-token': 'write' },
  'claude-plan.yml plan': { contents: 'read', 'id-token': 'write' },
  'claude-plan.yml report': { contents: 'read', issues: 'write', 'id-token': 'write' },
  'comment-trigger.yml forward': { 'id-token': 'write' },
  'comment-trigger.yml alone': { actions: 'write', contents: 'read', issues: 'write', 'pull-requests': 'write' },
}

/** Which jobs may name a repository's secrets. The ones that push, comment or report are not among them. */
const WITH_SECRETS = ['claude-implement.yml implement', 'claude-implement.yml analyse', 'claude-plan.yml plan']

const INPUTS = ['issue_id', 'issue_identifier', 'issue_title', 'issue_description', 'pr_number', 'provider', 'aws_region', 'runner_callback_url', 'run_token', 'runner_image', 'claim_id', 'head_sha', 'instructions', 'max_turns', 'max_iterations', 'max_job_minutes']
const OF_PLANS = ['parent', 'siblings', 'dependencies']

const tool = (name, ...args) => {
  const { status, stdout, stderr } = spawnSync(name, args, { encoding: 'utf8' })
  return { status, output: `${stdout}${stderr}` }
}

describe('the linters', () => {
  test('actionlint and shellcheck have no complaint', () => {
    const { status, output } = tool('actionlint', '-no-color', '-shellcheck', 'shellcheck', ...NAMES.map(sourcePath))
    assert.equal(status, 0, output)
  })

  test('zizmor has no finding', () => {
    const { status, output } = tool('zizmor', '--offline', '--persona=regular', '--no-progress', ...NAMES.map(sourcePath))
    assert.equal(status, 0, output)
    assert.match(output, /No findings to report/)
  })

  test('whatever zizmor is told to leave has its reason above', () => {
    for (const name of NAMES) {
      const lines = source(name).split('\n')
      for (const [index, line] of lines.entries()) {
        if (/zizmor: ignore/.test(line)) assert.match(lines[index - 1], /^\s*# \S.{20,}/, `${name}: ${line}`)
      }
    }
  })

  test('Node.js can read the program', () => {
    const { status, output } = tool(process.execPath, '--check', sourcePath('program/main.mjs'))
    assert.equal(status, 0, output)
  })
})

describe('permissions', () => {
  for (const name of NAMES) {
    test(`a job of ${name} has none that it doesn't name`, () => assert.deepEqual(workflows[name].permissions, {}))
  }

  test('each job has those of its part and no more', () => {
    assert.deepEqual(Object.fromEntries(jobs.map(({ name, permissions }) => [name, permissions])), PERMISSIONS)
  })

  test('no job reads a secret of the repository that isn\'t made for it', () => {
    const reading = jobs.filter((job) => [...textsIn(job)].some(({ text }) => /\bsecrets\./.test(text)))
    assert.deepEqual(reading.map(({ name }) => name), WITH_SECRETS)
  })

  test('secrets are read by their names only, and static keys not at all', () => {
    const read = new Set(jobs.flatMap((job) => [...textsIn(job)]).flatMap(({ text }) => text.match(/\bsecrets\b(\.\w+)?/g) ?? []))
    assert.deepEqual([...read].sort(), ['secrets.ANTHROPIC_API_KEY', 'secrets.AWS_BEDROCK_ROLE_ARN', 'secrets.CLAUDE_CODE_OAUTH_TOKEN'])
  })

  test('who asks first has no code, no secret and no repository', () => {
    for (const { steps, ...job } of jobs.filter(({ id }) => id === 'admit')) {
      assert.deepEqual(steps.flatMap(({ uses }) => uses ?? []), [])
      assert.doesNotMatch(JSON.stringify([steps, job]), /secrets\.|github\.token/)
    }
  })

  test('the steps of agents and hooks are freed of all credentials', () => {
    const guarded = steps.filter(({ step }) => /^(Let Claude Code|Run the .* hook)/.test(step.name))
    assert.equal(guarded.length, 7)
    for (const { name, step } of guarded) {
      assert.match(step.run, /^exec bash control\/\.github\/ai-implement\/agent\.sh [a-z]+$/, name)
      assert.doesNotMatch(JSON.stringify(step.env ?? {}), /github\.token|GITHUB_TOKEN/, name)
    }
  })
})

describe('what third parties bring', () => {
  test('is pinned by commit, with the version beside it', () => {
    for (const name of NAMES) {
      for (const [, use] of source(name).matchAll(/^\s*(?:- )?uses: (.*)$/gm)) {
        const [action, pin] = use.split('@')
        assert.equal(pin, PINS[action], `${name}: ${use}`)
      }
    }
  })

  test('a checkout never keeps its token', () => {
    const checkouts = steps.filter(({ step }) => step.uses?.startsWith('actions/checkout@'))
    assert.ok(checkouts.length >= 8)
    for (const { name, step } of checkouts) assert.equal(step.with['persist-credentials'], false, name)
  })

  test('the program and the prompts come from the dispatched commit', () => {
    for (const { name, step } of steps.filter(({ step }) => step.with?.path === 'control')) assert.equal(step.with.ref, '${{ github.sha }}', name)
  })

  test('packages come by their lock file, without running their scripts', () => {
    const installs = steps.filter(({ step }) => /\bnpm\b/.test(step.run ?? ''))
    assert.equal(installs.length, 3)
    for (const { step } of installs) assert.match(step.run, /^npm ci --ignore-scripts /)
  })

  test('Claude Code is one exact version, not older than the first that will do', () => {
    const { dependencies } = JSON.parse(source('program/package.json'))
    const { packages } = JSON.parse(source('program/package-lock.json'))
    const [major, minor, patch] = dependencies['@anthropic-ai/claude-code'].split('.').map(Number)
    assert.ok(major > 2 || (major === 2 && (minor > 1 || patch >= 128)))
    for (const [name, { version, integrity }] of Object.entries(packages).filter(([name]) => name.includes('@anthropic-ai/'))) {
      assert.deepEqual([version, /^sha512-/.test(integrity)], [dependencies['@anthropic-ai/claude-code'], true], name)
    }
  })
})

describe('words of strangers', () => {
  test('are no part of a script: no script has an expression', () => {
    for (const { name, step } of steps) assert.doesNotMatch(step.run ?? '', /\$\{\{/, name)
  })

  test('are in no environment: a step gets ids and settings by it, and no text', () => {
    for (const { name, file } of jobs) {
      const job = workflows[file]
      for (const { path, text } of textsIn(job.jobs)) {
        assert.doesNotMatch(text, /inputs\.(issue_title|issue_description|instructions|parent|siblings|dependencies|run_token)\b/, `${name} ${path.join('.')}`)
        assert.doesNotMatch(text, /github\.event\.(comment\.body|issue\.(title|body))(?!, ' {0,3}\/ai-implement'\))/, `${name} ${path.join('.')}`)
        assert.doesNotMatch(text, /github\.(head_ref|event\.pull_request)/, `${name} ${path.join('.')}`)
      }
    }
  })

  test('start nothing by the event of a pull request', () => {
    const events = Object.fromEntries(NAMES.map((name) => [name, Object.keys(workflows[name].on)]))
    assert.deepEqual(events, { 'claude-implement.yml': ['workflow_dispatch'], 'claude-plan.yml': ['workflow_dispatch'], 'comment-trigger.yml': ['issue_comment'] })
  })
})

describe('the dispatch', () => {
  for (const [name, expected] of [['claude-implement.yml', INPUTS], ['claude-plan.yml', [...INPUTS, ...OF_PLANS]]]) {
    const { inputs, 'run-name': runName } = workflows[name]

    test(`${name} declares what is sent, and what GitHub takes`, () => {
      assert.deepEqual(Object.keys(inputs).sort(), [...expected].sort())
      assert.ok(Object.keys(inputs).length <= 25)
      for (const [input, { type, description }] of Object.entries(inputs)) assert.deepEqual([type, Boolean(description)], ['string', true], input)
    })

    test(`${name} needs only what every dispatch has`, () => {
      const required = Object.keys(inputs).filter((input) => inputs[input].required)
      assert.deepEqual(required, ['issue_id', 'issue_identifier', 'issue_title'])
    })

    test(`a run of ${name} is found by its name`, () => assert.ok(runName.endsWith('[${{ inputs.claim_id }}]'), runName))
  }
})

describe('limits', () => {
  test('every job has one', () => {
    for (const { name, 'timeout-minutes': minutes } of jobs) {
      assert.ok(Number.isInteger(minutes) || /^\$\{\{ fromJSON\(needs\.admit\.outputs\.minutes\) \}\}$/.test(minutes), name)
    }
  })

  test('an agent\'s step has one of its own', () => {
    for (const { name, step } of steps.filter(({ step }) => step.id === 'agent')) assert.equal(step['timeout-minutes'], '${{ fromJSON(steps.resolve.outputs.step-minutes) }}', name)
  })

  test('a run that works is never cancelled by another, and two of one place wait for each other', () => {
    for (const name of NAMES) assert.equal(workflows[name].concurrency['cancel-in-progress'], false, name)
    const group = (name, inputs, more = {}) => workflows[name].concurrency.group.replace(/\$\{\{(.*?)\}\}/g, (_, expression) => evaluate(expression.trim(), { inputs, ...more }))
    const [implement, plan] = NAMES
    assert.equal(group(implement, { pr_number: '7', issue_id: 'a' }), group(implement, { pr_number: '7', issue_id: 'b' }))
    assert.notEqual(group(implement, { pr_number: '7', issue_id: 'a' }), group(implement, { pr_number: '8', issue_id: 'a' }))
    assert.notEqual(group(implement, { pr_number: '', issue_id: 'a' }), group(implement, { pr_number: '', issue_id: 'b' }))
    assert.notEqual(group(implement, { pr_number: '', issue_id: 'a' }), group(plan, { issue_id: 'a' }))
    const comment = (id) => group(NAMES[2], {}, { github: { event: { comment: { id } } } })
    assert.notEqual(comment(1), comment(2))
  })
})

describe('the exchange of credentials', () => {
  test('happens twice in an implementation and once in a plan, right before the agent', () => {
    assert.deepEqual(exchanges.map(({ job }) => job.name), WITH_SECRETS)
    for (const { name, job, index } of exchanges) assert.match(job.steps[index + 1].name, /^Let Claude Code/, name)
  })

  test('gives its credentials to that step alone', () => {
    for (const { name, step } of exchanges) {
      assert.deepEqual([step.with['output-credentials'], step.with['output-env-credentials']], [true, false], name)
      assert.deepEqual(Object.keys(step.with).filter((input) => /^aws-(access|secret|session)/.test(input)), [], name)
    }
  })

  test('is for Bedrock only', () => {
    for (const { name, step } of exchanges) {
      const contexts = (provider) => ({ steps: { resolve: { outputs: { provider } }, read: { outputs: { open: 'true' } } }, needs: { implement: { outputs: { provider } } } })
      assert.deepEqual(['bedrock', 'anthropic', ''].map((provider) => holds(step.if, contexts(provider))), [true, false, false], name)
    }
  })

  test('is not made for a pull request that is closed', () => {
    const { step } = exchanges[1]
    assert.equal(holds(step.if, { steps: { read: { outputs: { open: 'false' } } }, needs: { implement: { outputs: { provider: 'bedrock' } } } }), false)
  })
})

describe('expressions', () => {
  const all = Object.values(workflows).flatMap((workflow) => [...textsIn(workflow)]).flatMap(expressionsIn)

  test('are such as GitHub takes', () => {
    assert.ok(all.length > 60)
    for (const expression of all) assert.doesNotThrow(() => parse(expression), expression)
  })

  const valuesOf = (pattern) => steps.flatMap(({ name, step }) => Object.entries({ ...step.env, ...step.with }).filter(([key]) => pattern.test(key)).map(([key, value]) => ({ name: `${name} ${key}`, value })))
  const only = (text) => /^\$\{\{(.*)\}\}$/s.exec(text)?.[1].trim()

  /** Every choice that has more than one source, with what it comes to. */
  const CHOICES = {
    "inputs.provider || vars.AI_IMPLEMENT_PROVIDER || 'anthropic'": [
      [{ inputs: { provider: 'bedrock' }, vars: { AI_IMPLEMENT_PROVIDER: 'anthropic' } }, 'bedrock'],
      [{ inputs: { provider: 'anthropic' }, vars: { AI_IMPLEMENT_PROVIDER: 'bedrock' } }, 'anthropic'],
      [{ inputs: { provider: '' }, vars: { AI_IMPLEMENT_PROVIDER: 'bedrock' } }, 'bedrock'],
      [{ inputs: {}, vars: {} }, 'anthropic'],
      [{ inputs: { provider: 'Bedrok' }, vars: {} }, 'Bedrok'],
    ],
    'inputs.aws_region || vars.AI_IMPLEMENT_AWS_REGION': [
      [{ inputs: { aws_region: 'us-west-2' }, vars: { AI_IMPLEMENT_AWS_REGION: 'eu-west-1' } }, 'us-west-2'],
      [{ inputs: { aws_region: '' }, vars: { AI_IMPLEMENT_AWS_REGION: 'eu-west-1' } }, 'eu-west-1'],
      [{ inputs: {}, vars: {} }, ''],
    ],
    'secrets.AWS_BEDROCK_ROLE_ARN || needs.admit.outputs.role': [
      [{ secrets: { AWS_BEDROCK_ROLE_ARN: 'arn:secret' }, needs: { admit: { outputs: { role: 'arn:mapping' } } } }, 'arn:secret'],
      [{ secrets: { AWS_BEDROCK_ROLE_ARN: '' }, needs: { admit: { outputs: { role: 'arn:mapping' } } } }, 'arn:mapping'],
      [{ secrets: {}, needs: { admit: { outputs: { role: '' } } } }, ''],
    ],
    'steps.resolve.outputs.role': [[{ steps: { resolve: { outputs: { role: 'arn:any' } } } }, 'arn:any']],
    'steps.resolve.outputs.region': [[{ steps: { resolve: { outputs: { region: 'us-west-2' } } } }, 'us-west-2']],
    'needs.implement.outputs.region': [[{ needs: { implement: { outputs: { region: 'us-west-2' } } } }, 'us-west-2']],
    'needs.implement.outputs.provider': [[{ needs: { implement: { outputs: { provider: 'bedrock' } } } }, 'bedrock']],
    'needs.implement.outputs.gap-model': [[{ needs: { implement: { outputs: { 'gap-model': 'a/b:c' } } } }, 'a/b:c']],
  }

  test('provider, region, role and model are chosen as SPEC says, in every place', () => {
    const found = valuesOf(/^(PROVIDER|REGION|ROLE|MODEL|role-to-assume|aws-region)$/)
    assert.equal(found.length, 15)
    for (const { name, value } of found) {
      const table = CHOICES[only(value)]
      assert.ok(table, `${name} is chosen by what no test looks at: ${value}`)
      for (const [contexts, expected] of table) assert.equal(evaluate(only(value), contexts), expected, `${name} ${JSON.stringify(contexts)}`)
    }
  })

  test('a step gets the one credential that was resolved, the token before the key', () => {
    const secrets = { CLAUDE_CODE_OAUTH_TOKEN: 'token', ANTHROPIC_API_KEY: 'key' }
    const found = valuesOf(/^(CLAUDE_CODE_OAUTH_TOKEN|ANTHROPIC_API_KEY)$/)
    assert.equal(found.length, 6)
    for (const { name, value } of found) {
      const given = ['oauth-token', 'api-key', 'role', ''].map((auth) =>
        evaluate(only(value), { secrets, steps: { resolve: { outputs: { auth } } }, needs: { implement: { outputs: { auth } } } }),
      )
      assert.deepEqual(given, name.endsWith('_TOKEN') ? ['token', '', '', ''] : ['', 'key', '', ''], name)
    }
  })

  const admitted = (go) => ({ admit: { result: 'success', outputs: { go } } })
  const implemented = (result, outputs = {}) => ({ ...admitted('true'), implement: { result, outputs } })
  const conditionOf = (file, id) => workflows[file].jobs[id].if

  test('nothing runs after a lost fence, not even a report', () => {
    for (const { name, id, if: condition } of jobs.filter(({ file, id }) => file !== 'comment-trigger.yml' && id !== 'admit')) {
      const skipped = { result: 'skipped', outputs: {} }
      const needs = { ...admitted('false'), implement: skipped, publish: skipped, analyse: skipped, plan: skipped }
      assert.equal(holds(condition, { needs }), false, `${name} ${id}`)
    }
  })

  test('nothing is published of work that failed, or that changed nothing', () => {
    const condition = conditionOf('claude-implement.yml', 'publish')
    const cases = [['success', 'true', true], ['success', 'false', false], ['failure', 'true', false], ['cancelled', 'true', false]]
    for (const [result, changed, expected] of cases) {
      const status = result === 'success' ? 'success' : 'failure'
      assert.equal(holds(condition, { needs: implemented(result, { changed }) }, status), expected, `${result} ${changed}`)
    }
  })

  test('a gap analysis follows a published change, and a gap-fill without one', () => {
    const condition = conditionOf('claude-implement.yml', 'analyse')
    const cases = [
      ['implement', 'success', 'success', true], ['implement', 'success', 'skipped', false], ['implement', 'success', 'failure', false],
      ['gap-fill', 'success', 'success', true], ['gap-fill', 'success', 'skipped', true], ['gap-fill', 'success', 'failure', false],
      ['gap-fill', 'failure', 'skipped', false], ['gap-fill', 'skipped', 'skipped', false],
    ]
    for (const [kind, work, publish, expected] of cases) {
      const needs = { ...implemented(work, { kind }), publish: { result: publish, outputs: {} } }
      assert.equal(holds(condition, { needs }), expected, `${kind} ${work} ${publish}`)
      assert.equal(holds(condition, { needs }, 'cancelled'), false)
    }
  })

  test('a report is made however an admitted run went', () => {
    for (const file of NAMES.slice(0, 2)) {
      for (const status of ['success', 'failure', 'cancelled']) assert.equal(holds(conditionOf(file, 'report'), { needs: admitted('true') }, status), true)
    }
  })

  test('what cleans up and what is handed over doesn\'t ask how the work went', () => {
    const late = steps.filter(({ step }) => /teardown|Hand the (patch|plan) over/.test(step.name))
    assert.equal(late.length, 4)
    for (const { name, step } of late) {
      const done = { steps: { setup: { outcome: 'success' }, agent: { outcome: 'failure' } } }
      const never = { steps: { setup: { outcome: 'skipped' }, agent: { outcome: 'skipped' } } }
      assert.deepEqual([holds(step.if, done, 'failure'), holds(step.if, done, 'cancelled'), holds(step.if, never, 'failure')], [true, true, false], name)
    }
  })

  test('a comment starts one of the two jobs, and only a person\'s command does', () => {
    const ran = (body, type, url) =>
      ['forward', 'alone'].filter((id) => holds(conditionOf('comment-trigger.yml', id), { github: { event: { comment: { body, user: { type } } } }, vars: url ? { AI_IMPLEMENT_URL: url } : {} }))
    assert.deepEqual(ran('/ai-implement', 'User', 'https://x'), ['forward'])
    assert.deepEqual(ran('/ai-implement', 'User', ''), ['alone'])
    // Three spaces are let through, four make it code.
    assert.deepEqual([ran('   /ai-implement', 'User', ''), ran('    /ai-implement', 'User', '')], [['alone'], []])
    assert.deepEqual([ran('/ai-implement', 'Bot', ''), ran('see /ai-implement', 'User', ''), ran('/ai-implement', 'Bot', 'https://x')], [[], [], []])
  })

  test('every condition is one that a test here looks at', () => {
    const looked = [
      ...jobs.map(({ if: condition }) => condition),
      ...exchanges.map(({ step }) => step.if),
      ...steps.filter(({ step }) => /teardown|Hand the (patch|plan) over/.test(step.name)).map(({ step }) => step.if),
      // The analysis and its artefact: an open pull request, as at the exchange.
      "steps.read.outputs.open == 'true'",
    ]
    const conditions = [...jobs.map(({ if: condition }) => condition), ...steps.map(({ step }) => step.if)].filter(Boolean)
    assert.deepEqual(conditions.filter((condition) => !looked.includes(condition)), [])
  })

})
