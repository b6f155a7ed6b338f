// What the real Claude Code calls on Bedrock, and whether the deployed role lets it.
//
// Owns the proof that the role's permissions are enough, and that each of them is needed: every call is judged as IAM would,
// before the scripted model answers it. Which regions a profile sends a call to nobody can choose: all of them must be allowed.

import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ACCOUNT, REGION, startLocalAws } from './local_aws.mjs'
import { startModel } from './model.mjs'
import { MODEL, PROFILE, deployWithPolicies, may, modelArn, prepareAll, prepared, profileArn, through } from './role.mjs'
import { json, serve } from './server.mjs'

const REGIONS = ['us-east-1', 'us-east-2', 'us-west-2']
const APPLICATION = `arn:aws:bedrock:${REGION}:${ACCOUNT}:application-inference-profile/abc123`
// One that Claude Code asks after by itself, whichever model it was given.
const KNOWN_MODEL = 'anthropic.claude-sonnet-4-5-20250929-v1:0'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const place = mkdtempSync(join(tmpdir(), 'calls-'))
// In a target repository the program finds its packages beside itself.
cpSync(here('../../infra/target-repo/program'), place, { recursive: true })
symlinkSync(here('../tools/node_modules'), join(place, 'node_modules'))
const { letWork } = await import(pathToFileURL(join(place, 'lib/agent.mjs')).href)

let local
before(async () => {
  local = await startLocalAws()
  prepareAll()
})
after(async () => {
  await local?.close()
  rmSync(place, { recursive: true, force: true })
})

/** A Bedrock that lets through what a role may call. `calls` grows with each. */
async function startGuardedBedrock(role, regions) {
  const model = await startModel()
  const calls = []
  const server = await serve(async (request, response) => {
    const call = callOf(request)
    const needs = needsOf(call, regions)
    const isAllowed = (await Promise.all(needs.map(([resource, context]) => may(role, call.action, resource, context)))).every(Boolean)
    calls.push({ ...call, isAllowed })
    if (!isAllowed) {
      const message = `The role is not authorized to perform: ${call.action}`
      return json(response, 403, { message }, { 'x-amzn-errortype': 'AccessDeniedException' })
    }
    if (call.action === 'bedrock:GetInferenceProfile') return json(response, 200, profileOf(call.id, regions))
    const answer = await fetch(model.url + request.path, { method: request.method, body: request.method === 'POST' ? request.bytes : undefined })
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') })
    response.end(Buffer.from(await answer.arrayBuffer()))
  })
  return { url: server.url, calls, close: () => Promise.all([server.close(), model.close()]) }
}

function callOf({ method, path }) {
  const [, id, operation] = /^\/model\/([^/]+)\/(invoke|invoke-with-response-stream)$/.exec(path) ?? []
  if (method === 'POST' && id !== undefined) {
    const action = operation === 'invoke' ? 'bedrock:InvokeModel' : 'bedrock:InvokeModelWithResponseStream'
    return { action, id: decodeURIComponent(id) }
  }
  const [, profile] = /^\/inference-profiles(?:\/([^/]+))?$/.exec(path) ?? assert.fail(`an unknown call of Bedrock: ${method} ${path}`)
  return profile === undefined
    ? { action: 'bedrock:ListInferenceProfiles' }
    : { action: 'bedrock:GetInferenceProfile', id: decodeURIComponent(profile) }
}

/** What IAM judges for a call: the profile, and the model behind it wherever it may end up. */
function needsOf({ action, id }, regions) {
  if (id === undefined) return [['*']]
  if (id.startsWith('anthropic.')) return [[modelArn(id, REGION)]]
  const profile = id.startsWith('arn:') ? id : profileArn(id)
  if (action === 'bedrock:GetInferenceProfile') return [[profile]]
  return [[profile], ...regions.map((region) => [modelArn(modelBehind(profile), region), through(profile)])]
}

const modelBehind = (profile) => (profile === APPLICATION ? MODEL : profile.replace(/^.*\/[a-z]+\./, ''))

const profileOf = (arn, regions) => ({
  inferenceProfileArn: arn,
  inferenceProfileId: arn.split('/').at(-1),
  inferenceProfileName: 'target',
  status: 'ACTIVE',
  type: 'APPLICATION',
  models: regions.map((region) => ({ modelArn: modelArn(modelBehind(arn), region) })),
})

