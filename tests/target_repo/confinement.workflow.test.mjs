// What an agent can't do from inside, whatever a ticket talks it into, with the real Claude Code.
//
// Owns the scripts of a model that tries. That the environment holds nothing more is with `providers`.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureOf, nothingWritten, succeeded } from './expect.mjs'
import { API_KEY, implement, implementOnBedrock, plan, writes } from './target.mjs'

const read = (file_path) => ({ name: 'Read', input: { file_path } })
const search = (path) => ({ name: 'Grep', input: { pattern: '.', path, output_mode: 'content' } })
const write = (file_path) => ({ name: 'Write', input: { file_path, content: 'x' } })

/** What the agent's tools answered to its first turn, in the order of the calls. */
function answersOf(run) {
  const results = run.model.asked('work')[1].messages.at(-1).content.filter(({ type }) => type === 'tool_result')
  return results.sort((one, other) => one.tool_use_id.localeCompare(other.tool_use_id))
}

test('an agent reads, searches and writes in its working copy only', async () => {
  const model = writes()
  const outside = [read('/etc/passwd'), search('/etc/passwd'), search('/proc/self/environ'), search('..'), read('{{cwd}}/../control/WORKFLOW.md'), write('{{cwd}}/../control/WORKFLOW.md')]
  model.work.unshift({ use: [...outside, search('{{cwd}}/src')] })
  const run = await implement({ model })
  succeeded(run)
  const answers = answersOf(run)
  for (const [index, { name }] of outside.entries()) assert.equal(answers[index].is_error, true, `${name}: ${answers[index].content}`)
  assert.match(answers.at(-1).content, /Hello/)
})

test('no command is run for it, and no address asked', async () => {
  const model = writes()
  model.work.unshift({ use: [{ name: 'Bash', input: { command: 'id' } }, { name: 'WebFetch', input: { url: 'https://example.com', prompt: 'x' } }] })
  const run = await implement({ model })
  succeeded(run)
  for (const { is_error: isError, content } of answersOf(run)) assert.equal(isError, true, content)
})

for (const [place, script] of [
  ['its work', writes('src/greeting.txt', `key = "${API_KEY}"\n`)],
  ['its words', { work: [...writes().work.slice(0, 2), { say: `The key is ${API_KEY}.` }] }],
]) {
  test(`a credential in ${place} is handed to nobody`, async () => {
    const run = await implement({ model: script })
    assert.match(failureOf(run), /put a credential of this run into its work/)
    nothingWritten(run)
    assert.equal(JSON.stringify(run.artifacts).includes(API_KEY), false)
  })
}

test('nor is one in a plan', async () => {
  const run = await plan({ model: { plan: [{ say: `The key is ${API_KEY}.` }] } })
  assert.match(failureOf(run), /put a credential of this run into its plan/)
  assert.equal(JSON.stringify(run.artifacts).includes(API_KEY), false)
})

// Up to the step's own shell, as act starts it here: `stubs/bin/bash` stands between the two, and at GitHub nothing does.
const LOOK_UP = 'pid=$$; while ! grep -qa "stubs/bin/bas[h]" /proc/$pid/cmdline; do tr "\\0" "\\n" </proc/$pid/environ; pid=$(awk "{print \\$4}" /proc/$pid/stat); done'
const FOUND = /^(ACTIONS_ID_TOKEN_\w+|ACTIONS_RUNTIME_TOKEN|GITHUB_TOKEN|ANTHROPIC_API_KEY|CLAUDE_CODE_OAUTH_TOKEN|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN)=./m

for (const [provider, start] of [['the Anthropic API', implement], ['Bedrock', implementOnBedrock]]) {
  test(`no hook finds a credential in its own environment or above it, on ${provider}`, async () => {
    const hooks = Object.fromEntries(['setup', 'verify', 'teardown'].map((name) => [name, `echo "hook ${name} looks up"; ${LOOK_UP}`]))
    const run = await start({ settings: hooks })
    succeeded(run)
    for (const name of Object.keys(hooks)) assert.match(run.log, new RegExp(`hook ${name} looks up`))
    const printed = run.log.split('\n').map((entry) => entry.replace(/^\[\w+\] /, '')).join('\n')
    assert.equal(printed.match(/^RUNNER_TEMP=./gm).length, 6, 'each has looked at itself and at the program')
    assert.doesNotMatch(printed, FOUND)
  })
}

test('a hook that leaves something running holds nothing up, and Claude Code\'s own hooks do nothing', async () => {
  const settings = { hooks: { SessionStart: [{ hooks: [{ type: 'command', command: 'touch ../started' }] }] } }
  const setup = `mkdir -p .claude; echo '${JSON.stringify(settings)}' >.claude/settings.json; sleep 60 & setsid sleep 60 & true`
  const run = await implement({ settings: { setup, verify: 'test ! -e ../started', teardown: 'rm -rf .claude' } })
  succeeded(run)
})
