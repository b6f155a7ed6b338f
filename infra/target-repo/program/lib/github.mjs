// GitHub's REST API, for this repository, with the token that the caller holds.
//
// Owns the address and the headers. Never asks a writing request twice.

import { Failure } from './failure.mjs'
import { patientRequest, request } from './http.mjs'

export class GitHub {
  #token

  constructor(token) {
    this.#token = token
  }

  /** The body of an answer, or undefined for 404. */
  async get(path) {
    const answer = await patientRequest('GET', address(path), this.#options({}))
    if (answer.status === 404) return undefined
    if (answer.status !== 200) throw refused('GET', path, answer)
    return answer.body
  }

  /** Everything of a list. */
  async list(path) {
    const all = []
    for (let page = 1; ; page += 1) {
      const some = (await this.get(`${path}?per_page=100&page=${page}`)) ?? []
      all.push(...some)
      if (some.length < 100) return all
    }
  }

  /** What came back for a pull request's diff, whatever it is. */
  diff(number) {
    return patientRequest('GET', address(`/pulls/${number}`), this.#options({ accept: 'application/vnd.github.diff' }))
  }

  /** What came back, whatever it is: the caller reacts to it. */
  write(method, path, body) {
    return request(method, address(path), this.#options({ body }))
  }

  #options(more) {
    const headers = {
      authorization: `Bearer ${this.#token}`,
      'x-github-api-version': '2022-11-28',
      'user-agent': 'ai-implement',
    }
    return { accept: 'application/vnd.github+json', ...more, headers }
  }
}

/** Why GitHub did not do it. */
export function refused(method, path, { status, body, text }) {
  const said = body?.message ?? text.slice(0, 300)
  return new Failure(`GitHub refused ${method} ${path} (${status || 'no answer'}): ${said}`)
}

const address = (path) => `${process.env.GITHUB_API_URL}/repos/${process.env.GITHUB_REPOSITORY}${path}`
