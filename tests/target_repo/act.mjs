// Runs one workflow of a target repository on this machine, with act, and tells everything that happened.
//
// Owns the folder of a run, its environment (nothing of the machine's own gets in), the parties it speaks to, and cleaning
// up. What act doesn't enforce and GitHub does, it judges itself: declared inputs, permissions of jobs, masked outputs, and
// that no secret is printed. Decides nothing about what a run should do: that is the tests'.
// https://nektosact.com

import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { startControlPlane, REQUEST_TOKEN, runToken } from './control_plane.mjs'
import { startGitHub, APP_TOKEN, JOB_TOKEN } from './github.mjs'
import { startModel } from './model.mjs'
import { permissionFaults, secretFaults } from './rules.mjs'
import { checkOut, createRepository } from './repository.mjs'
import { closedPort } from './server.mjs'
import { annotationsIn, Story } from './story.mjs'
import { parseWorkflow } from './workflow.mjs'

const STUBS = join(import.meta.dirname, 'stubs')
const MODULES = join(import.meta.dirname, '../tools/node_modules')
const DEADLINE_MS = 180_000
const FULL_NAME = 'octo/target'
const RUN_ID = '7001'

/**
 * @param {object} scenario
 * @param {string} scenario.workflow path in the repository, below .github/workflows
 * @param {Record<string, string>} scenario.files what the branch `main` has
 * @param {(repository: object) => void} [scenario.prepare] makes further branches
 * @param {(parties: object) => void} [scenario.begun] is given the parties, and `interrupt`, before the run
 * @param {string} [scenario.event] workflow_dispatch, if nothing else; then `payload` is the event
 * @param {'none' | 'closed' | object} [scenario.controlPlane] a script of `startControlPlane`
 * @param {object} [scenario.repository] one that is there already; then `runId`, `startGitHub` and `startControlPlane` may
 *   bring the parties of a run that somebody else has started
 * @returns {Promise<Run>}
 */
export async function run(scenario) {
  const folder = newFolder()
  const parties = []
  try {
    const world = await prepare(scenario, folder, parties)
    return await tell(world, await act(world))
  } finally {
    await Promise.all(parties.map((party) => party.close()))
  }
}

const folders = []

function newFolder() {
  folders.push(mkdtempSync(join(tmpdir(), 'target-repo-')))
  return folders.at(-1)
}

// What a failed test has left is worth a look.
process.on('exit', (code) => {
  if (code === 0) for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  else if (folders.length > 0) console.error(`the runs are kept in ${folders.join(' ')}`)
})

async function prepare(scenario, folder, parties) {
  for (const name of ['home', 'origin', 'claude', 'artifacts', 'printed']) mkdirSync(join(folder, name))
  writeFileSync(join(folder, 'stubs.jsonl'), '')
  writeFileSync(join(folder, 'stubs.json'), JSON.stringify(scenario.stubs ?? {}))
  const root = join(folder, 'origin')
  const repository = scenario.repository ?? createRepository({ root, desk: join(folder, 'desk'), fullName: FULL_NAME, files: scenario.files })
  scenario.prepare?.(repository)

  const story = new Story()
  const job = () => story.currentJob
  const started = async (party) => (parties.push(await party), parties.at(-1))
  const github = await started(scenario.startGitHub?.() ?? startGitHub({ repository, root, job, ...scenario.github }))
  const model = await started(startModel(scenario.model))
  const script = typeof scenario.controlPlane === 'object' ? scenario.controlPlane : {}
  const controlPlane = await started(scenario.startControlPlane?.() ?? startControlPlane({ job, ...script }))
  const controlPlaneUrl = scenario.controlPlane === 'closed' ? await closedPort() : controlPlane.url
  checkOut(repository, join(folder, 'repo'))
  const workflow = parseWorkflow(scenario.files[`.github/workflows/${scenario.workflow}`])
  const world = { scenario, folder, repository, story, github, model, controlPlane, controlPlaneUrl, workflow }
  // As somebody who cancels the run does.
  const interrupt = () => world.child.kill('SIGINT')
  scenario.begun?.({ repository, github, model, controlPlane, interrupt })
  return world
}

async function act(world) {
  const { scenario, folder, story, workflow } = world
  const event = scenario.event ?? 'workflow_dispatch'
  const inputs = event === 'workflow_dispatch' ? inputsOf(workflow, replaced(scenario.inputs ?? {}, world)) : {}
  writeFileSync(join(folder, 'event.json'), JSON.stringify(event === 'workflow_dispatch' ? { inputs } : scenario.payload))
  const pairs = (flag, entries) => Object.entries(entries).flatMap(([name, value]) => [flag, `${name}=${value}`])
  const flags = [
    event, '-C', join(folder, 'repo'), '-W', `.github/workflows/${scenario.workflow}`, '-e', join(folder, 'event.json'), '--json',
    '-P', 'ubuntu-latest=-self-hosted', '--no-cache-server', '--action-offline-mode', '--no-skip-checkout', '--pull=false',
    ...pairs('--input', inputs),
    ...pairs('--var', replaced(scenario.vars ?? {}, world)),
    ...pairs('-s', secretsOf(scenario)),
    ...pairs('--env', environmentOf(world)),
    ...workflow.actions.map(({ action, pin }) => `--local-repository=${action}@${pin}=${join(STUBS, action.split('/')[1])}`),
  ]
  const path = [join(STUBS, 'bin'), dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(':')
  const child = spawn(program('act'), flags, { env: { PATH: path, HOME: join(folder, 'home'), LANG: 'C.UTF-8' }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  world.child = child
  const late = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), DEADLINE_MS)
  let stderr = ''
  child.stderr.on('data', (bytes) => (stderr += bytes))
  child.stdout.setEncoding('utf8').on('data', (text) => story.hear(text))
  const status = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  clearTimeout(late)
  return { status, stderr }
}

/** `{{controlPlane}}` stands for the address that is only known now. */
const replaced = (values, { controlPlaneUrl }) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.replaceAll('{{controlPlane}}', controlPlaneUrl)]))

