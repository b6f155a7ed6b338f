// GitHub as a run sees it: its REST API for pull requests and comments, and its git server, for one repository.
//
// Owns pull requests, comments, people's roles and dispatches; what a branch is stands in the repository itself. Answers,
// and is asked, as GitHub's API description says. Tells who is asking by the token, and lets nobody in without one. Decides
// nothing about a run.
// https://docs.github.com/en/rest/pulls/pulls · https://docs.github.com/en/rest/issues/comments

import { answerGit } from './git_server.mjs'
import { answerFault, requestFault } from './openapi.mjs'
import { json, serve } from './server.mjs'

/** GitHub's own token of a job, and the App's that the control plane lends. */
export const JOB_TOKEN = 'ghs_token-of-the-job'
export const APP_TOKEN = 'ghs_token-of-the-app'
export const APP_ID = 4242

const BOTS = {
  [JOB_TOKEN]: { login: 'github-actions[bot]', id: 41898282, app: { id: 15368, slug: 'github-actions', name: 'GitHub Actions' } },
  [APP_TOKEN]: { login: 'ai-implement[bot]', id: 900, app: { id: APP_ID, slug: 'ai-implement', name: 'AI-Implement' } },
}
const API = '/api/v3'

/**
 * @param {{repository: object, root: string, pulls?: object[], comments?: object[], people?: Record<string, string>, tokens?: string[],
 *   faults?: {method: string, path: RegExp, status: number, body?: object, times?: number}[], onRequest?: (request: object) => void,
 *   job: () => string | undefined}} options
 */
