// Who this job is towards GitHub: the App, where the control plane lends its token, else GitHub's own token of the job.
//
// Owns that choice, and the knowledge of which comments are ours. Never keeps a token.

import { hasClaim, lend } from './control_plane.mjs'
import { input } from './event.mjs'
import { GitHub } from './github.mjs'

/** A commit by this one's token starts no workflows. https://docs.github.com/en/actions/concepts/security/github_token */
const ACTIONS_BOT = 'github-actions[bot]'

export async function signIn() {
  const lent = hasClaim() ? await lend(input('claim_id'), 'push') : undefined
  const token = lent?.token ?? process.env.GITHUB_TOKEN
  return { token, github: new GitHub(token), startsChecks: lent !== undefined, isOurs: isOursFor(lent) }
}

const isOursFor = (lent) => (comment) =>
  lent === undefined
    ? comment.user?.login === ACTIONS_BOT
    : comment.user?.type === 'Bot' && comment.performed_via_github_app?.id === lent.appId
