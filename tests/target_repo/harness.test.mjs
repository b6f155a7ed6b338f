// The harness itself, on a little workflow: what it shows, and what it refuses to call a run.
//
// Owns the proof that a test which relies on it can fail.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { run } from './act.mjs'
import { crc32 } from './event_stream.mjs'
import { exchangesOf, failureOf, succeeded } from './expect.mjs'
import { APP_TOKEN, JOB_TOKEN } from './github.mjs'
import { startModel } from './model.mjs'

const CHECKOUT = 'actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1'
const CREDENTIALS = 'aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c'

const little = (jobs, scenario = {}) =>
  run({
    workflow: 'little.yml',
    files: { '.github/workflows/little.yml': `on:\n  workflow_dispatch:\n    inputs:\n      text:\n        type: string\npermissions: {}\njobs:\n${jobs}` },
    ...scenario,
  })

const job = (steps, more = '') => `  one:\n    runs-on: ubuntu-latest\n    permissions: {contents: read, id-token: write}\n${more}    steps:\n${steps}`
const step = (script, more = '') => `      - id: step\n        env: {TOKEN: "\${{ github.token }}"}\n${more}        run: |\n          ${script}\n`

test('an input arrives in the event as it was given', async () => {
  const text = 'a\n$(touch x) `y` ${{ z }}\nEOF'
  const done = await little(job(step('jq -r .inputs.text "$GITHUB_EVENT_PATH" | base64 -w0 | sed s/^/::notice::/')), { inputs: { text } })
  succeeded(done)
  assert.equal(Buffer.from(done.annotations[0].text, 'base64').toString(), `${text}\n`)
})

test('an undeclared input is refused as GitHub refuses it', async () => {
  await assert.rejects(little(job(step('true')), { inputs: { other: 'x' } }), /GitHub answers 422/)
})

test('a job that no runner takes is no green run', async () => {
  await assert.rejects(little(job(step('true')).replace('ubuntu-latest', 'windows-2022')), /act skipped jobs|act ran nothing/)
})

test('a call that the job may not make is noticed', async () => {
  const script = 'curl -sS -X POST -H "Authorization: Bearer $TOKEN" -d "{}" "$GITHUB_API_URL/repos/octo/target/pulls"'
  await assert.rejects(little(job(step(script))), /the job one may not POST .*pull-requests:write/)
})

test('a request that GitHub does not take is noticed', async () => {
  const script = 'curl -sS -X POST -H "Authorization: Bearer $TOKEN" -d \'{"title": "x", "head": "main"}\' "$GITHUB_API_URL/repos/octo/target/pulls"'
  const steps = job(step(script)).replace('contents: read', 'pull-requests: write')
  await assert.rejects(little(steps), /POST .*\/pulls: .*must have required property 'base'/)
})

test('a call that GitHub does not have is noticed', async () => {
  const script = 'curl -sS -H "Authorization: Bearer $TOKEN" "$GITHUB_API_URL/repos/octo/target/pulls/1/nothing"'
  await assert.rejects(little(job(step(script)).replace('contents: read', 'pull-requests: read')), /GitHub has no GET .*nothing/)
})

test('a proof that the job may not ask for is noticed', async () => {
  const script = 'curl -sS -H "Authorization: Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=x"'
  await assert.rejects(little(job(step(script)).replace(', id-token: write', '')), /needs id-token:write/)
})

test('a printed token is noticed, and a masked one is not printed', async () => {
  await assert.rejects(little(job(step(`echo ${APP_TOKEN}`))), /the log shows/)
  succeeded(await little(job(step('echo "$TOKEN"'))))
})

test('a token that crosses jobs is noticed', async () => {
  const steps = step('echo "token=$TOKEN" >>"$GITHUB_OUTPUT"')
  await assert.rejects(little(job(steps, '    outputs: {token: "${{ steps.step.outputs.token }}"}\n')), /the output token of the job one holds a secret/)
})

test('an action is asked for nothing that it does not know', async () => {
  const done = await little(job(`      - uses: ${CHECKOUT}\n        with: {persist-credential: false}\n`))
  assert.match(failureOf(done), /checkout has no input persist-credential/)
})

