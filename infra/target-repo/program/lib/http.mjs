// One JSON request, with a deadline, and once more where that can do no harm.
//
// Owns how often and how long. Never prints a header or a body.

import { setTimeout as pause } from 'node:timers/promises'

const DEADLINE_MS = 30_000
const PAUSES_S = [2, 5, 10, 20]

/** What came back: a status and a body, parsed where it is JSON. Status 0 means that nothing did. */
export async function request(method, url, { headers = {}, body, accept = 'application/json' } = {}) {
  try {
    const answer = await fetch(url, {
      method,
      headers: { accept, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(DEADLINE_MS),
    })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, body: parsed(text), text }
  } catch (error) {
    return { status: 0, headers: new Headers(), body: undefined, text: error.cause?.message ?? error.message }
  }
}

/** The same, asked again while nobody answers or is busy. Only for what may be asked twice. */
export async function patientRequest(method, url, options) {
  for (const seconds of PAUSES_S) {
    const answer = await request(method, url, options)
    if (!isPassing(answer)) return answer
    await pause(1000 * Math.min(Number(answer.headers.get('retry-after')) || seconds, 60))
  }
  return request(method, url, options)
}

const isPassing = ({ status, headers }) =>
  status === 0 || status === 429 || status >= 500 || ((status === 409 || status === 403) && headers.has('retry-after'))

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
