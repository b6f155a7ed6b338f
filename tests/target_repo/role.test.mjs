// Who becomes the role that infra/bedrock-oidc-role.yaml makes, and what it may call, as deployed.
//
// Owns the proof of both. Trust is judged by the local AWS. It asks neither for a token's signature and expiry, nor whether
// the provider exists and knows the audience, nor for the longest session: those are AWS's own matter, and no policy's.
// Permissions are judged by a simulator, on the policies that the deployed role has.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ACCOUNT, REGION, startLocalAws } from './local_aws.mjs'
import { INVOKE, MODEL, PROFILE, deploy, deployWithPolicies, may, modelArn, prepareAll, prepared, profileArn, through } from './role.mjs'

const ISSUER = 'https://token.actions.githubusercontent.com'
const REPOSITORY = 'repo:octo/target'
const IMMUTABLE = 'repo:octo@42/target@4711'
const GAP_MODEL = 'anthropic.claude-haiku-4-5-20251001-v1:0'

let local
before(async () => {
  local = await startLocalAws()
  prepareAll()
})
after(() => local?.close())

/** Whether a run with such a token becomes the role. */
async function becomes(role, claims) {
  const whole = { iss: ISSUER, aud: 'sts.amazonaws.com', exp: Math.floor(Date.now() / 1000) + 300, ...claims }
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const { status, text } = await local.query('sts', {
    Action: 'AssumeRoleWithWebIdentity', Version: '2011-06-15', RoleArn: role, RoleSessionName: 'run',
    WebIdentityToken: `${part({ alg: 'RS256' })}.${part(whole)}.c2lnbmF0dXJl`,
  })
  if (status === 200) return /<AccessKeyId>/.test(text)
  assert.match(text, /AccessDenied/, `not a refusal: ${status} ${text}`)
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

const MAIN = 'ref:refs/heads/main'

describe('a role for the default branch', () => {
  trusts(
    prepared(() => deploy(local, { OwnerId: '42', RepositoryId: '4711' })),
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
    prepared(() => deploy(local, { OwnerId: '42', RepositoryId: '4711', Environment: 'claude' })),
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
  trusts(prepared(() => deploy(local, {})), { 'the legacy form': { sub: `${REPOSITORY}:${MAIN}` } }, { 'the immutable form': { sub: `${IMMUTABLE}:${MAIN}` } })
})

describe('a role for the whole repository', () => {
  trusts(
    prepared(() => deploy(local, { TrustForm: 'repository' })),
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

function permits(parameters, { allowed, refused }) {
  const role = prepared(() => deployWithPolicies(local, parameters))
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
      ['bedrock:GetInferenceProfile', profileArn(PROFILE)],
      ...INVOKE.flatMap((action) => [
        [action, profileArn(PROFILE)],
        ...['us-east-1', 'us-east-2', 'us-west-2'].map((region) => [action, modelArn(MODEL, region), through(profileArn(PROFILE))]),
      ]),
    ],
    refused: [
      ...INVOKE.flatMap((action) => [
        [action, modelArn(MODEL, 'us-west-2')],
        [action, modelArn(MODEL, 'eu-west-1'), through(profileArn(PROFILE))],
        [action, modelArn(MODEL, ''), through(profileArn(PROFILE))],
        [action, modelArn(MODEL, 'us-west-2'), through(profileArn('us.anthropic.claude-opus-4-1'))],
        [action, modelArn('anthropic.claude-opus-4-1', 'us-west-2'), through(profileArn(PROFILE))],
        [action, modelArn(`${MODEL}-v2`, 'us-west-2'), through(profileArn(PROFILE))],
        [action, profileArn('us.anthropic.claude-opus-4-1')],
        [action, profileArn(PROFILE, 'us-east-1')],
      ]),
      ['bedrock:GetInferenceProfile', profileArn('us.anthropic.claude-opus-4-1')],
      ['bedrock:DeleteInferenceProfile', profileArn(PROFILE).replace(':inference', ':application-inference')],
      ['bedrock:CreateModelInvocationJob', modelArn(MODEL, 'us-west-2')],
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
  permits({ InferenceProfileArn: profileArn(id), DestinationRegions: `${REGION},global` }, {
    allowed: INVOKE.flatMap((action) => [
      [action, profileArn(id)],
      [action, modelArn(MODEL, REGION), through(profileArn(id))],
      [action, modelArn(MODEL, ''), through(profileArn(id))],
    ]),
    refused: INVOKE.flatMap((action) => [
      [action, modelArn(MODEL, '')],
      [action, modelArn(MODEL, 'us-east-1'), through(profileArn(id))],
      [action, modelArn(MODEL, ''), through(profileArn(PROFILE))],
      [action, modelArn('anthropic.claude-opus-4-1', ''), through(profileArn(id))],
    ]),
  })
})

describe('with a model by itself and another for the gaps, the role', () => {
  permits({ InferenceProfileArn: '', DestinationRegions: REGION, GapModel: GAP_MODEL }, {
    allowed: INVOKE.flatMap((action) => [[action, modelArn(MODEL, REGION)], [action, modelArn(GAP_MODEL, REGION)]]),
    refused: INVOKE.flatMap((action) => [[action, modelArn(MODEL, 'us-east-1')], [action, profileArn(PROFILE)]]),
  })
})

describe('with a profile for each of two models, the role', () => {
  const gap = profileArn(`us.${GAP_MODEL}`)
  permits({ GapModel: GAP_MODEL, GapInferenceProfileArn: gap }, {
    allowed: INVOKE.flatMap((action) => [[action, gap], [action, modelArn(GAP_MODEL, 'us-east-1'), through(gap)], [action, profileArn(PROFILE)]]),
    refused: INVOKE.flatMap((action) => [
      [action, modelArn(GAP_MODEL, 'us-east-1')],
      [action, modelArn(GAP_MODEL, 'us-east-1'), through(profileArn(PROFILE))],
      [action, modelArn(MODEL, 'us-east-1'), through(gap)],
    ]),
  })
})

describe('with an application\'s own profile, the role', () => {
  const arn = `arn:aws:bedrock:${REGION}:${ACCOUNT}:application-inference-profile/abc123`
  permits({ InferenceProfileArn: arn }, {
    allowed: [
      ['bedrock:GetInferenceProfile', arn],
      ...INVOKE.flatMap((action) => [[action, arn], [action, modelArn(MODEL, 'us-east-1'), through(arn)]]),
    ],
    refused: INVOKE.map((action) => [action, profileArn(PROFILE)]),
  })
})

describe('whatever it is for, the role', () => {
  const everything = prepared(() =>
    deployWithPolicies(local, { GapModel: GAP_MODEL, GapInferenceProfileArn: profileArn(`us.${GAP_MODEL}`), MaxSessionSeconds: '7201' }))

  test('allows four actions by their names, and denies nothing', async () => {
    const statements = (await everything()).policies.flatMap(({ policy }) => policy.Statement)
    assert.deepEqual([...new Set(statements.flatMap(({ Action: actions }) => actions))].sort(), [
      'bedrock:GetInferenceProfile', 'bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream', 'bedrock:ListInferenceProfiles',
    ])
    assert.ok(statements.every(({ Effect: effect, NotAction: not, NotResource: nor }) => effect === 'Allow' && not === undefined && nor === undefined))
  })

  test('names what it may call in full, where a call can be named', async () => {
    const statements = (await everything()).policies.flatMap(({ policy }) => policy.Statement)
    const wide = statements.filter(({ Resource: resources }) => /[*?]/.test(JSON.stringify(resources)))
    assert.deepEqual(wide.map(({ Action: actions }) => actions), ['bedrock:ListInferenceProfiles'])
  })

  test('has sessions as long as it was made for', async () => {
    const { Role: role } = await local.aws('iam', 'get-role', '--role-name', (await everything()).arn.split('/').at(-1))
    assert.equal(role.MaxSessionDuration, 7201)
  })
})

describe('the template refuses', () => {
  const refuses = (name, parameters, reason) => {
    const deployment = prepared(() => deploy(local, parameters))
    test(name, () => assert.rejects(deployment, reason))
  }
  refuses('one id without the other', { OwnerId: '42' }, /OwnerId and RepositoryId go together/)
  refuses('a region that is none', { DestinationRegions: 'us-west-2,us-*' }, /DestinationRegions are regions of AWS/)
  refuses('a model for all models', { Model: 'anthropic.*' }, /Model is the id of a foundation model/)
  refuses('a profile for all profiles', { InferenceProfileArn: `${profileArn('*')}` }, /InferenceProfileArn is an inference profile's ARN/)
  refuses('a repository for all repositories', { RepositoryName: '*' }, /RepositoryName is a repository's name/)
  refuses('a branch for all branches', { Branch: '*' }, /Branch is a branch's name/)
  refuses('another issuer\'s provider', { OidcProviderArn: `arn:aws:iam::${ACCOUNT}:oidc-provider/example.com` }, /OidcProviderArn is the ARN/)
})
