// Stands in for actions/checkout: fetches from the test's own git server, as the real one does from GitHub.
//
// Owns ref, path, fetch-depth and persist-credentials. What else is asked for is recorded only.

const { begin, fail, setOutput } = await import(process.env.TARGET_REPO_STUBS)
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const { GITHUB_SERVER_URL: server, GITHUB_WORKSPACE: workspace, GITHUB_SHA: sha, PATH, HOME } = process.env
const inputs = begin('checkout', import.meta.dirname)
const folder = join(workspace, inputs.path || '.')
const header = `AUTHORIZATION: basic ${Buffer.from(`x-access-token:${inputs.token}`).toString('base64')}`
const git = (...args) =>
  execFileSync('git', ['-C', folder, ...args], { env: { PATH, HOME, GIT_TERMINAL_PROMPT: '0' }, stdio: ['ignore', 'pipe', 'pipe'] }).toString().trim()

mkdirSync(folder, { recursive: true })
for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true })
const ref = inputs.ref || sha
try {
  git('init', '--quiet', '--initial-branch=main')
  git('remote', 'add', 'origin', `${server}/${inputs.repository}`)
  git('config', '--local', `http.${server}/.extraheader`, header)
  const depth = inputs['fetch-depth'] === '0' ? [] : [`--depth=${inputs['fetch-depth']}`]
  if (depth.length === 0) git('fetch', '--quiet', 'origin', '+refs/heads/*:refs/remotes/origin/*')
  git('fetch', '--quiet', '--no-tags', ...depth, 'origin', ref)
  git('checkout', '--quiet', '--force', ...(/^[0-9a-f]{40}$/.test(ref) ? ['--detach'] : ['-B', ref.replace(/^refs\/heads\//, '')]), 'FETCH_HEAD')
} catch (error) {
  fail(`git could not check out ${ref} of ${inputs.repository}: ${error.stderr}`)
}
if (inputs['persist-credentials'] !== 'true') git('config', '--local', '--unset-all', `http.${server}/.extraheader`)
setOutput('ref', inputs.ref)
setOutput('commit', git('rev-parse', 'HEAD'))
