// Who becomes the role that infra/bedrock-oidc-role.yaml makes, and what it may call, as deployed.
//
// Owns the proof of both. Trust is judged by the local AWS, which does not check a token's signature: that is AWS's own
// matter, and no policy's. Permissions are judged by a simulator, on the policies that the deployed role has.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ACCOUNT, REGION, startLocalAws } from './local_aws.mjs'

const require = createRequire(new URL('../tools/package.json', import.meta.url))
const { runSimulation } = require('@cloud-copilot/iam-simulate')

const TEMPLATE = fileURLToPath(new URL('../../infra/bedrock-oidc-role.yaml', import.meta.url))
const ISSUER = 'https://token.actions.githubusercontent.com'
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`
const REPOSITORY = 'repo:octo/target'
const IMMUTABLE = 'repo:octo@42/target@4711'
const MODEL = 'anthropic.claude-sonnet-4-6'
const PROFILE = `us.${MODEL}`
const GAP_MODEL = 'anthropic.claude-haiku-4-5-20251001-v1:0'

const USUAL = {
  RepositoryOwner: 'octo',
  RepositoryName: 'target',
  OidcProviderArn: PROVIDER,
  Model: MODEL,
  InferenceProfileArn: `arn:aws:bedrock:${REGION}:${ACCOUNT}:inference-profile/${PROFILE}`,
  DestinationRegions: 'us-east-1,us-east-2,us-west-2',
}

let local
const preparations = []
before(async () => {
  local = await startLocalAws()
  // All at once: each waits for the AWS CLI most of its time. Whoever needs one meets its failure.
  for (const prepare of preparations) prepare().catch(() => {})
})
after(() => local?.close())

let stacks = 0

/** Deploys the template as its guide says; the role's ARN. */
async function deploy(parameters) {
  stacks += 1
  const stack = `role-${stacks}`
  const overrides = Object.entries({ ...USUAL, ...parameters }).map(([name, value]) => `${name}=${value}`)
  await local.aws(
    'cloudformation', 'deploy', '--stack-name', stack, '--template-file', TEMPLATE,
    '--capabilities', 'CAPABILITY_IAM', 'CAPABILITY_AUTO_EXPAND', '--parameter-overrides', ...overrides,
  )
  const { Stacks: [{ Outputs: outputs }] } = await local.aws('cloudformation', 'describe-stacks', '--stack-name', stack)
  return outputs.find(({ OutputKey: key }) => key === 'RoleArn').OutputValue
}

/** Whether a run with such a token becomes the role. */
async function becomes(role, claims) {
  const whole = { iss: ISSUER, aud: 'sts.amazonaws.com', exp: Math.floor(Date.now() / 1000) + 300, ...claims }
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const form = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity', Version: '2011-06-15', RoleArn: role, RoleSessionName: 'run',
    WebIdentityToken: `${part({ alg: 'RS256' })}.${part(whole)}.c2lnbmF0dXJl`,
  })
  const answer = await fetch(local.endpoint, {
    method: 'POST',
    body: form,
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${ACCOUNT}/20260101/${REGION}/sts/aws4_request, SignedHeaders=host, Signature=0` },
  })
  const text = await answer.text()
  if (answer.status === 200) return /<AccessKeyId>/.test(text)
  assert.match(text, /AccessDenied/, `not a refusal: ${answer.status} ${text}`)
  return false
}

function trusts(role, allowed, refused) {
  for (const [name, claims] of Object.entries(allowed)) {
    test(`lets in ${name}`, async () => assert.equal(await becomes(await role(), claims), true))
  }
  for (const [name, claims] of Object.entries(refused)) {
    test(`refuses ${name}`, async () => assert.equal(await becomes(await role(), claims), false))
  }
}

/** Something that many tests need, made at the beginning. */
function prepared(make) {
  let made
  preparations.push(() => (made ??= make()))
  return preparations.at(-1)
}

const MAIN = 'ref:refs/heads/main'

