// Stands in for actions/upload-artifact: an artefact is a folder of the test's run.
//
// Owns name, path (one folder or file), if-no-files-found, overwrite, and that hidden files stay behind.

const { begin, fail, record, runFolder } = await import(process.env.TARGET_REPO_STUBS)
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'

const inputs = begin('upload-artifact', import.meta.dirname)
const place = join(runFolder, 'artifacts', inputs.name)
const source = resolve(process.env.GITHUB_WORKSPACE, inputs.path)
if (/["':<>|*?\r\n\\/]/.test(inputs.name)) fail(`The artifact name is not valid: ${inputs.name}`)
if (/[*?\n]/.test(inputs.path.trim())) fail('this stub takes one folder or file')

const isHidden = (path) => basename(path).startsWith('.') && path !== source
const files = existsSync(source) ? (statSync(source).isDirectory() ? readdirSync(source, { recursive: true }) : [basename(source)]) : []
if (files.length === 0) {
  if (inputs['if-no-files-found'] === 'error') fail(`No files were found with the provided path: ${inputs.path}.`)
  record({ action: 'upload-artifact', name: inputs.name, empty: true })
} else {
  if (existsSync(place) && inputs.overwrite !== 'true') fail(`Conflict: an artifact with this name already exists: ${inputs.name}`)
  rmSync(place, { recursive: true, force: true })
  mkdirSync(place, { recursive: true })
  const target = statSync(source).isDirectory() ? place : join(place, basename(source))
  cpSync(source, target, { recursive: true, filter: (path) => inputs['include-hidden-files'] === 'true' || !isHidden(path) })
}
