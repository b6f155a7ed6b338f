// Claude Code: how it is called, what it is given, and whether it did its work.
//
// Owns the environment of the agent, which is made up here and inherits nothing: a path, a home of its own, and the one
// credential of its provider. Never holds a token of GitHub. How it went is read from its exit, its answer and what it was
// denied; never from `subtype`, which says success for a refused request too.

import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { folder, untrusted } from './actions.mjs'
import { Failure } from './failure.mjs'
import { line, tail } from './text.mjs'

/** Some runners reach the world through these only. */
const PASSED_ON = [
  'PATH', 'LANG', 'LC_ALL', 'TZ', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy',
  'NODE_EXTRA_CA_CERTS', 'ANTHROPIC_BASE_URL', 'ANTHROPIC_BEDROCK_BASE_URL', 'API_TIMEOUT_MS', 'CLAUDE_CODE_MAX_RETRIES',
]
const QUIET = {
  DISABLE_TELEMETRY: '1',
  DISABLE_ERROR_REPORTING: '1',
  DISABLE_AUTOUPDATER: '1',
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
}
/** A hook of Claude Code's own would run with the agent's credential, and may be a file that somebody has just written. */
const NO_HOOKS = JSON.stringify({ disableAllHooks: true })
/** By itself it asks for many minutes where a credential is refused. */
const RETRIES = '4'
/** From asking it to end to making it. */
const GRACE_MS = 10_000

/** The environment of an agent: of this step's own what it needs, and its provider's credential. */
export function environmentOf({ provider, region, model, credentials }, env = process.env) {
  const home = folder('home')
  const passed = Object.fromEntries(PASSED_ON.filter((name) => env[name]).map((name) => [name, env[name]]))
  return { CLAUDE_CODE_MAX_RETRIES: RETRIES, ...passed, ...QUIET, HOME: home, TMPDIR: folder('tmp'), ...ofProvider() }

  function ofProvider() {
    const { CLAUDE_CODE_OAUTH_TOKEN, ANTHROPIC_API_KEY, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = credentials
    if (provider !== 'bedrock') return CLAUDE_CODE_OAUTH_TOKEN ? { CLAUDE_CODE_OAUTH_TOKEN } : { ANTHROPIC_API_KEY }
    return {
      CLAUDE_CODE_USE_BEDROCK: '1',
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID,
      AWS_SECRET_ACCESS_KEY,
      AWS_SESSION_TOKEN,
      AWS_EC2_METADATA_DISABLED: 'true',
      // What it does beside the main work goes to the model that the role is for, too.
      ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
      ANTHROPIC_SMALL_FAST_MODEL: model,
    }
  }
}

/**
 * Lets it work once. `tools` are all that it has, in the folder `cwd` only.
 * @returns {Promise<{text: string, session?: string, denied: string[], usage: {turns: number, costUsd: number}}>}
 * @throws {Failure} where it did not do its work
 */
export async function letWork({ prompt, cwd, tools, maxTurns, resume, deadline, provider, region, model, credentials }) {
  mkdirSync(folder('home'), { recursive: true })
  mkdirSync(folder('tmp'), { recursive: true })
  const flags = [
    '--print', '--output-format', 'stream-json', '--verbose', '--model', model, '--permission-mode', 'acceptEdits',
    // Both: what there is, and what it may use without asking, which is nothing outside of its folder.
    '--tools', tools.join(','), ...(allowed(tools).length ? ['--allowedTools', allowed(tools).join(',')] : []),
    '--settings', NO_HOOKS, '--strict-mcp-config', ...(maxTurns ? ['--max-turns', String(maxTurns)] : []), ...(resume ? ['--resume', resume] : []),
  ]
  const env = environmentOf({ provider, region, model, credentials })
  const ended = await untrusted((say) => runProgram(program(), flags, { cwd, env, prompt, deadline, onLine: (text) => tell(say, text, resolve(cwd)) }))
  return judge(ended)
}

/** What searches is held to what may be read; allowed by its name alone, it would search the whole disk. */
const allowed = (tools) => tools.filter((tool) => ['Read', 'Edit', 'Write'].includes(tool)).map((tool) => `${tool}(./**)`)

/** What an agent's end means. */
export function judge({ status, isLate, stdout, stderr }) {
  if (isLate) throw new Failure('The agent ran out of time. Ask for less at once, or raise the limit of minutes in the mapping; on Bedrock, a session also limits it (AI_IMPLEMENT_SESSION_SECONDS).')
  const answer = answerIn(stdout)
  const said = line(answer?.result || tail(stderr, 600) || tail(stdout, 600), 600)
  if (answer?.subtype === 'error_max_turns') throw new Failure(`The agent did not end within its turns. Ask for less at once, or raise \`maxTurns\` in the mapping.`)
  if (status !== 0 || answer === undefined || answer.is_error) {
    throw new Failure(`The agent failed: ${said || `it ended with status ${status}`}`)
  }
  return {
    text: answer.result ?? '',
    session: answer.session_id,
    denied: [...new Set((answer.permission_denials ?? []).map((denial) => denial.tool_name))],
    usage: { turns: answer.num_turns ?? 0, costUsd: answer.total_cost_usd ?? 0 },
  }
}

/** The last of its lines is the answer. */
const answerIn = (stdout) => stdout.split('\n').map(parsed).findLast((entry) => entry?.type === 'result')

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Shows which tools it uses, on what: whoever watches the run sees that it goes on. */
function tell(say, text, place) {
  const { type, message } = parsed(text) ?? {}
  if (type !== 'assistant' || !Array.isArray(message?.content)) return
  for (const { type: kind, name, input } of message.content) {
    if (kind === 'tool_use') say(line(`${name} ${input?.file_path ?? input?.pattern ?? ''}`.replace(`${place}/`, ''), 160))
  }
}

// The package's own start script needs an install script that is not run: the binary lies in the platform's package.
function program() {
  const require = createRequire(import.meta.url)
  for (const libc of ['', '-musl']) {
    try {
      const home = dirname(require.resolve(`@anthropic-ai/claude-code-${process.platform}-${process.arch}${libc}/package.json`))
      return join(home, 'claude')
    } catch {
      // The other one, then.
    }
  }
  throw new Failure(`Claude Code is not installed for ${process.platform} on ${process.arch}. Use a runner with Linux on x64 or arm64.`)
}

function runProgram(path, flags, { cwd, env, prompt, deadline, onLine }) {
  return new Promise((settle, reject) => {
    const child = spawn(path, flags, { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
    const [stdout, stderr] = [[], []]
    let isLate = false
    const kill = (signal) => {
      try {
        process.kill(-child.pid, signal)
      } catch {
        // It has ended by itself.
      }
    }
    const interrupted = () => kill('SIGKILL')
    const timer = setTimeout(() => {
      isLate = true
      kill('SIGTERM')
      setTimeout(interrupted, GRACE_MS).unref()
    }, Math.max(deadline - Date.now(), 0))
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, interrupted)

    child.stdout.on('data', (bytes) => stdout.push(bytes))
    createInterface({ input: child.stdout }).on('line', onLine)
    child.stderr.on('data', (bytes) => stderr.push(bytes))
    child.on('error', reject)
    child.on('close', (status) => {
      clearTimeout(timer)
      // Nothing of it lives on beside what follows.
      kill('SIGKILL')
      for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, interrupted)
      settle({ status, isLate, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() })
    })
    child.stdin.on('error', () => {})
    child.stdin.end(prompt)
  })
}