describe('a role for the default branch', () => {
  trusts(
    prepared(() => deploy({ OwnerId: '42', RepositoryId: '4711' })),
    {
      'the branch, in the legacy form': { sub: `${REPOSITORY}:${MAIN}` },
      'the branch, in the immutable form': { sub: `${IMMUTABLE}:${MAIN}` },
    },
    {
      'another repository': { sub: `repo:octo/other:${MAIN}` },
      'a repository whose name begins like it': { sub: `repo:octo/target-2:${MAIN}` },
      'the same name with another owner': { sub: `repo:mallory/target:${MAIN}` },
      'the same names with other ids': { sub: `repo:octo@43/target@4711:${MAIN}` },
      'a name that was given to another repository': { sub: `repo:octo@42/target@4712:${MAIN}` },
      'a pull request': { sub: `${REPOSITORY}:pull_request` },
      'another branch': { sub: `${REPOSITORY}:ref:refs/heads/main-2` },
      'a tag': { sub: `${REPOSITORY}:ref:refs/tags/main` },
      'an environment': { sub: `${REPOSITORY}:environment:main` },
      'another audience': { sub: `${REPOSITORY}:${MAIN}`, aud: 'https://github.com/octo' },
      'another issuer': { sub: `${REPOSITORY}:${MAIN}`, iss: 'https://token.actions.example.com' },
      'an issuer whose address only begins like it': { sub: `${REPOSITORY}:${MAIN}`, iss: `${ISSUER}/octo` },
      'a token without a subject': {},
    },
  )
})

describe('a role for an environment', () => {
  trusts(
    prepared(() => deploy({ OwnerId: '42', RepositoryId: '4711', Environment: 'claude' })),
    {
      'the environment, in the legacy form': { sub: `${REPOSITORY}:environment:claude` },
      'the environment, in the immutable form': { sub: `${IMMUTABLE}:environment:claude` },
    },
    {
      'the branch without it': { sub: `${REPOSITORY}:${MAIN}` },
      'another environment': { sub: `${REPOSITORY}:environment:claude2` },
    },
  )
})

describe('a role without the ids', () => {
  trusts(prepared(() => deploy({})), { 'the legacy form': { sub: `${REPOSITORY}:${MAIN}` } }, { 'the immutable form': { sub: `${IMMUTABLE}:${MAIN}` } })
})

describe('a role for the whole repository', () => {
  trusts(
    prepared(() => deploy({ TrustForm: 'repository' })),
    {
      'a branch': { sub: `${REPOSITORY}:ref:refs/heads/feature` },
      'a tag': { sub: `${REPOSITORY}:ref:refs/tags/v1` },
      'a pull request': { sub: `${REPOSITORY}:pull_request` },
      'an environment': { sub: `${REPOSITORY}:environment:production` },
    },
    {
      'the immutable form': { sub: `${IMMUTABLE}:${MAIN}` },
      'another repository': { sub: `repo:octo/other:${MAIN}` },
      'a repository whose name begins like it': { sub: `repo:octo/target-2:${MAIN}` },
      'another audience': { sub: `${REPOSITORY}:${MAIN}`, aud: 'sts.amazonaws.com.example.com' },
      'another issuer': { sub: `${REPOSITORY}:${MAIN}`, iss: 'https://example.com' },
    },
  )
})

/** Every policy of a deployed role. */
async function policiesOf(role) {
  const name = role.split('/').at(-1)
  const { PolicyNames: names } = await local.aws('iam', 'list-role-policies', '--role-name', name)
  return Promise.all(names.map(async (policy) => {
    const { PolicyDocument: document } = await local.aws('iam', 'get-role-policy', '--role-name', name, '--policy-name', policy)
    return { name: policy, policy: typeof document === 'string' ? JSON.parse(document) : document }
  }))
}

// The simulator knows no model without a region: for it, in the policies as in the requests, the empty one has a name.
const withNamedRegion = (value) => JSON.parse(JSON.stringify(value).replaceAll('bedrock:::', 'bedrock:nowhere-1::'))

async function may({ arn, policies }, action, resource, context = {}) {
  const answer = await runSimulation(
    {
      request: { action, resource: { resource: withNamedRegion(resource), accountId: ACCOUNT }, principal: arn, contextVariables: context },
      identityPolicies: withNamedRegion(policies),
      serviceControlPolicies: [], resourceControlPolicies: [], vpcEndpointPolicies: [],
    },
    {},
  )
  assert.equal(answer.resultType === 'error', false, JSON.stringify(answer))
  return answer.overallResult === 'Allowed'
}

