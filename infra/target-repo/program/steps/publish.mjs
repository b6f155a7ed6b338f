// The agent's patch becomes a commit on the branch, and where there is none yet, a pull request.
//
// Owns what is refused: changes of workflows, and a branch that has moved. Runs nothing of the patch, and reads it as what
// a stranger wrote.

import { existsSync, readFileSync } from 'node:fs'
import { folder, setOutput } from '../lib/actions.mjs'
import { Failure } from '../lib/failure.mjs'
import { factsOf, moved } from '../lib/facts.mjs'
import { git, names, setRepositoryAside } from '../lib/git.mjs'
import { GitHub, refused } from '../lib/github.mjs'
import { metadataBlock } from '../lib/metadata.mjs'
import { handedOver } from '../lib/run_file.mjs'
import { signIn } from '../lib/session.mjs'
import { cut, line, powerless, presentable } from '../lib/text.mjs'

const IDENTITY = { NAME: 'github-actions[bot]', EMAIL: '41898282+github-actions[bot]@users.noreply.github.com' }
const REFUSED_PATHS = /^\.github\/(workflows|ai-implement)\//i
const MOST_SUMMARY = 20_000

export async function run() {
  const { START_SHA: start, GITHUB_TOKEN } = process.env
  const facts = await factsOf(new GitHub(GITHUB_TOKEN))
  const isGapFill = facts.kind === 'gap-fill'
  // Alone, only this tells that the branch has moved while the agent worked.
  if (isGapFill && facts.headSha !== start) throw moved(facts.headBranch)
  const branch = isGapFill ? facts.headBranch : newBranch(facts)
  commit(facts)
  const session = await signIn()
  push(session.token, branch, isGapFill ? start : '')
  const pull = isGapFill ? await session.github.get(`/pulls/${facts.prNumber}`) : await open(session.github, branch, facts)
  setOutput('pr-number', pull.number)
  setOutput('pr-url', pull.html_url)
  if (!session.startsChecks) {
    setOutput('note', 'This was pushed by GitHub\'s own token of the run, which starts no checks: close and reopen the pull request, or push to it, to start them.')
  }
}

function commit({ issue, kind }) {
  const patch = folder('work', 'change.patch')
  if (!existsSync(patch)) throw new Failure('There is no patch to publish.')
  setRepositoryAside()
  try {
    git(['apply', '--index', '--binary', '-'], { input: readFileSync(patch) })
  } catch (error) {
    throw new Failure(`The patch does not apply to the commit that it was made on: ${line(error.stderr?.toString(), 300)}`)
  }
  const touched = names(git(['diff', '--cached', '--name-only', '--no-renames', '-z'])).filter((path) => REFUSED_PATHS.test(path))
  if (touched.length > 0) {
    throw new Failure(`The agent changed ${touched.join(', ')}, which no run may do. Nothing was pushed. Make that change by hand, or ask for something else.`)
  }
  const subject = line(titleOf(issue), 72)
  const message = kind === 'gap-fill' ? `${subject}\n\nFills gaps of the pull request.` : subject
  const who = Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((role) => Object.entries(IDENTITY).map(([key, value]) => [`GIT_${role}_${key}`, value])),
  )
  git(['commit', '--quiet', '--no-verify', '--cleanup=verbatim', '--file=-'], { input: message, env: who })
}

const titleOf = ({ identifier, title }) => powerless(`${identifier ? `${identifier}: ` : ''}${title || 'changes'}`)

/** One branch for each attempt of a run, so that none is in another's way. */
function newBranch({ issue }) {
  const slug = issue.identifier.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 50)
  const { GITHUB_RUN_ID: id, GITHUB_RUN_ATTEMPT: attempt } = process.env
  return `ai-implement/${[slug || 'ticket', id, ...(attempt > 1 ? [attempt] : [])].join('-')}`
}

// The lease: the branch is what it was when the run was asked for (an empty one: it isn't there yet), or nothing is pushed.
function push(token, branch, expected) {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = process.env
  const header = `Authorization: Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`
  const env = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: `http.${server}/.extraHeader`, GIT_CONFIG_VALUE_0: header }
  const ref = `refs/heads/${branch}`
  const lease = `--force-with-lease=${ref}:${expected}`
  try {
    git(['push', '--porcelain', lease, `${server}/${repository}.git`, `HEAD:${ref}`], { env, config: 'own' })
  } catch (error) {
    const said = `${error.stdout ?? ''}${error.stderr ?? ''}`
    if (/stale info|fetch first|non-fast-forward/.test(said)) throw moved(branch)
    throw new Failure(`GitHub did not take the push to ${branch}: ${line(said.replaceAll(token, '…'), 400)}`)
  }
}

async function open(github, branch, facts) {
  const { issue, issueNumber } = facts
  const summary = cut(presentable(handedOver('work', 'result.json')?.summary ?? ''), MOST_SUMMARY)
  const parts = [summary || 'Implements the ticket.', ...(issueNumber ? [`Closes #${issueNumber}`] : []), metadataBlock(issue)]
  const body = parts.join('\n\n')
  const title = line(titleOf(issue), 200)
  const answer = await github.write('POST', '/pulls', { title, head: branch, base: process.env.GITHUB_REF_NAME, body })
  if (answer.status === 201) return answer.body
  if (answer.status === 403 && /not permitted to create/i.test(answer.body?.message ?? '')) {
    throw new Failure(`The branch ${branch} is pushed, but Actions may not open pull requests here. Allow it under Settings → Actions → General, and open this one by hand.`)
  }
  throw new Failure(`The branch ${branch} is pushed. ${refused('POST', '/pulls', answer).message}`)
}
