// The last word of a run: the gap analysis as one comment, and the result to whoever asked for the run.
//
// Owns that a report is made however the run went, and that none of it can make a run that went well a failed one.

import { summarize, warning } from '../lib/actions.mjs'
import { hasClaim, lend } from '../lib/control_plane.mjs'
import { input } from '../lib/event.mjs'
import { MARKER } from '../lib/gaps.mjs'
import { refused } from '../lib/github.mjs'
import { patientRequest } from '../lib/http.mjs'
import { handedOver } from '../lib/run_file.mjs'
import { signIn } from '../lib/session.mjs'
import { cutBytes, presentable } from '../lib/text.mjs'

/** A report has 48 KiB of text at most; this is the longest of it, in bytes. */
const MOST_SUMMARY = 40_000
const PHASES = { plan: 'planning', implement: 'implementation', 'gap-fill': 'gap-fill' }

export async function run() {
  const { env } = process
  const isGood = env.WORK_RESULT === 'success' && !['failure', 'cancelled'].includes(env.PUBLISH_RESULT)
  await attempt('The gap analysis is not posted', () => postGaps(env))
  const report = reportOf(env, isGood)
  const words = isGood ? report.comments.map(({ body }) => body).join('\n\n') : reasonOf(report)
  summarize(`### ${isGood ? 'Done' : 'Not done'}\n\n${words}`)
  await attempt('The result is not reported', () => deliver(report))
}

/** Without anybody to report to, people read it where they asked: a plan, or why there is nothing. */
async function tellPeople(report) {
  const { outcome, phase, comments } = report
  const number = input('pr_number') ?? issueOfThisRepository()
  const words = outcome === 'failure' ? `The run failed. ${reasonOf(report)}` : phase === 'planning' && comments[0]?.body
  if (!number || !words) return
  const { github } = await signIn()
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id } = process.env
  const body = `${presentable(words)}\n\n[The run](${server}/${repository}/actions/runs/${id})`
  const answer = await github.write('POST', `/issues/${number}/comments`, { body })
  if (answer.status !== 201) throw refused('POST', `/issues/${number}/comments`, answer)
}

const reasonOf = ({ failureReason }) => failureReason ?? 'It ended before it had a result; its log has the cause.'

function issueOfThisRepository() {
  const [, repository, number] = /^(.+)#([1-9]\d*)$/.exec(input('issue_identifier') ?? '') ?? []
  return repository?.toLowerCase() === process.env.GITHUB_REPOSITORY.toLowerCase() ? number : undefined
}

/** Whatever fails here is told where the run is looked at. */
async function attempt(what, action) {
  try {
    await action()
  } catch (error) {
    warning(`${what}: ${error.message}`)
  }
}

async function postGaps({ PR_NUMBER: number, NOTE: note }) {
  const { comment } = handedOver('gaps', 'gaps.json') ?? {}
  if (!comment || !number) return
  const { github, isOurs } = await signIn()
  const body = note ? comment.replace('\n\n### ', `\n\n> ${note}\n\n### `) : comment
  const comments = await github.list(`/issues/${number}/comments`)
  const before = comments.find((candidate) => candidate.body?.startsWith(MARKER) && isOurs(candidate))
  const [method, path] = before ? ['PATCH', `/issues/comments/${before.id}`] : ['POST', `/issues/${number}/comments`]
  const answer = await github.write(method, path, { body })
  if (answer.status >= 300 || answer.status === 0) throw refused(method, path, answer)
}

function reportOf(env, isGood) {
  const phase = PHASES[env.KIND || (input('pr_number') ? 'gap-fill' : 'implement')]
  const { summary, usage } = handedOver('work', 'result.json') ?? {}
  const url = env.PR_URL || undefined
  const said = [summary, env.NOTE].filter(Boolean).map((body) => ({ body: cutBytes(String(body), MOST_SUMMARY) }))
  const report = { phase, outcome: isGood ? 'success' : 'failure', comments: isGood ? said : [], ...usageOf(usage) }
  // Where the program knows no reason, whoever reads the run's annotations knows more.
  if (!isGood) return env.FAILURE ? { ...report, failureReason: env.FAILURE } : report
  if (url) return { ...report, prUrl: url }
  return phase === 'implementation' ? { ...report, noWork: true } : report
}

const usageOf = (usage) =>
  usage && Number.isInteger(usage.turns) && Number.isFinite(usage.costUsd) && usage.costUsd >= 0
    ? { usage: { turns: usage.turns, costUsd: usage.costUsd, model: String(usage.model) } }
    : {}

async function deliver(report) {
  const place = hasClaim() ? await lend(input('claim_id'), 'report') : callback()
  if (place === undefined) return tellPeople(report)
  const headers = { authorization: `Bearer ${place.runToken}` }
  const answer = await patientRequest('POST', place.resultUrl, { headers, body: report })
  if (answer.status !== 200) throw new Error(answer.body?.detail ?? `it was answered ${answer.status || answer.text}`)
}

/** For orchestrators without claims: `admit` has seen that theirs is the control plane's own address. */
function callback() {
  const runToken = input('run_token')
  if (!input('runner_callback_url') || !runToken) return undefined
  return { runToken, resultUrl: `${process.env.CONTROL_PLANE.replace(/\/$/, '')}/runner/result` }
}
