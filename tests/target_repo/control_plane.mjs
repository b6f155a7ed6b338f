// The control plane and GitHub's OIDC issuer, as a run meets them.
//
// Owns the routes of runs as functions/dispatch/openapi.json describes them: a body that breaks the description is answered
// 400, and an answer of a script that breaks it is the test's fault. Which answer comes when is the scenario's. Keeps no claim.

import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { APP_ID, APP_TOKEN } from './github.mjs'
import { json, serve } from './server.mjs'

const require = createRequire(join(import.meta.dirname, '../tools/package.json'))
const { default: Ajv } = require('ajv/dist/2020')
const description = JSON.parse(readFileSync(join(import.meta.dirname, '../../functions/dispatch/openapi.json'), 'utf8'))

export const REQUEST_TOKEN = 'request-token-of-the-job'
const IN_AN_HOUR = () => new Date(Date.now() + 3_600_000).toISOString()

/**
 * @param {{facts?: object, redeem?: Answer[], token?: {push?: Answer[], report?: Answer[]}, result?: Answer[], dispatches?: Answer[], job: () => string | undefined}} script
 *   The n-th call gets the n-th answer, later ones the last: `{status, code?, detail?, headers?, body?}`. Without a script: 200.
 */
export async function startControlPlane({ facts, redeem = [], token = {}, result = [], dispatches = [], job }) {
  const [calls, proofs] = [[], []]
  const server = await serve((request, response) => {
    const call = { at: Date.now(), job: job(), path: request.path, body: request.body, authorization: request.headers.authorization }
    calls.push(call)
    if (request.path === '/oidc/token') return giveProof(request, response, proofs)
    const answer = answerTo(request, { facts, redeem, token, result, dispatches, calls, proofs, url: server.url })
    call.status = answer.status
    return json(response, answer.status, answer.body, answer.headers)
  })
  return {
    ...server,
    calls,
    proofs,
    oidcUrl: `${server.url}/oidc/token?api-version=2.0`,
    to: (part) => calls.filter(({ path }) => path.endsWith(part)),
    lent: (purpose) => calls.filter(({ path, body, status }) => path.endsWith('/token') && path !== '/oidc/token' && body?.for === purpose && status === 200),
    results: () => calls.filter(({ path, status }) => path === '/runner/result' && status === 200).map(({ body }) => body),
  }
}

function giveProof({ headers, query }, response, proofs) {
  if (headers.authorization?.toLowerCase() !== `bearer ${REQUEST_TOKEN}`) return json(response, 401, { message: 'not a job of this run' })
  const proof = { audience: query.get('audience'), value: `proof-${proofs.length + 1}.${Buffer.from(query.get('audience') ?? '').toString('base64url')}.signature` }
  proofs.push(proof)
  return json(response, 200, { count: proof.value.length, value: proof.value })
}

function answerTo({ method, path, headers, body }, script) {
  if (method === 'POST' && path === '/v1/dispatches') return dispatched(headers, body, script)
  const route = /^\/v1\/claims\/([^/]+)\/(redeem|token)$/.exec(path) ?? /^\/runner\/(result|progress)$/.exec(path)
  if (method !== 'POST' || route === null) return problem({ status: 404, code: 'NOT_FOUND', detail: `there is no ${method} ${path}` })
  const name = route.at(-1)
  const bearer = /^Bearer (.*)$/.exec(headers.authorization ?? '')?.[1]
  const isKnown = route.length === 3 ? script.proofs.some(({ audience, value }) => value === bearer && audience === `${script.url}/v1/claims`) : bearer === runToken()
  if (!isKnown) return problem({ status: 401, code: 'UNAUTHORIZED', detail: 'there is no proof of a run, or none that counts' })
  const schema = { token: 'TokenRequest', result: 'RunReport', progress: 'Progress' }[name]
  const fault = schema && faultIn(schema, body)
  if (fault) return problem({ status: 400, code: 'BAD_REQUEST', detail: fault })
  const scripted = nextOf(name === 'token' ? script.token[body.for] : script[name], timesCalled(script.calls, path, body))
  return scripted && scripted.status !== 200 ? problem(scripted) : { status: 200, ...good(name, body, script, scripted) }
}

/** What comment-trigger.yml asks for: the caller proves its repository, for the control plane's own address. */
function dispatched(headers, body, { proofs, url, dispatches, calls }) {
  const isKnown = proofs.some(({ audience, value }) => headers.authorization === `Bearer ${value}` && audience === url)
  if (!isKnown) return problem({ status: 401, code: 'UNAUTHORIZED', detail: 'there is no caller' })
  const fault = faultIn('DispatchRequest', body)
  if (fault) return problem({ status: 400, code: 'BAD_REQUEST', detail: fault })
  const scripted = nextOf(dispatches, timesCalled(calls, '/v1/dispatches', body))
  return scripted && scripted.status >= 300 ? problem(scripted) : { status: 202, body: {} }
}

const timesCalled = (calls, path, body) => calls.filter((call) => call.path === path && call.body?.for === body?.for).length
const nextOf = (answers, times) => answers?.[Math.min(times, answers.length) - 1]

function good(name, body, { facts, url }, scripted) {
  if (name === 'redeem') return valid('RunFacts', scripted?.body ?? facts)
  if (name === 'token' && body.for === 'push') return valid('PushToken', { token: APP_TOKEN, expiresAt: IN_AN_HOUR(), appId: APP_ID, ...scripted?.body })
  if (name === 'token') {
    return valid('ReportToken', { runToken: runToken(), expiresAt: IN_AN_HOUR(), resultUrl: `${url}/runner/result`, progressUrl: `${url}/runner/progress` })
  }
  return valid('Acknowledged', { acknowledged: true })
}

/** The bearer of `/runner/result`. */
export const runToken = () => 'run-token.of-the-claim'

function valid(schema, body) {
  const fault = faultIn(schema, body)
  if (fault) throw new Error(`the scenario's ${schema} breaks the description: ${fault}`)
  return { body }
}

function problem({ status, code = 'UNAVAILABLE', detail = 'scripted', headers = {}, body }) {
  return { status, headers: { 'content-type': 'application/problem+json', ...headers }, body: body ?? { title: 'Problem', status, code, detail } }
}

const ajv = new Ajv({ strict: false, validateFormats: false })
ajv.addSchema(description, 'description')

/** What is wrong with a body, or undefined. */
function faultIn(schema, body) {
  const validate = ajv.getSchema(`description#/components/schemas/${schema}`)
  return validate(body) ? undefined : ajv.errorsText(validate.errors)
}
