// Which provider answers, by what credential, with which model, for how long.
//
// Owns every reason not to start, each with the place to mend, before a model is asked anything. Pure. Models are passed on
// as they are written.

import { Failure } from './failure.mjs'

const ANTHROPIC_MODEL = 'claude-sonnet-4-6'
const ANTHROPIC_GAP_MODEL = 'claude-haiku-4-5-20251001'

// One hour is what every role allows.
const SESSION_SECONDS = 3600
const SHORTEST_SESSION_SECONDS = 900
const LONGEST_SESSION_SECONDS = 43_200
/** The agent's step ends so long before its credentials do. */
const SESSION_MARGIN_MINUTES = 5
/** What setting up and handing over may take of the job. */
const JOB_MARGIN_MINUTES = 10

export function resolveProvider({ provider, region, role, hasOauthToken, hasApiKey, file, settings }) {
  if (provider === 'bedrock') return bedrock({ region, role, file, settings })
  if (provider !== 'anthropic') {
    throw new Failure(`The provider \`${provider}\` is unknown: it is anthropic or bedrock. Mend it in the mapping, or in the variable AI_IMPLEMENT_PROVIDER.`)
  }
  if (!hasOauthToken && !hasApiKey) {
    throw new Failure('There is neither a secret CLAUDE_CODE_OAUTH_TOKEN nor a secret ANTHROPIC_API_KEY. Add one under Settings → Secrets and variables → Actions.')
  }
  const model = settings.model ?? ANTHROPIC_MODEL
  const auth = hasOauthToken ? 'oauth-token' : 'api-key'
  return { provider, auth, region: '', role: '', model, gapModel: settings.gap_analysis_model ?? ANTHROPIC_GAP_MODEL }
}

function bedrock({ region, role, file, settings }) {
  if (!region) {
    throw new Failure('Bedrock has no region. Set it in the mapping, or in the variable AI_IMPLEMENT_AWS_REGION.')
  }
  if (!/^[a-z]{2}(-[a-z]+)+-\d{1,2}$/.test(region)) {
    throw new Failure(`\`${region}\` is no region of AWS. Mend it in the mapping, or in the variable AI_IMPLEMENT_AWS_REGION.`)
  }
  if (!role) {
    throw new Failure('Bedrock has no role. Add the secret AWS_BEDROCK_ROLE_ARN under Settings → Secrets and variables → Actions, or set `roleArn` in the mapping.')
  }
  if (!settings.model) {
    throw new Failure(`Bedrock has no model. Write \`model:\` into the front matter of ${file}: the id of a model, or an inference profile's id or ARN.`)
  }
  return { provider: 'bedrock', auth: 'role', region, role, model: settings.model, gapModel: settings.gap_analysis_model ?? settings.model }
}

/** How long a session of the role is asked for, and how long the agent's step may take. */
export function limitsOf({ provider, sessionSeconds, jobMinutes }) {
  const session = sessionOf(sessionSeconds)
  const ofJob = Math.max(jobMinutes - JOB_MARGIN_MINUTES, Math.ceil(jobMinutes / 2))
  const ofSession = Math.floor(session / 60) - SESSION_MARGIN_MINUTES
  return { sessionSeconds: session, stepMinutes: provider === 'bedrock' ? Math.min(ofJob, ofSession) : ofJob }
}

function sessionOf(text) {
  if (!text) return SESSION_SECONDS
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : NaN
  if (!(seconds >= SHORTEST_SESSION_SECONDS && seconds <= LONGEST_SESSION_SECONDS)) {
    throw new Failure(`The variable AI_IMPLEMENT_SESSION_SECONDS is ${SHORTEST_SESSION_SECONDS} to ${LONGEST_SESSION_SECONDS}, and no more than the role allows.`)
  }
  return seconds
}
