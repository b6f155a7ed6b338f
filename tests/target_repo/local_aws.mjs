// A local AWS that enforces trust and permissions, for one test file.
//
// Owns its start and its end, and the calls that the role's tests make. Listens on the loopback interface only.

import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'

export const ACCOUNT = '111122223333'
export const REGION = 'us-west-2'
const PATIENCE_MS = 60_000

const run = promisify(execFile)

export async function startLocalAws() {
  const folder = mkdtempSync(join(tmpdir(), 'local-aws-'))
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  for (const name of ['state', 'tmp', 'home']) mkdirSync(join(folder, name))
  const env = {
    PATH: process.env.PATH,
    HOME: join(folder, 'home'),
    TMPDIR: join(folder, 'tmp'),
    GATEWAY_PORT: String(port),
    BIND_HOST: '127.0.0.1',
    MINISTACK_HOST: 'localhost',
    MINISTACK_ACCOUNT_ID: ACCOUNT,
    MINISTACK_REGION: REGION,
    STATE_DIR: join(folder, 'state'),
    AUTH: 'true',
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
  }
  const program = spawn('ministack', [], { env, stdio: 'ignore', detached: true })
  const ended = new Promise((resolve, reject) => program.on('error', reject).on('close', resolve))
  await ready(endpoint, program)
  return {
    endpoint,
    aws: (...args) => aws(endpoint, folder, args),
    query: (service, form) => query(endpoint, service, form),
    close: async () => {
      process.kill(-program.pid, 'SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function ready(endpoint, program) {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await pause(100)) {
    if (program.exitCode !== null) throw new Error(`ministack ended with status ${program.exitCode}`)
    const answer = await fetch(`${endpoint}/_ministack/ready`).then((response) => response.json(), () => undefined)
    if (answer?.status === 'completed') return
  }
  throw new Error('ministack did not start')
}

/** What the AWS CLI answers to the account's owner: a value, or words. */
async function aws(endpoint, folder, args) {
  const env = { PATH: process.env.PATH, HOME: join(folder, 'home'), AWS_ACCESS_KEY_ID: ACCOUNT, AWS_SECRET_ACCESS_KEY: 'test', AWS_DEFAULT_REGION: REGION }
  const { stdout } = await run('aws', ['--endpoint-url', endpoint, '--output', 'json', ...args], { env, maxBuffer: 16 * 1024 * 1024 })
  return stdout.startsWith('{') ? JSON.parse(stdout) : stdout
}

/** What a service answers to a form, without the second that the AWS CLI takes to start. */
async function query(endpoint, service, form) {
  const authorization = `AWS4-HMAC-SHA256 Credential=${ACCOUNT}/20260101/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`
  const answer = await fetch(endpoint, { method: 'POST', body: new URLSearchParams(form), headers: { authorization } })
  return { status: answer.status, text: await answer.text() }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