const model = (id, region) => `arn:aws:bedrock:${region}::foundation-model/${id}`
const profile = (id, region = REGION) => `arn:aws:bedrock:${region}:${ACCOUNT}:inference-profile/${id}`
const INVOKE = ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream']
const through = (id) => ({ 'bedrock:InferenceProfileArn': profile(id) })

function permits(parameters, { allowed, refused }) {
  const role = prepared(async () => {
    const arn = await deploy(parameters)
    return { arn, policies: await policiesOf(arn) }
  })
  for (const [yes, calls] of [[true, allowed], [false, refused]]) {
    for (const [action, resource, context] of calls) {
      test(`${yes ? 'may' : 'may not'} ${action} on ${resource.split(':').slice(3).join(':')}${context ? ' through its profile' : ''}`, async () => {
        assert.equal(await may(await role(), action, resource, context), yes)
      })
    }
  }
}

describe('with a profile for three regions, the role', () => {
  permits({}, {
    allowed: [
      ['bedrock:ListInferenceProfiles', '*'],
      ['bedrock:GetInferenceProfile', profile(PROFILE)],
      ...INVOKE.flatMap((action) => [
        [action, profile(PROFILE)],
        ...['us-east-1', 'us-east-2', 'us-west-2'].map((region) => [action, model(MODEL, region), through(PROFILE)]),
      ]),
    ],
    refused: [
      ...INVOKE.flatMap((action) => [
        [action, model(MODEL, 'us-west-2')],
        [action, model(MODEL, 'eu-west-1'), through(PROFILE)],
        [action, model(MODEL, ''), through(PROFILE)],
        [action, model(MODEL, 'us-west-2'), through('us.anthropic.claude-opus-4-1')],
        [action, model('anthropic.claude-opus-4-1', 'us-west-2'), through(PROFILE)],
        [action, model(`${MODEL}-v2`, 'us-west-2'), through(PROFILE)],
        [action, profile('us.anthropic.claude-opus-4-1')],
        [action, profile(PROFILE, 'us-east-1')],
      ]),
      ['bedrock:GetInferenceProfile', profile('us.anthropic.claude-opus-4-1')],
      ['bedrock:DeleteInferenceProfile', profile(PROFILE).replace(':inference', ':application-inference')],
      ['bedrock:CreateModelInvocationJob', model(MODEL, 'us-west-2')],
      ['bedrock:PutModelInvocationLoggingConfiguration', '*'],
      ['bedrock:ListFoundationModels', '*'],
      ['s3:GetObject', 'arn:aws:s3:::bucket/key'],
      ['sts:AssumeRole', `arn:aws:iam::${ACCOUNT}:role/other`],
      ['iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/other`],
    ],
  })
})

describe('with a global profile, the role', () => {
  const id = `global.${MODEL}`
  permits({ InferenceProfileArn: profile(id), DestinationRegions: `${REGION},global` }, {
    allowed: INVOKE.flatMap((action) => [
      [action, profile(id)],
      [action, model(MODEL, REGION), through(id)],
      [action, model(MODEL, ''), through(id)],
    ]),
    refused: INVOKE.flatMap((action) => [
      [action, model(MODEL, '')],
      [action, model(MODEL, 'us-east-1'), through(id)],
      [action, model(MODEL, ''), through(PROFILE)],
      [action, model('anthropic.claude-opus-4-1', ''), through(id)],
    ]),
  })
})

describe('with a model by itself and another for the gaps, the role', () => {
  permits({ InferenceProfileArn: '', DestinationRegions: REGION, GapModel: GAP_MODEL }, {
    allowed: INVOKE.flatMap((action) => [[action, model(MODEL, REGION)], [action, model(GAP_MODEL, REGION)]]),
    refused: INVOKE.flatMap((action) => [[action, model(MODEL, 'us-east-1')], [action, profile(PROFILE)]]),
  })
})

describe('with an application\'s own profile, the role', () => {
  const arn = `arn:aws:bedrock:${REGION}:${ACCOUNT}:application-inference-profile/abc123`
  permits({ InferenceProfileArn: arn }, {
    allowed: INVOKE.flatMap((action) => [[action, arn], [action, model(MODEL, 'us-east-1'), { 'bedrock:InferenceProfileArn': arn }]]),
    refused: INVOKE.map((action) => [action, profile(PROFILE)]),
  })
})
