// A run of the delivered workflows beside a control plane and a GitHub that somebody else has started: the full stack's.
//
// Owns what stands between the two and the run: the git server, whose pushes GitHub is told of; the endpoint at which a job
// asks for its OIDC token; and the model. Judges nothing: it prints what happened.
//
//   node joined.mjs prepare FILE    makes the repository, and tells GitHub its commits
//   node joined.mjs run FILE        plays one dispatch, and prints {status, jobs, annotations, exchanges, models, log}
//
// FILE is JSON: {folder, sandbox, repository, branch, controlPlane?, runId?, workflow?, inputs?}.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './act.mjs'
import { exchangesOf } from './expect.mjs'
import { answerGit } from './git_server.mjs'
import { createRepository, openRepository } from './repository.mjs'
import { json, serve } from './server.mjs'
import { PROFILE, ROLE, targetFiles, withFeature, writes } from './target.mjs'

const PERMISSIONS = { contents: 'write', pull_requests: 'write', issues: 'write' }

async function prepare({ folder, sandbox, repository: fullName, branch }) {
  const files = targetFiles({ workflow: { model: PROFILE } })
  const repository = createRepository({ ...places(folder), fullName, files })
  withFeature(undefined, branch)(repository)
  for (const name of ['main', branch]) await tellPush(sandbox, repository, name)
}

async function play({ folder, sandbox, repository: fullName, controlPlane, runId, workflow, inputs }) {
  const repository = openRepository({ ...places(folder), fullName })
  const { token } = await control(sandbox, 'tokens', { repo: fullName, permissions: PERMISSIONS })
  const played = await run({
    workflow,
    inputs,
    fullName,
    runId: String(runId),
    repository,
    files: targetFiles({ workflow: { model: PROFILE } }),
    vars: { AI_IMPLEMENT_URL: controlPlane },
    secrets: { AWS_BEDROCK_ROLE_ARN: ROLE, GITHUB_TOKEN: token },
    model: writes(),
    env: { NODE_OPTIONS: `--require=${join(import.meta.dirname, 'stubs/localhost.cjs')}` },
    startGitHub: () => startGitHub(sandbox, repository, places(folder).root),
    startControlPlane: () => startIssuer(sandbox, runId),
  })
  const models = [...new Set(played.model.seen.filter(({ part }) => ['work', 'gaps'].includes(part)).map(({ model }) => model))]
  const { status, jobs, annotations, log } = played
  return { status, jobs, annotations, exchanges: exchangesOf(played).length, models, log }
}

const places = (folder) => ({ root: join(folder, 'origin'), desk: join(folder, 'desk') })

/** The API is the sandbox's own; git is served here. */
async function startGitHub(sandbox, repository, root) {
  const server = await serve((request, response) => {
    if (request.path.endsWith('/git-receive-pack')) endAfter(response, () => tellPushes(sandbox, repository, before))
    const before = repository.branches()
    const isGit = answerGit({ root, knows: Boolean, record: () => {} }, request, response)
    if (!isGit) json(response, 404, { message: 'only git is served here' })
  })
  return { ...server, api: sandbox, requests: [] }
}

// Whoever pushed goes on when GitHub knows of it, as at GitHub.
function endAfter(response, work) {
  const end = response.end.bind(response)
  response.end = (...args) => void work().then(() => end(...args), (error) => response.destroy(error))
}

async function tellPushes(sandbox, repository, before) {
  const moved = Object.entries(repository.branches()).filter(([name, sha]) => before[name] !== sha)
  for (const [name] of moved) await tellPush(sandbox, repository, name)
}

const tellPush = (sandbox, repository, branch) =>
  control(sandbox, 'pushes', { repo: repository.fullName, branch, sha: repository.sha(branch), files: repository.files(branch) })

/** Where a job asks for its OIDC token: GitHub knows which run it is of. */
async function startIssuer(sandbox, runId) {
  const server = await serve(async ({ query }, response) =>
    json(response, 200, await control(sandbox, 'oidc', { run_id: runId, audience: query.get('audience') })),
  )
  return { ...server, oidcUrl: `${server.url}/token?api-version=2.0`, calls: [], proofs: [] }
}

async function control(sandbox, what, body) {
  const answer = await fetch(`${sandbox}/_sandbox/${what}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`the sandbox answered ${answer.status} to ${what}: ${text}`)
  return text ? JSON.parse(text) : undefined
}

const [, , command, file] = process.argv
const told = JSON.parse(readFileSync(file, 'utf8'))
if (command === 'prepare') await prepare(told)
else console.log(JSON.stringify(await play(told)))