test('a checkout has the branch and, only where asked, keeps the token', async () => {
  const checkout = (path, keep) => `      - uses: ${CHECKOUT}\n        with: {ref: feature, path: ${path}, persist-credentials: ${keep}}\n`
  const script = 'cat a/x b/x; echo "a $(grep -c extraheader a/.git/config || true) b $(grep -c extraheader b/.git/config || true)"'
  const done = await little(job(checkout('a', false) + checkout('b', true) + step(script)), { prepare: (repository) => repository.commit('feature', { x: 'content of x\n' }) })
  succeeded(done)
  assert.match(done.printed, /content of x[\s\S]*content of x[\s\S]*a 0 b 1/)
})

test('credentials differ at each exchange, and stay out of the environment where asked', async () => {
  const exchange = `      - uses: ${CREDENTIALS}\n        with: {role-to-assume: "arn:aws:iam::111122223333:role/r", aws-region: us-west-2, output-credentials: true, output-env-credentials: false}\n        id: aws\n`
  const done = await little(job(exchange + exchange.replace('id: aws', 'id: again') + step('echo "key=${AWS_ACCESS_KEY_ID-none}"')))
  succeeded(done)
  assert.match(done.printed, /key=none/)
  const keys = done.steps.filter(({ id }) => id === 'aws' || id === 'again').map(({ outputs }) => outputs['aws-access-key-id'])
  assert.equal(new Set(keys).size, 2)
  assert.deepEqual(exchangesOf(done).map(({ oidc }) => oidc), [true, true])
})

test('a step that stops the commands of its output says nothing by it', async () => {
  const done = await little(job(step('printf "::stop-commands::x\\n::error::forged\\n::x::\\n::notice::real"')))
  succeeded(done)
  assert.deepEqual(done.annotations, [{ job: 'one', level: 'notice', text: 'real' }])
})

test('git is served with the token that it shows', async () => {
  const script = 'git -c "http.extraHeader=Authorization: Basic $(printf "x-access-token:$TOKEN" | base64 -w0)" ls-remote "$GITHUB_SERVER_URL/octo/target.git" main; ! GIT_TERMINAL_PROMPT=0 git ls-remote "$GITHUB_SERVER_URL/octo/target.git"'
  const done = await little(job(step(script)))
  succeeded(done)
  assert.ok(done.github.requests.some(({ token, operation }) => token === JOB_TOKEN && operation === 'fetch'))
})

test('the checksum of a frame is that of the standard', () => {
  assert.equal(crc32(Buffer.from('123456789')), 0xcbf43926)
})

test('the model answers in one piece where no stream is asked for', async (t) => {
  const model = await startModel({ gaps: [{ say: 'hello' }] })
  t.after(() => model.close())
  const body = { model: 'm', max_tokens: 5, messages: [{ role: 'user', content: 'hi' }] }
  const answer = await fetch(`${model.url}/v1/messages`, { method: 'POST', headers: { 'x-api-key': 'k' }, body: JSON.stringify(body) })
  assert.equal((await answer.json()).content[0].text, 'hello')
  const [{ model: name, apiKey, prompt }] = await (await fetch(`${model.url}/_seen`)).json()
  assert.deepEqual([name, apiKey, prompt], ['m', 'k', 'hi'])
})

test('the model is a program, too, for who can\'t import it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'target-repo-model-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'script.json'), JSON.stringify({ gaps: [{ refuse: { status: 429, type: 'rate_limit_error', message: 'slowly' } }] }))
  const program = spawn(process.execPath, [join(import.meta.dirname, 'model.mjs'), '--script', join(folder, 'script.json')], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => program.kill())
  const [line] = await once(program.stdout, 'data')
  const { url } = JSON.parse(line)
  const answer = await fetch(`${url}/model/a%3Ab/invoke`, { method: 'POST', body: JSON.stringify({ max_tokens: 5, messages: [] }) })
  assert.deepEqual([answer.status, answer.headers.get('x-amzn-errortype'), await answer.json()], [429, 'ThrottlingException', { message: 'slowly' }])
  assert.deepEqual((await (await fetch(`${url}/_seen`)).json()).map(({ path, model }) => [path, model]), [['/model/a%3Ab/invoke', 'a:b']])
})
