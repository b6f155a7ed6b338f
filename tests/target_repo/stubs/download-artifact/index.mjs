// Stands in for actions/download-artifact: an artefact is a folder of the test's run.
//
// Owns name and path. A pattern, ids and another run's artefacts are refused, as nothing here has them.

const { begin, fail, runFolder, setOutput } = await import(process.env.TARGET_REPO_STUBS)
import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

const inputs = begin('download-artifact', import.meta.dirname)
if (!inputs.name || inputs.pattern || inputs['artifact-ids'] || inputs['github-token']) fail('this stub takes a name, of this run')
const place = join(runFolder, 'artifacts', inputs.name)
if (!existsSync(place)) fail(`Unable to download artifact(s): Artifact not found for name: ${inputs.name}`)
const target = resolve(process.env.GITHUB_WORKSPACE, inputs.path || '.')
mkdirSync(target, { recursive: true })
cpSync(place, target, { recursive: true })
setOutput('download-path', target)
