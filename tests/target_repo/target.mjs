// A repository as the sync delivers it, and the runs that the tests start in it.
//
// Owns where each delivered file lies, and the usual inputs, facts and scripts, so that a test names only what is special
// about it. Changes no delivered file.

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './act.mjs'

const SOURCE = join(import.meta.dirname, '../../infra/target-repo')

export const REGION = 'us-west-2'
export const ROLE = 'arn:aws:iam::111122223333:role/ai-implement'
export const PROFILE = 'arn:aws:bedrock:us-west-2:111122223333:inference-profile/us.anthropic.claude-sonnet-4-6'
export const CLAIM = '01JZZZZZZZZZZZZZZZZZZZZZZZ'
export const API_KEY = 'sk-ant-key-of-the-repository'
export const OAUTH_TOKEN = 'sk-ant-oat-token-of-the-repository'
export const GAPS = '### ✅ Implemented\n\n- The greeting\n\n### ⚠️ Gaps / Partial Implementation\n\n- No test\n\n### 🔧 Manual Steps Required\n\nNone identified.\n'

/** The files of `main`: what is delivered, and a little program. Front matter is added to the prompt files where it is given. */
export function targetFiles({ workflow = {}, planning = {}, more = {} } = {}) {
  const below = (folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
  const program = below(join(SOURCE, 'program')).filter((path) => !path.includes('/node_modules/'))
  const delivered = ['claude-implement.yml', 'claude-plan.yml', 'comment-trigger.yml'].filter((name) => readdirSync(SOURCE).includes(name))
  return {
    'README.md': '# A target repository\n',
    'src/greeting.txt': 'Hello\n',
    ...Object.fromEntries(program.map((path) => [`.github/ai-implement/${path.slice(join(SOURCE, 'program').length + 1)}`, readFileSync(path)])),
    ...Object.fromEntries(delivered.map((name) => [`.github/workflows/${name}`, source(name)])),
    'WORKFLOW.md': withSettings(source('WORKFLOW.md'), workflow),
    'PLANNING.md': withSettings(source('PLANNING.md'), planning),
    ...more,
  }
}

/** A delivered file, as it lies in this repository. */
export const source = (name) => readFileSync(join(SOURCE, name), 'utf8')
export const sourcePath = (name) => join(SOURCE, name)

const withSettings = (text, settings) =>
  text.replace(/^---\n/, () => `---\n${Object.entries(settings).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join('')}`)

/** What is dispatched for a new implementation. */
export const TICKET = {
  issue_id: 'id-42',
  issue_identifier: 'ENG-42',
  issue_title: 'Greet the world',
  issue_description: 'The greeting should say whom it greets.',
}

/** A model that writes `path`, and then finds a gap. */
export const writes = (path = 'src/greeting.txt', content = 'Hello, world\n') => ({
  work: [
    { use: [{ name: 'Read', input: { file_path: `{{cwd}}/${path}` } }] },
    { use: [{ name: 'Write', input: { file_path: `{{cwd}}/${path}`, content } }] },
    { say: 'The greeting names the world.' },
  ],
  plan: [{ use: [{ name: 'Read', input: { file_path: '{{cwd}}/src/greeting.txt' } }] }, { say: '## Plan\n\n1. Change `src/greeting.txt`.' }],
  gaps: [{ say: GAPS }],
})

/** A run of claude-implement.yml without a control plane. */
export const implement = ({ inputs, settings, more, model = writes(), ...rest } = {}) =>
  run({
    workflow: 'claude-implement.yml',
    files: targetFiles({ workflow: settings, more }),
    inputs: { ...TICKET, ...inputs },
    secrets: { ANTHROPIC_API_KEY: API_KEY },
    model,
    ...rest,
  })

/** A run on Bedrock, as the mapping's inputs ask for it. */
export const implementOnBedrock = ({ inputs, settings, ...rest } = {}) =>
  implement({
    inputs: { provider: 'bedrock', aws_region: REGION, ...inputs },
    settings: { model: PROFILE, ...settings },
    secrets: { AWS_BEDROCK_ROLE_ARN: ROLE },
    ...rest,
  })

export const PULL = { number: 7, head: 'feature', title: 'Greet the world', body: 'Says hello.\n\n<!-- ai-implement-meta\nissue_id: id-42\nissue_identifier: ENG-42\nissue_title: Greet the world\nissue_description_b64: VGhlIGdyZWV0aW5nIHNob3VsZCBzYXkgd2hvbSBpdCBncmVldHMu\n-->' }

/** The pull request's branch: the program greets half. */
export const withFeature = (files = { 'src/name.txt': 'wor\n' }, branch = 'feature') => (repository) => repository.commit(branch, files)

/** A run that fills the gaps of pull request 7. */
export const fillGaps = ({ inputs, prepare = withFeature(), pull = {}, github, ...rest } = {}) =>
  implement({ inputs: { pr_number: '7', ...inputs }, prepare, github: { pulls: [{ ...PULL, ...pull }], ...github }, ...rest })

/** A run of claude-plan.yml. */
export const plan = ({ inputs, settings, more, model = writes(), ...rest } = {}) =>
  run({
    workflow: 'claude-plan.yml',
    files: targetFiles({ planning: settings, more }),
    inputs: { ...TICKET, ...inputs },
    secrets: { ANTHROPIC_API_KEY: API_KEY },
    model,
    ...rest,
  })

/** The facts of a claim, as the control plane gives them. */
export const facts = (more = {}) => ({
  claimId: CLAIM,
  runId: 7001,
  runAttempt: 1,
  kind: 'implement',
  phase: 'implementation',
  repository: 'octo/target',
  gitRef: 'main',
  provider: 'anthropic',
  issue: { id: 'id-42', identifier: 'ENG-42', title: 'Greet the world', description: 'The greeting should say whom it greets.' },
  ...more,
})

/** What makes a run one of a claim, with a control plane that does as the script says. */
export const claimed = (script = {}) => ({
  vars: { AI_IMPLEMENT_URL: '{{controlPlane}}' },
  controlPlane: { facts: facts(), ...script },
})
