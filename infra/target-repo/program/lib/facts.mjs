// What this run is about: the claim's pinned facts, or, alone, the inputs and the pull request itself.
//
// Owns their shape (that of the control plane's `RunFacts`), and that a gap-fill starts only from an open pull request of
// this very repository whose head is still the commit that was judged.

import { hasClaim, redeem } from './control_plane.mjs'
import { input } from './event.mjs'
import { Failure } from './failure.mjs'

export async function factsOf(github, kindAlone) {
  const facts = hasClaim() ? await redeem(input('claim_id')) : alone(kindAlone)
  return facts.kind === 'gap-fill' ? { ...facts, ...(await head(github, facts)) } : facts
}

function alone(kind) {
  const number = input('pr_number')
  if (number !== undefined && !/^[1-9]\d{0,15}$/.test(number)) throw new Failure('The input pr_number is no number.')
  const planningContext = { parent: input('parent'), siblings: input('siblings'), dependencies: input('dependencies') }
  return {
    kind: kind ?? (number === undefined ? 'implement' : 'gap-fill'),
    prNumber: kind === 'plan' || number === undefined ? undefined : Number(number),
    headSha: input('head_sha'),
    issue: {
      id: input('issue_id'),
      identifier: input('issue_identifier') ?? '',
      title: input('issue_title') ?? '',
      description: input('issue_description') ?? '',
    },
    instructions: input('instructions'),
    planningContext,
    maxTurns: input('max_turns'),
    maxIterations: input('max_iterations'),
  }
}

async function head(github, { prNumber, headSha }) {
  const pull = await github.get(`/pulls/${prNumber}`)
  if (pull === undefined) throw new Failure(`There is no pull request ${prNumber} here.`)
  if (pull.state !== 'open') throw new Failure(`Pull request ${prNumber} is closed. Reopen it, and comment \`/ai-implement\` again.`)
  if (pull.head.repo?.full_name?.toLowerCase() !== process.env.GITHUB_REPOSITORY.toLowerCase()) {
    throw new Failure(`Pull request ${prNumber} comes from a fork. Push its branch to this repository, and open a pull request from there.`)
  }
  if (headSha !== undefined && headSha !== pull.head.sha) throw moved(pull.head.ref)
  return { headSha: pull.head.sha, headBranch: pull.head.ref }
}

/** The branch has other commits than those that were judged. */
export const moved = (branch) =>
  new Failure(`The branch ${branch} has moved since this run was asked for. Nothing was pushed. Comment \`/ai-implement\` again to work on its present state.`)
