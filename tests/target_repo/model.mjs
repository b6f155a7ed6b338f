// A model that does what a script says, behind Anthropic's Messages API and behind Bedrock's runtime API.
//
// Owns the two protocols, and the record of every request: path, model, credentials, prompts, tools. What the model "does"
// is the script's; which part of the script counts is seen from the tools that it is offered. Never reaches anything.
// https://docs.anthropic.com/en/api/messages-streaming
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html
//
// A script: {work: [reply…], plan: [reply…], gaps: [reply…], models?: [id…], credentials?: [text…]}
// A reply:  {say: text} | {use: [{name, input}…], say?} | {refuse: {status, type, message}} | {hang: true}
//           or, from a module, a function of the recorded request that gives one.
// In a tool's input `{{cwd}}` is the folder that the agent was told it works in.
//
// As a program: node model.mjs --script FILE [--port N] prints {"url"} as its first line; GET /_seen gives the record.

import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { chunk } from './event_stream.mjs'
import { json, serve } from './server.mjs'

const NOTHING_LEFT = { say: 'Nothing is left to do.' }

/** Starts one; `seen` grows with each request. */
export async function startModel(script = {}, options = {}) {
  const seen = []
  const server = await serve((request, response) => answer(request, response, script, seen), options)
  return { ...server, seen, asked: (part) => seen.filter((request) => request.part === part) }
}

async function answer(request, response, script, seen) {
  if (request.path === '/_seen') return json(response, 200, seen)
  const call = callOf(request)
  if (call === undefined) return json(response, 404, { message: `the scripted model knows no ${request.method} ${request.path}` })
  const record = recordOf(request, call)
  seen.push(record)
  if (call.operation === 'ListInferenceProfiles') return json(response, 200, { inferenceProfileSummaries: [] })
  if (call.operation === 'count_tokens') return json(response, 200, { input_tokens: 1 })
  const reply = filledIn(await replyTo(record, script), record)
  if (reply.hang) return
  if (reply.refuse) return refuse(response, call, reply.refuse)
  send(response, call, message(reply, record))
}

/** Which operation of which API a request is. */
function callOf({ method, path, body }) {
  if (method === 'GET' && path === '/inference-profiles') return { api: 'bedrock', operation: 'ListInferenceProfiles' }
  if (method === 'POST' && path === '/v1/messages') return { api: 'anthropic', operation: 'messages', model: body?.model, streams: body?.stream === true }
  if (method === 'POST' && path === '/v1/messages/count_tokens') return { api: 'anthropic', operation: 'count_tokens', model: body?.model }
  const bedrock = /^\/model\/([^/]+)\/(invoke|invoke-with-response-stream|count-tokens)$/.exec(path)
  if (method !== 'POST' || !bedrock) return undefined
  const operation = { invoke: 'InvokeModel', 'invoke-with-response-stream': 'InvokeModelWithResponseStream', 'count-tokens': 'count_tokens' }[bedrock[2]]
  return { api: 'bedrock', operation, model: decodeURIComponent(bedrock[1]), streams: operation === 'InvokeModelWithResponseStream' }
}

function recordOf({ method, path, headers, body }, { api, operation, model }) {
  const signature = /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(headers.authorization ?? '')
  const messages = body?.messages ?? []
  const tools = (body?.tools ?? []).map(({ name }) => name)
  return {
    at: Date.now(),
    method,
    path,
    api,
    operation,
    model,
    apiKey: headers['x-api-key'],
    authorization: signature ? undefined : headers.authorization,
    accessKeyId: signature?.[1],
    region: signature?.[2],
    sessionToken: headers['x-amz-security-token'],
    system: textOf(body?.system),
    prompt: textOf(messages.find(({ role }) => role === 'user')?.content),
    messages,
    tools,
    turn: messages.filter(({ role }) => role === 'assistant').length,
    part: partOf(operation, body, tools),
  }
}

