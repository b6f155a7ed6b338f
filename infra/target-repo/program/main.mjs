// The steps of the workflows, each by one word: `node main.mjs <step>`.
//
// Owns which steps there are, and how a step's failure reaches people: as an annotation, and as the step's output
// `failure`. Never shows a stack to people, except where the fault is ours.

import { fail } from './lib/actions.mjs'
import { Failure } from './lib/failure.mjs'

const STEPS = {
  resolve: () => import('./steps/resolve.mjs'),
  setup: () => import('./steps/setup.mjs'),
  implement: () => import('./steps/implement.mjs'),
  plan: () => import('./steps/plan.mjs'),
  teardown: () => import('./steps/teardown.mjs'),
  publish: () => import('./steps/publish.mjs'),
  'read-pull-request': () => import('./steps/read_pull_request.mjs'),
  analyse: () => import('./steps/analyse.mjs'),
  report: () => import('./steps/report.mjs'),
  comment: () => import('./steps/comment.mjs'),
}

const name = process.argv[2]
if (!Object.hasOwn(STEPS, name ?? '')) {
  console.error(`usage: main.mjs ${Object.keys(STEPS).join(' | ')}`)
  process.exit(2)
}

try {
  const step = await STEPS[name]()
  await step.run()
} catch (error) {
  if (!(error instanceof Failure)) console.error(error)
  fail(error instanceof Failure ? error.message : `A fault of the workflow's own program, in its step ${name}: ${error.message}`)
}
