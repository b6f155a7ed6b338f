// The guide's way from nothing to a repository on Bedrock, as it stands in infra/target-repo/README.md, carried out.
//
// Owns the proof that its commands work one after the other, and that the role which comes of them is right. GitHub and the
// control plane are stubs that write down what they are told; Bedrock knows profiles of three kinds; IAM is the local AWS.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ACCOUNT, REGION, startLocalAws } from './local_aws.mjs'
import { MODEL, may, modelArn, policiesOf, profileArn, through } from './role.mjs'
import { json, serve } from './server.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const APPLICATION = `arn:aws:bedrock:${REGION}:${ACCOUNT}:application-inference-profile/abc123`
const REGIONS = ['us-east-1', 'us-east-2', 'us-west-2']
const PROFILES = {
  [`us.${MODEL}`]: { arn: profileArn(`us.${MODEL}`), regions: REGIONS },
  [`global.${MODEL}`]: { arn: profileArn(`global.${MODEL}`), regions: [REGION, ''] },
  [APPLICATION]: { arn: APPLICATION, regions: REGIONS },
}
const REPOSITORY = { owner: { login: 'You', id: 1234 }, name: 'Yours', id: 5678, default_branch: 'trunk' }

const ANSWER = {
  output: { message: { role: 'assistant', content: [{ text: 'Hello' }] } },
  stopReason: 'end_turn', usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 }, metrics: { latencyMs: 1 },
}

let local, world, folder, provider
before(async () => {
  local = await startLocalAws()
  // An account that has it already: the local AWS can't make one by a template.
  ;({ OpenIDConnectProviderArn: provider } = await local.aws(
    'iam', 'create-open-id-connect-provider', '--url', 'https://token.actions.githubusercontent.com', '--client-id-list', 'sts.amazonaws.com',
  ))
  folder = mkdtempSync(join(tmpdir(), 'guide-'))
  world = await startWorld()
})
after(async () => {
  await Promise.all([local?.close(), world?.close()])
  rmSync(folder, { recursive: true, force: true })
})

/** Bedrock, and a control plane that writes down what it is told. */
async function startWorld() {
  const told = []
  const server = await serve(({ method, path, body, headers }, response) => {
    const [, id] = /^\/inference-profiles\/(.+)$/.exec(path) ?? []
    if (id !== undefined) return answerProfile(response, PROFILES[decodeURIComponent(id)])
    if (path === '/inference-profiles') return json(response, 200, { inferenceProfileSummaries: [] })
    if (path.endsWith('/converse')) return json(response, 200, ANSWER)
    told.push({ method, path, body, bearer: headers.authorization })
    json(response, 200, {})
  })
  return { url: server.url, told, close: server.close }
}

function answerProfile(response, profile) {
  if (profile === undefined) return json(response, 404, { message: 'no such profile' }, { 'x-amzn-errortype': 'ResourceNotFoundException' })
  json(response, 200, {
    inferenceProfileArn: profile.arn, inferenceProfileId: profile.arn.split('/').at(-1), inferenceProfileName: 'x', status: 'ACTIVE', type: 'APPLICATION',
    models: profile.regions.map((region) => ({ modelArn: modelArn(MODEL, region) })),
  })
}

/** The commands of the guide's part about Bedrock, up to the first run. */
function commands() {
  const guide = readFileSync(join(ROOT, 'infra/target-repo/README.md'), 'utf8')
  const part = /\n## On AWS Bedrock\n([\s\S]*?)\n### /.exec(guide)[1]
  return [...part.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)].map(([, block]) => block.replace(/^ {3}/gm, '')).join('\n')
}

/** Carries the guide out for a profile, in a plain shell; what GitHub was told. */
async function follow(profile) {
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  const log = join(folder, 'gh.log')
  writeFileSync(log, '')
  writeFileSync(join(bin, 'gh'), ghStub(log))
  chmodSync(join(bin, 'gh'), 0o755)
  const script = commands().replace(/^profile=.*$/m, `profile=${profile}`)
  assert.ok(script.includes(`profile=${profile}\n`))
  const env = {
    PATH: `${bin}:${process.env.PATH}`, HOME: folder, AWS_ACCESS_KEY_ID: ACCOUNT, AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: local.endpoint, AWS_ENDPOINT_URL_BEDROCK: world.url, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: world.url,
    api: world.url, token: 'a-session', NO_PROXY: '127.0.0.1',
  }
  await promisify(execFile)('sh', ['-eu', '-c', script], { cwd: ROOT, env })
  return readFileSync(log, 'utf8').trimEnd().split('\n')
}

/** Knows one repository by its old letters, as GitHub does, and takes secrets and variables. */
const ghStub = (log) => `#!/usr/bin/env node
const [verb, ...rest] = process.argv.slice(2)
if (verb === 'api' && rest[0] === 'repos/you/yours' && rest[1] === '--jq') {
  console.log(rest[2].slice(1).split('.').reduce((value, name) => value[name], ${JSON.stringify(REPOSITORY)}))
} else {
  const stdin = verb === 'secret' ? require('node:fs').readFileSync(0, 'utf8').trim() : ''
  require('node:fs').appendFileSync(${JSON.stringify(log)}, [verb, ...rest, stdin].join(' ').trim() + '\\n')
}
`

async function roleOf(secret) {
  const [, arn] = /^secret set AWS_BEDROCK_ROLE_ARN --repo you\/yours (arn:aws:iam::\d{12}:role\/\S+)$/.exec(secret) ?? assert.fail(secret)
  const { Role: role } = await local.aws('iam', 'get-role', '--role-name', arn.split('/').at(-1))
  return { trust: role.AssumeRolePolicyDocument.Statement, policies: await policiesOf(local, arn), arn }
}

// One stack for all of them, so that the later ones also show that it can be deployed again.
for (const [profile, { arn, regions }] of Object.entries(PROFILES)) {
  test(`the guide leads to a role for ${profile}`, async () => {
    world.told.length = 0
    const [secret, ...variables] = await follow(profile)
    const role = await roleOf(secret)

    assert.deepEqual(role.trust.map(({ Condition: condition }) => condition), [{
      StringEquals: {
        'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
        'token.actions.githubusercontent.com:sub': ['repo:You/Yours:ref:refs/heads/trunk', 'repo:You@1234/Yours@5678:ref:refs/heads/trunk'],
      },
    }])
    assert.equal(role.trust[0].Principal.Federated, provider)
    for (const action of ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream']) {
      assert.equal(await may(role, action, arn), true)
      for (const region of [...REGIONS, '', 'eu-west-1']) {
        assert.equal(await may(role, action, modelArn(MODEL, region), through(arn)), regions.includes(region), `${action} in '${region}'`)
      }
    }
    assert.deepEqual(world.told, [
      { method: 'PUT', path: '/api/mappings/you/yours', body: { provider: 'bedrock', awsRegion: REGION }, bearer: 'Bearer a-session' },
      { method: 'POST', path: '/api/mappings/you/yours/sync', body: undefined, bearer: 'Bearer a-session' },
    ])
    assert.deepEqual(variables, [
      `variable set AI_IMPLEMENT_URL --repo you/yours --body ${world.url}`,
      'variable set AI_IMPLEMENT_PROVIDER --repo you/yours --body bedrock',
      `variable set AI_IMPLEMENT_AWS_REGION --repo you/yours --body ${REGION}`,
    ])
  })
}
