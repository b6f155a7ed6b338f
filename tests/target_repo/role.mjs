// The role that infra/bedrock-oidc-role.yaml makes: deployed to a local AWS, read back from there, and asked what it may call.
//
// Owns the deployment as the guide tells of it, and the simulator's judgement of the deployed policies. Never looks into the
// template.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { ACCOUNT, REGION } from './local_aws.mjs'

const require = createRequire(new URL('../tools/package.json', import.meta.url))
const { runSimulation } = require('@cloud-copilot/iam-simulate')

const TEMPLATE = fileURLToPath(new URL('../../infra/bedrock-oidc-role.yaml', import.meta.url))

export const MODEL = 'anthropic.claude-sonnet-4-6'
export const PROFILE = `us.${MODEL}`
export const INVOKE = ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream']

export const modelArn = (id, region) => `arn:aws:bedrock:${region}::foundation-model/${id}`
export const profileArn = (id, region = REGION) => `arn:aws:bedrock:${region}:${ACCOUNT}:inference-profile/${id}`
/** The context of a call that a profile makes of a model. */
export const through = (arn) => ({ 'bedrock:InferenceProfileArn': arn })

const USUAL = {
  RepositoryOwner: 'octo',
  RepositoryName: 'target',
  // The local AWS has no such resource in a template; its trust asks for the ARN only.
  OidcProviderArn: `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`,
  Model: MODEL,
  InferenceProfileArn: profileArn(PROFILE),
  DestinationRegions: 'us-east-1,us-east-2,us-west-2',
}

let stacks = 0

/** Deploys the template as its guide says; the role's ARN. */
export async function deploy(local, parameters = {}) {
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

/** A deployed role with every policy that it has. */
export async function deployWithPolicies(local, parameters) {
  const arn = await deploy(local, parameters)
  return { arn, policies: await policiesOf(local, arn) }
}

export async function policiesOf(local, arn) {
  const ask = async (action, more = {}) => {
    const { status, text } = await local.query('iam', { Action: action, Version: '2010-05-08', RoleName: arn.split('/').at(-1), ...more })
    assert.equal(status, 200, text)
    return (element) => [...text.matchAll(new RegExp(`<${element}>([^<]+)</${element}>`, 'g'))].map(([, value]) => value)
  }
  assert.deepEqual((await ask('ListAttachedRolePolicies'))('PolicyArn'), [], 'policies that nobody here reads')
  const names = (await ask('ListRolePolicies'))('member')
  return Promise.all(names.map(async (name) => {
    const [document] = (await ask('GetRolePolicy', { PolicyName: name }))('PolicyDocument')
    return { name, policy: JSON.parse(decodeURIComponent(document)) }
  }))
}

const preparations = []

/** Something that many tests need. */
export function prepared(make) {
  let made
  preparations.push(() => (made ??= make()))
  return preparations.at(-1)
}

/** Makes it all at once: each waits for the AWS CLI most of its time. Whoever needs one meets its failure. */
export function prepareAll() {
  for (const prepare of preparations) prepare().catch(() => {})
}

// The simulator knows no model without a region: for it, in the policies as in the requests, the empty one has a name.
const withNamedRegion = (value) => JSON.parse(JSON.stringify(value).replaceAll('bedrock:::', 'bedrock:nowhere-1::'))

/** Whether IAM lets a role make a call. */
export async function may({ arn, policies }, action, resource, context = {}) {
  const answer = await runSimulation(
    {
      request: { action, resource: { resource: withNamedRegion(resource), accountId: ACCOUNT }, principal: arn, contextVariables: context },
      identityPolicies: withNamedRegion(policies),
      serviceControlPolicies: [], resourceControlPolicies: [], vpcEndpointPolicies: [],
    },
    {},
  )
  assert.notEqual(answer.resultType, 'error', JSON.stringify(answer))
  return answer.overallResult === 'Allowed'
}