/** What the model is asked to be: a probe spends one token; who can write works; who can read plans; who can't do anything compares. */
function partOf(operation, body, tools) {
  if (!['messages', 'InvokeModel', 'InvokeModelWithResponseStream'].includes(operation)) return operation
  if (body?.max_tokens === 1) return 'probe'
  if (tools.includes('Write')) return 'work'
  return tools.includes('Read') ? 'plan' : 'gaps'
}

function replyTo(record, script) {
  const credential = record.apiKey ?? record.accessKeyId ?? record.authorization?.replace(/^Bearer /, '')
  if (script.credentials && !script.credentials.includes(credential)) {
    return { refuse: { status: record.api === 'bedrock' ? 403 : 401, type: 'authentication_error', message: 'The credential is not accepted.' } }
  }
  if (script.models && !script.models.includes(record.model)) {
    return { refuse: { status: record.api === 'bedrock' ? 400 : 404, type: 'not_found_error', message: `The provided model identifier is invalid: ${record.model}` } }
  }
  if (record.part === 'probe') return { say: '.' }
  const reply = script[record.part]?.[record.turn] ?? NOTHING_LEFT
  return typeof reply === 'function' ? reply(record) : reply
}

function filledIn(reply, record) {
  const cwd = /Primary working directory: (\/\S+)/.exec(record.system)?.[1]
  if (cwd === undefined) return reply
  return JSON.parse(JSON.stringify(reply).replaceAll('{{cwd}}', cwd))
}

function message({ say, use = [] }, { model, turn }) {
  const text = say === undefined ? [] : [{ type: 'text', text: say }]
  const tools = use.map(({ name, input }, index) => ({ type: 'tool_use', id: `toolu_${turn}_${index}`, name, input }))
  return {
    id: `msg_${turn}`,
    type: 'message',
    role: 'assistant',
    model,
    content: [...text, ...tools],
    stop_reason: use.length > 0 ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 20 },
  }
}

function send(response, { api, streams }, whole) {
  if (!streams) return json(response, 200, whole)
  if (api === 'bedrock') {
    response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-requestid': 'scripted' })
    for (const event of eventsOf(whole)) response.write(chunk(event))
  } else {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': 'scripted' })
    for (const event of eventsOf(whole)) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  }
  response.end()
}

function* eventsOf(whole) {
  yield { type: 'message_start', message: { ...whole, content: [], stop_reason: null, usage: { ...whole.usage, output_tokens: 1 } } }
  for (const [index, block] of whole.content.entries()) {
    const isText = block.type === 'text'
    yield { type: 'content_block_start', index, content_block: isText ? { type: 'text', text: '' } : { ...block, input: {} } }
    const delta = isText ? { type: 'text_delta', text: block.text } : { type: 'input_json_delta', partial_json: JSON.stringify(block.input) }
    yield { type: 'content_block_delta', index, delta }
    yield { type: 'content_block_stop', index }
  }
  yield { type: 'message_delta', delta: { stop_reason: whole.stop_reason, stop_sequence: null }, usage: whole.usage }
  yield { type: 'message_stop' }
}

function refuse(response, { api }, { status, type, message: said, headers = {} }) {
  if (api === 'anthropic') return json(response, status, { type: 'error', error: { type, message: said } }, { 'x-should-retry': 'false', ...headers })
  const name = { 400: 'ValidationException', 403: 'AccessDeniedException', 404: 'ResourceNotFoundException', 429: 'ThrottlingException' }[status]
  json(response, status, { message: said }, { 'x-amzn-errortype': name ?? 'InternalServerException', ...headers })
}

const textOf = (content) =>
  typeof content === 'string' ? content : (content ?? []).filter(({ type }) => type === 'text').map(({ text }) => text).join('\n')

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '0' }, script: { type: 'string' } } })
  const { url } = await startModel(values.script ? JSON.parse(readFileSync(values.script, 'utf8')) : {}, { port: Number(values.port) })
  console.log(JSON.stringify({ url }))
}
