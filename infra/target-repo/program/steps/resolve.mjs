// What this run is: its facts, its provider and model, its limits.
//
// Owns that everything which can be known to go wrong is said before a minute of a model is paid for.

import { mask, notice, setOutput } from '../lib/actions.mjs'
import { Failure } from '../lib/failure.mjs'
import { factsOf } from '../lib/facts.mjs'
import { readPromptFile } from '../lib/front_matter.mjs'
import { GitHub } from '../lib/github.mjs'
import { limitsOf, resolveProvider } from '../lib/provider.mjs'
import { input } from '../lib/event.mjs'
import { keep } from '../lib/run_file.mjs'

export async function run() {
  const { env } = process
  if (input('run_token')) mask(input('run_token'))
  const kindAlone = env.KIND || undefined
  const facts = await factsOf(new GitHub(env.GITHUB_TOKEN), kindAlone)
  const file = facts.kind === 'plan' ? 'PLANNING.md' : 'WORKFLOW.md'
  const { settings, prompt } = readPromptFile(file)
  const resolved = resolveProvider({
    // What a claim was pinned to counts, also where a variable says something else.
    provider: facts.provider ?? env.PROVIDER,
    region: facts.provider ? facts.awsRegion : env.REGION,
    role: env.ROLE,
    hasOauthToken: env.HAS_OAUTH_TOKEN === 'true',
    hasApiKey: env.HAS_API_KEY === 'true',
    file,
    settings,
  })
  const limits = limitsOf({ provider: resolved.provider, sessionSeconds: env.SESSION_SECONDS, jobMinutes: Number(env.JOB_MINUTES) })
  const rounds = wholeNumber('max_iterations', facts.maxIterations) ?? (resolved.provider === 'bedrock' ? 2 : 3)
  keep({ facts, settings, prompt, resolved, limits, rounds, maxTurns: wholeNumber('max_turns', facts.maxTurns) })

  const place = resolved.provider === 'bedrock' ? `Bedrock in ${resolved.region}` : 'the Anthropic API'
  notice(`${facts.kind} with ${resolved.model} on ${place}.`)
  const outputs = {
    kind: facts.kind,
    provider: resolved.provider,
    region: resolved.region,
    role: resolved.role,
    auth: resolved.auth,
    'gap-model': resolved.gapModel,
    'session-seconds': limits.sessionSeconds,
    'step-minutes': limits.stepMinutes,
    'pr-number': facts.prNumber ?? '',
    'start-sha': facts.headSha ?? env.GITHUB_SHA,
  }
  for (const [name, value] of Object.entries(outputs)) setOutput(name, value)
}

function wholeNumber(name, value) {
  if (value === undefined) return undefined
  if (!/^[1-9]\d{0,4}$/.test(String(value))) throw new Failure(`\`${name}\` is a whole number from 1, not \`${value}\`. Mend it in the mapping.`)
  return Number(value)
}
