// The control plane, as the run of a claim sees it: its facts, its tokens, its ear.
//
// Owns the proof that is shown to it, GitHub's own token for this job. Speaks to the address in the repository's variable
// and to no other, and never stores a token.

import { mask } from './actions.mjs'
import { Failure } from './failure.mjs'
import { patientRequest } from './http.mjs'

/** Whether this run answers a claim; otherwise it goes on alone. */
export const hasClaim = () => process.env.MODE === 'claim'

/** What this run was admitted for. It may be asked for again and again. */
export async function redeem(claim) {
  const answer = await ask(claim, 'redeem')
  if (answer.status === 200) return answer.body
  throw new Failure(`The control plane does not let this run go on: ${said(answer)}`)
}

/**
 * A token, for `push` or `report`.
 * Undefined where the App may not give one: GitHub's own token of this job is left then.
 */
export async function lend(claim, purpose) {
  let answer = await ask(claim, 'token', { for: purpose })
  // Of a run that is run again in part, no job has asked yet whether this attempt may act.
  if (answer.status === 403 && answer.body?.code === 'NOT_REDEEMED') {
    await redeem(claim)
    answer = await ask(claim, 'token', { for: purpose })
  }
  if (answer.status === 409) return undefined
  if (answer.status !== 200) throw new Failure(`The control plane lends no token: ${said(answer)}`)
  mask(answer.body.token ?? answer.body.runToken)
  return answer.body
}

async function ask(claim, what, body) {
  const place = `${process.env.CONTROL_PLANE.replace(/\/$/, '')}/v1/claims`
  const headers = { authorization: `Bearer ${await proof(place)}` }
  return patientRequest('POST', `${place}/${encodeURIComponent(claim)}/${what}`, { headers, body })
}

async function proof(audience) {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = process.env
  if (!url || !token) throw new Failure('This job may not prove itself: it needs `permissions: id-token: write`.')
  const place = new URL(url)
  place.searchParams.set('audience', audience)
  const answer = await patientRequest('GET', place, { headers: { authorization: `Bearer ${token}` } })
  if (!answer.body?.value) throw new Failure(`GitHub gave no OIDC token (${answer.status || answer.text}). Run the workflow again.`)
  mask(answer.body.value)
  return answer.body.value
}

const said = ({ status, body, text }) => body?.detail ?? (status ? `it answered ${status}.` : `it can't be reached (${text}).`)
