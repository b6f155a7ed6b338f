// What Claude Code reads of a working copy by itself: settings, hooks, servers, memories.
//
// Owns that a pull request's own are never obeyed: they are put back to what the dispatched branch has, and stay out of the
// patch. https://docs.claude.com/en/docs/claude-code/settings

import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { git, names } from './git.mjs'

const FILES = ['CLAUDE.md', 'CLAUDE.local.md', '.mcp.json']
/** Wherever they lie in the tree, and however they are written: some disks don't tell letters apart. */
const PATHSPECS = [
  ...FILES.flatMap((file) => [`:(icase)${file}`, `:(icase,glob)**/${file}`]),
  // The folder with all that is in it, or a link in its place.
  ':(icase).claude', ':(icase,glob)**/.claude',
]

/** For a patch: everything else. */
export const EVERYTHING_ELSE = ['.', ...PATHSPECS.map((spec) => spec.replace(':(', ':(exclude,'))]

/** Puts the dispatched branch's own in place of the pull request's. */
export function restoreAgentConfig() {
  for (const path of names(git(['ls-files', '-z', '--', ...PATHSPECS]))) rmSync(join('work', path), { force: true, recursive: true })
  const wanted = execFileSync('git', ['-C', 'control', 'ls-files', '-z', '--', ...PATHSPECS])
  for (const path of names(wanted)) {
    const place = join('work', path)
    // A folder may be a link to anywhere on a pull request's branch.
    // Nor need it be a folder there, or be there at all.
    if (!existsSync(join('control', path)) || leadsElsewhere(path) || !isFolder(join('work', topOf(path)))) continue
    rmSync(place, { force: true, recursive: true })
    mkdirSync(dirname(place), { recursive: true })
    cpSync(join('control', path), place, { verbatimSymlinks: true })
  }
}

/** The folder that a file of the agent's belongs to: what is in `.claude` belongs to the folder above it. */
const topOf = (path) => dirname(path.replace(/(^|\/)\.claude\/.*$/i, '$1.claude'))

const isFolder = (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

function leadsElsewhere(path) {
  const links = names(git(['ls-files', '-z', '--stage'])).filter((entry) => entry.startsWith('120000 '))
  return links.some((entry) => path.startsWith(`${entry.split('\t')[1]}/`))
}