/** As GitHub does with a dispatch: it refuses what isn't declared, and what is required and missing; defaults are filled in. */
function inputsOf({ inputs: declared }, given) {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(declared, name))
  const missing = Object.entries(declared).filter(([name, { required }]) => required && !Object.hasOwn(given, name)).map(([name]) => name)
  if (unknown.length > 0 || missing.length > 0) throw new Error(`GitHub answers 422: undeclared ${unknown}, missing ${missing}`)
  const defaults = Object.entries(declared).map(([name, input]) => [name, String(input.default ?? '')])
  return { ...Object.fromEntries(defaults), ...given }
}

const secretsOf = ({ secrets = {} }) => ({ GITHUB_TOKEN: JOB_TOKEN, ...secrets })

function environmentOf({ scenario, folder, github, model, controlPlane }) {
  return {
    GITHUB_API_URL: github.api,
    GITHUB_SERVER_URL: github.url,
    GITHUB_RUN_ID: scenario.runId ?? RUN_ID,
    ACTIONS_ID_TOKEN_REQUEST_URL: controlPlane.oidcUrl,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: REQUEST_TOKEN,
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_BEDROCK_BASE_URL: model.url,
    NODE_OPTIONS: `--require=${join(STUBS, 'hurry.cjs')}`,
    TARGET_REPO_RUN: folder,
    TARGET_REPO_STUBS: join(STUBS, 'kit.mjs'),
    TARGET_REPO_STUBS_FOLDER: STUBS,
    TARGET_REPO_MODULES: MODULES,
    ...scenario.env,
  }
}

async function tell(world, { status, stderr }) {
  const { scenario, folder, repository, story, github, model, controlPlane, workflow } = world
  const { jobs, steps, log } = story.end()
  if (jobs.length === 0) throw new Error(`act ran nothing:\n${stderr}\n${log}`)
  if (story.unsupported.length > 0) throw new Error(`act skipped jobs, as it knows no such runner: ${story.unsupported.join('; ')}`)
  const secrets = secretsKnown(scenario, controlPlane)
  const faults = [...(github.breaches ?? []), ...permissionFaults(workflow, github.requests, controlPlane.calls), ...secretFaults(workflow, { steps, log, secrets })]
  if (faults.length > 0) throw new Error(`what GitHub would not do:\n${faults.join('\n')}\n${log}`)
  const ran = Object.fromEntries(jobs.map(({ id, result }) => [id, result]))
  return {
    status,
    jobs: Object.fromEntries(Object.keys(workflow.jobs).map((id) => [id, ran[id] ?? 'skipped'])),
    steps,
    log,
    annotations: printedIn(folder).flatMap(({ job, text }) => annotationsIn(job, text)),
    printed: printedIn(folder).map(({ text }) => text).join('\n'),
    stubs: lines(join(folder, 'stubs.jsonl')),
    agents: agentsSeen(join(folder, 'claude')),
    fileOfRun: (name) => readFileSync(join(folder, name), 'utf8'),
    artifacts: artifactsIn(join(folder, 'artifacts')),
    model,
    controlPlane,
    github,
    repository,
  }
}

const secretsKnown = ({ secrets = {} }, { proofs }) =>
  [JOB_TOKEN, APP_TOKEN, REQUEST_TOKEN, runToken(), ...Object.values(secrets), ...proofs.map(({ value }) => value), 'secret-of-exchange-', 'session-of-exchange-'].filter(Boolean)

const lines = (path) => readFileSync(path, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line))

/** What the steps printed, in order. */
const printedIn = (folder) =>
  readdirSync(join(folder, 'printed'))
    .sort()
    .map((name) => ({ job: name.split(' ')[1], text: readFileSync(join(folder, 'printed', name), 'utf8') }))

/** What each call of Claude Code was given, in order. */
function agentsSeen(folder) {
  const read = (call, name) => readFileSync(join(folder, call, name), 'utf8')
  const variables = (text) => Object.fromEntries(text.split('\0').filter(Boolean).map((entry) => entry.split(/=(.*)/s)))
  return readdirSync(folder)
    .map((call) => ({
      at: Number(read(call, 'at')),
      folder: read(call, 'folder'),
      survived: endedNow(Number(read(call, 'process'))),
      args: read(call, 'arguments').split('\0').slice(0, -1),
      environment: variables(read(call, 'environment')),
      parentEnvironment: variables(read(call, 'parent_environment')),
    }))
    .sort((one, other) => one.at - other.at)
}

/** Ends an agent that is still there, with all that it started: of a step that is broken off, act ends the shell only. */
function endedNow(id) {
  try {
    return process.kill(-id, 'SIGKILL')
  } catch {
    return false
  }
}

function artifactsIn(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(files.map(({ parentPath, name }) => [join(parentPath, name).slice(folder.length + 1), readFileSync(join(parentPath, name), 'utf8')]))
}

function program(name) {
  const found = (process.env.PATH ?? '').split(':').map((folder) => join(folder, name)).find(existsSync)
  if (found === undefined) throw new Error(`${name} is not on PATH: source tests/tools/env.sh`)
  return found
}