/** Lets Claude Code work as a run does, and tells what it called of Bedrock. */
async function work(role, { model, regions }) {
  const bedrock = await startGuardedBedrock(role, regions)
  Object.assign(process.env, {
    RUNNER_TEMP: mkdtempSync(join(place, 'run-')),
    ANTHROPIC_BEDROCK_BASE_URL: bedrock.url,
    CLAUDE_CODE_MAX_RETRIES: '0',
  })
  const credentials = { AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'example', AWS_SESSION_TOKEN: 'example' }
  try {
    await letWork({ provider: 'bedrock', region: REGION, model, credentials, prompt: 'Look around.', cwd: place, tools: ['Read', 'Write'], deadline: Date.now() + 60_000 })
    return { calls: bedrock.calls }
  } catch (error) {
    return { calls: bedrock.calls, error }
  } finally {
    await bedrock.close()
  }
}

const LIST = 'bedrock:ListInferenceProfiles'
const LOOK_UP = 'bedrock:GetInferenceProfile'
const PROBE = 'bedrock:InvokeModel'
const STREAM = 'bedrock:InvokeModelWithResponseStream'
const usual = prepared(() => deployWithPolicies(local))
const allowed = (calls) => [...new Set(calls.filter(({ isAllowed }) => isAllowed).map(({ action }) => action))].sort()

/** With the role that the template makes, the run works; refused is only what Claude Code asks of other models. */
function enough(name, { parameters, model, regions = REGIONS, calls: expected }) {
  const role = parameters === undefined ? usual : prepared(() => deployWithPolicies(local, parameters))
  test(`the role is enough for ${name}`, async () => {
    const { calls, error } = await work(await role(), { model, regions })
    assert.equal(error, undefined)
    assert.deepEqual(allowed(calls), expected)
    assert.ok(calls.some(({ action, id }) => action === STREAM && id === model))
    assert.deepEqual(calls.filter(({ id, isAllowed }) => !isAllowed && (id === undefined || id === model)), [])
  })
}

enough('a profile by its id', { model: PROFILE, calls: [STREAM, LIST] })
enough('a profile by its ARN', { model: profileArn(PROFILE), calls: [STREAM, LIST] })
enough('an application\'s own profile', { parameters: { InferenceProfileArn: APPLICATION }, model: APPLICATION, calls: [LOOK_UP, STREAM, LIST] })
enough('a model by itself', {
  parameters: { InferenceProfileArn: '', DestinationRegions: REGION }, model: MODEL, regions: [REGION], calls: [STREAM, LIST],
})
enough('a global profile', {
  parameters: { InferenceProfileArn: profileArn(`global.${MODEL}`), DestinationRegions: `${REGION},global` },
  model: `global.${MODEL}`, regions: [REGION, ''], calls: [STREAM, LIST],
})
enough('a model that Claude Code asks after by itself', {
  parameters: { Model: KNOWN_MODEL, InferenceProfileArn: profileArn(`us.${KNOWN_MODEL}`) },
  model: `us.${KNOWN_MODEL}`, calls: [PROBE, STREAM, LIST],
})

/** With a role that lacks something, the run fails and names it. */
function tooLittle(name, change) {
  test(`the role is not enough ${name}`, async () => {
    const { arn, policies } = await usual()
    const { calls, error } = await work({ arn, policies: change(policies) }, { model: PROFILE, regions: REGIONS })
    assert.match(error?.message ?? 'it worked', /not authorized to perform: bedrock:InvokeModelWithResponseStream/)
    assert.ok(calls.some(({ id, isAllowed }) => id === PROFILE && !isAllowed))
  })
}

const without = (action) => (policies) =>
  JSON.parse(JSON.stringify(policies), (key, value) => (key === 'Action' && Array.isArray(value) ? value.filter((name) => name !== action) : value))

tooLittle('without streaming', without(STREAM))
tooLittle('without one of the profile\'s regions', (policies) => policies.filter(({ name }) => name !== 'model-us-east-2'))
tooLittle('without the profile', (policies) => policies.filter(({ name }) => name !== 'claude-on-bedrock'))