export async function startGitHub({ repository, root, pulls = [], comments = [], people = {}, tokens = Object.keys(BOTS), faults = [], onRequest = () => {}, job }) {
  const [requests, breaches] = [[], []]
  const github = new GitHub(repository, pulls, comments, people)
  const server = await serve((request, response) => {
    const place = { job: job(), method: request.method, path: request.path }
    onRequest(place)
    const record = (more) => requests.push({ ...place, ...more })
    const knows = (token) => tokens.includes(token)
    if (answerGit({ root, knows, record }, request, response)) return undefined
    const token = /^(?:bearer|token) (.*)$/i.exec(request.headers.authorization ?? '')?.[1]
    record({ token, operation: 'api', body: request.body, accept: request.headers.accept, query: Object.fromEntries(request.query) })
    if (!knows(token)) return json(response, 401, { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest', status: '401' })
    const fault = faults.find(({ method, path, times = 1 }) => times > 0 && method === request.method && path.test(request.path))
    if (fault) {
      fault.times = (fault.times ?? 1) - 1
      return json(response, fault.status, fault.body ?? { message: 'scripted' }, fault.headers)
    }
    response.asked = { method: request.method, path: request.path.slice(API.length), breaches }
    const breach = requestFault(response.asked.method, response.asked.path, request.body)
    if (breach) breaches.push(`${request.method} ${request.path}: ${breach}`)
    return github.answer(request, response, BOTS[token] ?? BOTS[JOB_TOKEN])
  })
  return {
    ...server,
    api: `${server.url}${API}`,
    requests,
    breaches,
    pulls: () => github.pulls.map((pull) => github.pull(pull, server.url)),
    comments: github.comments,
    dispatches: github.dispatches,
    closePull: (number) => Object.assign(github.pulls.find((pull) => pull.number === number), { state: 'closed' }),
    made: (method, path) => requests.filter((request) => request.method === method && path.test(request.path)),
    pushes: () => requests.filter(({ operation, service }) => operation === 'push' && service === 'git-receive-pack'),
  }
}

class GitHub {
  dispatches = []

  constructor(repository, pulls, comments, people) {
    Object.assign(this, { repository, people })
    this.pulls = pulls.map((pull) => ({ title: 'A pull request', body: null, state: 'open', base: 'main', author: 'writer', ...pull }))
    this.comments = comments.map((comment, index) => ({ id: index + 1, ...comment }))
  }

  answer({ method, path, query, headers, body }, response, bot) {
    const base = `${API}/repos/${this.repository.fullName}`
    if (!path.startsWith(`${base}/`)) return notFound(response)
    const [, collection, ...rest] = path.slice(base.length).split('/')
    const call = `${method} ${collection}${rest.map((part) => (/^\d+$/.test(part) ? '/{}' : `/${part}`)).join('')}`
    const number = Number(rest.find((part) => /^\d+$/.test(part)))
    const routes = {
      'GET pulls/{}': () => this.#showPull(number, headers, response),
      'GET pulls/{}/files': () => this.#withPull(number, response, (pull) => reply(response, 200, this.#files(pull))),
      'GET pulls': () => reply(response, 200, this.#pullsLike(query).map((pull) => this.pull(pull))),
      'POST pulls': () => this.#openPull(body, response, bot),
      'GET issues/{}': () => this.#withPull(number, response, (pull) => reply(response, 200, { ...this.pull(pull), pull_request: {} })),
      'GET issues/{}/comments': () => reply(response, 200, page(this.comments.filter((comment) => comment.number === number), query)),
      'POST issues/{}/comments': () => this.#comment(number, body, response, bot),
      'POST issues/comments/{}/reactions': () => reply(response, 201, { id: 1, content: body?.content, user: { login: bot.login, type: 'Bot' } }),
      [`GET collaborators/${rest[0]}/permission`]: () => this.#permission(rest[0], response),
      [`POST actions/workflows/${rest[1]}/dispatches`]: () => this.#dispatch(rest[1], body, response),
      'PATCH issues/comments/{}': () => this.#editComment(number, body, response, bot),
    }
    return Object.hasOwn(routes, call) ? routes[call]() : notFound(response)
  }

  pull({ number, state, title, body, head, base, author, fork, draft = false, sha }) {
    const { fullName } = this.repository
    const repo = (name) => ({ full_name: name, fork: name !== fullName })
    return {
      number,
      state,
      title,
      body,
      draft,
      html_url: `https://github.com/${fullName}/pull/${number}`,
      user: { login: author, type: author.endsWith('[bot]') ? 'Bot' : 'User' },
      head: { ref: head, sha: sha ?? this.repository.sha(head), repo: fork === 'deleted' ? null : repo(fork ?? fullName) },
      base: { ref: base, sha: this.repository.sha(base), repo: repo(fullName) },
    }
  }

  #withPull(number, response, answer) {
    const pull = this.pulls.find((candidate) => candidate.number === number)
    return pull === undefined ? notFound(response) : answer(pull)
  }

  #showPull(number, headers, response) {
    return this.#withPull(number, response, (pull) => {
      if (!/diff/.test(headers.accept ?? '')) return reply(response, 200, this.pull(pull))
      if (pull.hasHugeDiff) return reply(response, 406, { message: 'Sorry, the diff exceeded the maximum number of lines (20000)', status: '406' })
      response.writeHead(200, { 'content-type': 'application/vnd.github.diff; charset=utf-8' })
      return response.end(this.repository.diff(pull.base, pull.head))
    })
  }

  #files({ base, head }) {
    return this.repository.changed(base, head).map((filename) => ({ filename, status: 'modified', patch: '@@ -0,0 +1 @@' }))
  }

  #pullsLike(query) {
    const [state, head] = [query.get('state') ?? 'open', query.get('head')?.split(':').at(-1)]
    return this.pulls.filter((pull) => (state === 'all' || pull.state === state) && (head === undefined || pull.head === head))
  }

  #openPull(body, response, bot) {
    const { title, head, base } = body ?? {}
    const invalid = (error) => reply(response, 422, { message: 'Validation Failed', errors: [{ resource: 'PullRequest', ...error }], status: '422' })
    if (!title) return invalid({ field: 'title', code: 'missing_field' })
    if (this.repository.sha(head) === undefined) return invalid({ field: 'head', code: 'invalid' })
    if (this.repository.sha(base) === undefined) return invalid({ field: 'base', code: 'invalid' })
    if (this.repository.changed(base, head).length === 0) return invalid({ code: 'custom', message: `No commits between ${base} and ${head}` })
    if (this.pulls.some((pull) => pull.head === head && pull.state === 'open')) {
      return invalid({ code: 'custom', message: `A pull request already exists for ${this.repository.fullName.split('/')[0]}:${head}.` })
    }
    const pull = { state: 'open', ...body, number: Math.max(0, ...this.pulls.map(({ number }) => number)) + 1, author: bot.login }
    this.pulls.push(pull)
    return reply(response, 201, this.pull(pull))
  }

  #permission(login, response) {
    const role = this.people[decodeURIComponent(login)]
    if (role === undefined) return reply(response, 200, { permission: 'none', role_name: 'none', user: { login } })
    const permission = { maintain: 'write', triage: 'read' }[role] ?? role
    return reply(response, 200, { permission, role_name: role, user: { login } })
  }

  #dispatch(file, body, response) {
    this.dispatches.push({ file, ...body })
    response.writeHead(204)
    return response.end()
  }

  #comment(number, body, response, bot) {
    const comment = { id: 1000 + this.comments.length, number, ...authorship(bot), body: body?.body, created_at: now(), updated_at: now() }
    this.comments.push(comment)
    return reply(response, 201, comment)
  }

  // An App with write access may edit anybody's comment.
  #editComment(id, body, response) {
    const comment = this.comments.find((candidate) => candidate.id === id)
    if (comment === undefined) return notFound(response)
    Object.assign(comment, { body: body?.body, updated_at: now() })
    return reply(response, 200, comment)
  }
}

/** Answers, and notes where the answer is none that GitHub gives. */
function reply(response, status, body) {
  const { method, path, breaches } = response.asked
  const fault = answerFault(method, path, status, body)
  // The description forgets that a fork can be gone.
  if (fault && !/head\/repo must be object/.test(fault)) breaches.push(`the test's own answer to ${method} ${path}: ${fault}`)
  json(response, status, body)
}

/** How GitHub shows who wrote a comment. */
export const authorship = ({ login, id, app }) => ({ user: { login, id, type: 'Bot' }, performed_via_github_app: app })
export const byToken = (token) => authorship(BOTS[token])
export const byPerson = (login) => ({ user: { login, id: 7, type: 'User' }, performed_via_github_app: null })

function page(all, query) {
  const size = Math.min(Number(query.get('per_page') ?? 30), 100)
  const start = (Number(query.get('page') ?? 1) - 1) * size
  return all.slice(start, start + size)
}

const now = () => new Date().toISOString()
const notFound = (response) => reply(response, 404, { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' })
