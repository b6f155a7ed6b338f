// Stands in for npm: `npm ci` without a network, from the packages that the tests' tools bring.
//
// Owns that nothing but the lock file's own versions is installed. Claude Code's binary is put behind a wrapper that notes
// what it is given, and then is the real one.

import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const { record } = await import(process.env.TARGET_REPO_STUBS)
const { TARGET_REPO_MODULES: modules, TARGET_REPO_RUN: run } = process.env
const args = process.argv.slice(2)
record({ action: 'npm', args, cwd: process.cwd() })
if (args[0] !== 'ci' || !args.includes('--ignore-scripts')) end(`this npm only does "npm ci --ignore-scripts", not "npm ${args.join(' ')}"`)

const home = resolve(args.find((arg) => arg.startsWith('--prefix='))?.slice('--prefix='.length) ?? args[args.indexOf('--prefix') + 1] ?? '.')
const { packages } = JSON.parse(readFileSync(join(home, 'package-lock.json'), 'utf8'))
rmSync(join(home, 'node_modules'), { recursive: true, force: true })
for (const [place, { version, optional, integrity }] of Object.entries(packages)) {
  if (place === '') continue
  if (!integrity) end(`${place} has no checksum in package-lock.json`)
  install(place, version, optional)
}

function install(place, version, optional) {
  const source = join(modules, place.replace(/^node_modules\//, ''))
  const found = existsSync(source) && JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')).version
  if (found !== version) {
    if (optional && !found) return
    end(`${place}@${version} is not among the tests' tools (they have ${found || 'none'}): package-lock.json and tests/tools/package.json differ`)
  }
  const target = join(home, place)
  mkdirSync(dirname(target), { recursive: true })
  if (existsSync(join(source, 'claude'))) wrap(source, target)
  else symlinkSync(source, target)
}

// It takes down names and values as they are in memory; what a test then shows of them is the test's matter.
function wrap(source, target) {
  mkdirSync(target)
  cpSync(join(source, 'package.json'), join(target, 'package.json'))
  const script = `#!/bin/bash
call="$(mktemp -d '${run}/claude/call-XXXXXX')"
cat /proc/$$/environ >"$call/environment"
cat /proc/$PPID/environ >"$call/parent_environment"
printf '%s\\0' "$@" >"$call/arguments"
printf '%s' "$PWD" >"$call/folder"
date +%s%3N >"$call/at"
printf %s $$ >"$call/process"
exec '${join(source, 'claude')}' "$@"
`
  writeFileSync(join(target, 'claude'), script, { mode: 0o755 })
}

function end(message) {
  console.error(`npm (stub): ${message}`)
  process.exit(1)
}
