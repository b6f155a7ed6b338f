// Git over HTTP, as a run fetches and pushes: `git http-backend` behind Basic authentication.
//
// Owns who is asking: the token is noted, and one that isn't known gets nothing. What is on disk is git's own matter.
// https://git-scm.com/docs/git-http-backend

import { spawn } from 'node:child_process'

const SERVED = /^\/([^/]+\/[^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/

/** Answers a request for a repository below `root`; false where it is none. */
export function answerGit({ root, knows, record }, request, response) {
  const match = SERVED.exec(request.path)
  if (match === null) return false
  const [, fullName, service] = match
  const [, password] = Buffer.from(/^basic (.*)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '', 'base64').toString().split(/:(.*)/s)
  const writes = service === 'git-receive-pack' || request.query.get('service') === 'git-receive-pack'
  record({ token: password, operation: writes ? 'push' : 'fetch', service })
  if (!knows(password)) {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' })
    response.end('Bad credentials')
    return true
  }
  runBackend(environmentOf(root, fullName, service, request), request.bytes, response)
  return true
}

function environmentOf(root, fullName, service, { method, query, headers }) {
  return {
    PATH: process.env.PATH,
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_PROTOCOL: headers['git-protocol'] ?? '',
    HTTP_CONTENT_ENCODING: headers['content-encoding'] ?? '',
    PATH_INFO: `/${fullName}.git/${service}`,
    QUERY_STRING: query.toString(),
    REQUEST_METHOD: method,
    CONTENT_TYPE: headers['content-type'] ?? '',
    REMOTE_USER: 'x-access-token',
    REMOTE_ADDR: '127.0.0.1',
  }
}

function runBackend(env, input, response) {
  const child = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const parts = []
  child.stdout.on('data', (part) => parts.push(part))
  child.on('close', () => {
    const output = Buffer.concat(parts)
    const end = output.indexOf('\r\n\r\n')
    const headers = Object.fromEntries(output.subarray(0, end).toString().split('\r\n').map((line) => line.split(/: (.*)/s)))
    const status = Number((headers.Status ?? '200').split(' ')[0])
    delete headers.Status
    response.writeHead(status, headers)
    response.end(output.subarray(end + 4))
  })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
}
