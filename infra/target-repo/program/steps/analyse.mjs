// Claude compares a pull request with its ticket, without any tool.
//
// Owns that whatever goes wrong here is told and changes nothing about what was implemented.

import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { folder, warning } from '../lib/actions.mjs'
import { letWork } from '../lib/agent.mjs'
import { holdsSecret, readCredentials } from '../lib/credentials.mjs'
import { Failure } from '../lib/failure.mjs'
import { gapComment, gapPrompt } from '../lib/gaps.mjs'
import { ticketIn } from '../lib/metadata.mjs'
import { handOver, kept } from '../lib/run_file.mjs'
import { cut, visible } from '../lib/text.mjs'

const MINUTES = 20
const MOST_BODY = 60_000
const MOST_DIFF = 300_000

export async function run() {
  try {
    handOver(['gaps', 'gaps.json'], { comment: await analysis() })
  } catch (error) {
    if (!(error instanceof Failure)) console.error(error)
    warning(`There is no gap analysis: ${error.message}`)
    handOver(['gaps', 'gaps.json'], { failure: error.message })
  }
}

async function analysis() {
  const { PROVIDER: provider, REGION: region, MODEL: model, EXCHANGE: exchange } = process.env
  if (provider === 'bedrock' && exchange !== 'success') {
    throw new Failure('AWS gave no second session. The first exchange of this run went well: look at the step\'s log, and at the role\'s trust policy.')
  }
  const credentials = readCredentials()
  const { body, diff } = kept()
  const texts = { body: cut(withoutHidden(body), MOST_BODY), diff: cut(diff, MOST_DIFF) }
  const cwd = folder('nowhere')
  mkdirSync(cwd, { recursive: true })
  const prompt = gapPrompt(texts, randomBytes(8).toString('hex'))
  const { text } = await letWork({ provider, region, model, credentials, prompt, cwd, tools: [], maxTurns: 2, deadline: Date.now() + MINUTES * 60_000 })
  if (holdsSecret(credentials, text)) throw new Failure('The model put a credential of this run into its answer.')
  const comment = gapComment(text)
  if (comment === undefined) throw new Failure('The model did not answer in the form that was asked for.')
  return comment
}

// The ticket's text stands in a comment that people don't see: it is decoded, everything else that is hidden is left out.
function withoutHidden(body) {
  const { issue_identifier: identifier = '', issue_title: title = '', issue_description: description = '' } = ticketIn(body)
  return visible([`Ticket: ${identifier} ${title}`, description, 'Pull request:', body].join('\n\n'))
}
