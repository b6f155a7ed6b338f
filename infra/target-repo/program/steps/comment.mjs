// A command in a comment, where there is no control plane: who may ask for what, and the run that follows.
//
// Owns the judgement of one comment. Never acts for somebody who may not write here, nor on a fork's pull request, and
// says why.

import { payload } from '../lib/event.mjs'
import { Failure } from '../lib/failure.mjs'
import { GitHub, refused } from '../lib/github.mjs'
import { ticketIn } from '../lib/metadata.mjs'
import { cut } from '../lib/text.mjs'

const IMPLEMENT = 'claude-implement.yml'
const PLAN = 'claude-plan.yml'
const MAY_ASK = ['write', 'maintain', 'admin']
const MOST_INSTRUCTIONS = 4000
/** GitHub takes 65,535 characters of all inputs together. */
const MOST_DESCRIPTION = 50_000
const HELP = 'There is no control plane here, so these are the commands: `/ai-implement` on a pull request fills its gaps, on an issue implements it; `/ai-implement plan` on an issue plans it. Lines below the command are instructions.'

export async function run() {
  const event = payload()
  const github = new GitHub(process.env.GITHUB_TOKEN)
  const command = commandIn(event.comment.body)
  if (command === undefined) return
  try {
    await mayAsk(github, event.comment.user.login)
    await start(github, event, command)
    await react(github, event, 'rocket')
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    await react(github, event, 'confused')
    await github.write('POST', `/issues/${event.issue.number}/comments`, { body: error.message })
  }
}

/** The verb of the first line, and the lines below it; undefined where the comment is no command. */
export function commandIn(body) {
  const [first, ...rest] = body.split(/\r?\n/)
  const [whole, verb] = /^ {0,3}\/ai-implement(?:[ \t]+(.*?))?[ \t]*$/.exec(first) ?? []
  return whole === undefined ? undefined : { verb: verb ?? '', instructions: rest.join('\n').trim() }
}

async function mayAsk(github, login) {
  const permission = await github.get(`/collaborators/${encodeURIComponent(login)}/permission`)
  if (!MAY_ASK.includes(permission?.role_name) && !MAY_ASK.includes(permission?.permission)) {
    throw new Failure('Only people who may write to this repository can start a run. Ask one of them to comment.')
  }
}

async function start(github, { issue, repository }, { verb, instructions }) {
  const isPull = issue.pull_request !== undefined
  if (verb !== '' && !(verb === 'plan' && !isPull)) throw new Failure(HELP)
  if (instructions.length > MOST_INSTRUCTIONS) throw new Failure(`Instructions have at most ${MOST_INSTRUCTIONS} characters.`)
  if (issue.state !== 'open') throw new Failure('This is closed. Reopen it, and comment again.')
  const here = { issue_id: `${repository.full_name}#${issue.number}`, issue_identifier: `${repository.full_name}#${issue.number}`, issue_title: issue.title }
  const ticket = isPull ? { ...here, issue_description: issue.body ?? '', ...ticketIn(issue.body ?? '') } : { ...here, issue_description: issue.body ?? '' }
  const inputs = {
    ...ticket,
    issue_description: cut(ticket.issue_description, MOST_DESCRIPTION),
    instructions,
    ...(isPull ? await pullInputs(github, issue.number) : {}),
  }
  const path = `/actions/workflows/${verb === 'plan' ? PLAN : IMPLEMENT}/dispatches`
  const answer = await github.write('POST', path, { ref: repository.default_branch, inputs })
  if (answer.status !== 204 && answer.status !== 200) throw refused('POST', path, answer)
}

async function pullInputs(github, number) {
  const pull = await github.get(`/pulls/${number}`)
  if (pull?.head.repo?.full_name !== process.env.GITHUB_REPOSITORY) {
    throw new Failure('This pull request comes from a fork. Push its branch to this repository, and open a pull request from there.')
  }
  return { pr_number: String(number), head_sha: pull.head.sha }
}

// What a reaction says is said by the comment too: one that fails is no reason to stop.
const react = (github, { comment }, content) => github.write('POST', `/issues/comments/${comment.id}/reactions`, { content })
