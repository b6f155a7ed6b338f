// What GitHub enforces and act doesn't, judged after a run by what the parties saw.
//
// Owns: a job's permissions against the calls that it made with GitHub's own token, and outputs and logs that hold a secret.
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions

import { JOB_TOKEN } from './github.mjs'

const LEVELS = ['none', 'read', 'write']

/** Which permission a request with the job's token needs: any one of these. */
const NEEDS = [
  { is: ({ operation }) => operation === 'fetch', any: ['contents:read'] },
  { is: ({ operation }) => operation === 'push', any: ['contents:write'] },
  { is: ({ method, path }) => method === 'GET' && /\/pulls(\/|$)/.test(path), any: ['pull-requests:read'] },
  { is: ({ method, path }) => method !== 'GET' && /\/pulls(\/|$)/.test(path), any: ['pull-requests:write'] },
  { is: ({ method, path }) => method === 'GET' && /\/issues\//.test(path), any: ['issues:read', 'pull-requests:read'] },
  { is: ({ method, path }) => method !== 'GET' && /\/issues\//.test(path), any: ['issues:write', 'pull-requests:write'] },
  { is: ({ method, path }) => method === 'POST' && /\/actions\/workflows\/[^/]+\/dispatches$/.test(path), any: ['actions:write'] },
  // Whoever has a token may read this.
  { is: ({ method, path }) => method === 'GET' && /\/collaborators\/[^/]+\/permission$/.test(path), any: ['metadata:none'] },
]

/** Calls that GitHub would refuse, as sentences. */
export function permissionFaults({ jobs, permissions }, requests, calls) {
  const allows = (job, need) => {
    const [scope, level] = need.split(':')
    const granted = (jobs[job]?.permissions ?? permissions ?? {})[scope] ?? 'none'
    return LEVELS.indexOf(granted) >= LEVELS.indexOf(level)
  }
  const refused = requests
    .filter(({ token }) => token === JOB_TOKEN)
    .map((request) => ({ request, rule: NEEDS.find(({ is }) => is(request)) }))
    .filter(({ request, rule }) => !rule?.any.some((need) => allows(request.job, need)))
    .map(({ request, rule }) => `the job ${request.job} may not ${request.method} ${request.path}: it needs ${rule?.any.join(' or ') ?? 'nobody knows what'}`)
  const unproved = calls
    .filter(({ path, job }) => path === '/oidc/token' && !allows(job, 'id-token:write'))
    .map(({ job }) => `the job ${job} gets no OIDC token: it needs id-token:write`)
  return [...refused, ...unproved]
}

/** Secrets that are printed, and outputs of jobs that GitHub would blank because they hold one. */
export function secretFaults({ jobs }, { steps, log, secrets }) {
  const printed = secrets.filter((secret) => log.includes(secret)).map((secret) => `the log shows ${secret.slice(0, 20)}…`)
  const blanked = Object.entries(jobs).flatMap(([job, { outputs = {} }]) =>
    Object.entries(outputs).flatMap(([name, expression]) =>
      [...String(expression).matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)]
        .map(([, id, output]) => steps.find((step) => step.job === job && step.id === id)?.outputs[output])
        .filter((value) => value && secrets.some((secret) => value.includes(secret)))
        .map(() => `the output ${name} of the job ${job} holds a secret: GitHub blanks it`),
    ),
  )
  return [...printed, ...blanked]
}
