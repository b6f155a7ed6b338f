// The target repository of a test: a bare repository on disk, and the hand that commits to it.
//
// Owns branches and their content. Serves nothing: that is `git_server.mjs`. Never touches the developer's own git settings.

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const AUTHOR = { GIT_AUTHOR_NAME: 'Author', GIT_AUTHOR_EMAIL: 'author@example.com', GIT_COMMITTER_NAME: 'Author', GIT_COMMITTER_EMAIL: 'author@example.com' }
const OWN_SETTINGS = { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', ...AUTHOR }
const MOST_OUTPUT = 64 * 1024 * 1024

/** Runs git in a folder, with none of the machine's settings. */
export const gitIn = (folder, ...args) =>
  execFileSync('git', ['-C', folder, ...args], { env: OWN_SETTINGS, maxBuffer: MOST_OUTPUT, stdio: ['ignore', 'pipe', 'pipe'] }).toString()

/** Creates `<root>/<fullName>.git` with these files on `main`, and a working copy in `desk`. */
export function createRepository({ root, desk, fullName, files }) {
  const bare = join(root, `${fullName}.git`)
  mkdirSync(bare, { recursive: true })
  gitIn(bare, 'init', '--quiet', '--bare', '--initial-branch=main')
  for (const setting of ['uploadpack.allowAnySHA1InWant', 'http.receivepack', 'http.uploadpack']) gitIn(bare, 'config', setting, 'true')
  mkdirSync(desk, { recursive: true })
  gitIn(desk, 'init', '--quiet', '--initial-branch=main')
  gitIn(desk, 'remote', 'add', 'origin', bare)
  const repository = new Repository(bare, desk, fullName)
  repository.commit('main', files)
  return repository
}

/** One that was created before. */
export const openRepository = ({ root, desk, fullName }) => new Repository(join(root, `${fullName}.git`), desk, fullName)

class Repository {
  constructor(bare, desk, fullName) {
    Object.assign(this, { bare, desk, fullName })
  }

  /**
   * Commits to a branch, which is made from `from` where it isn't there. A content is text, bytes, `null` for a removal, or
   * `{linkTo}` for a symbolic link.
   */
  commit(branch, files, { from = 'main', message = `Change ${branch}` } = {}) {
    const start = this.sha(branch) ?? this.sha(from)
    if (start !== undefined) {
      gitIn(this.desk, 'fetch', '--quiet', 'origin', start)
      gitIn(this.desk, 'checkout', '--quiet', '--force', '--detach', start)
    }
    for (const [path, content] of Object.entries(files)) put(join(this.desk, path), content)
    gitIn(this.desk, 'add', '--all', '--force')
    gitIn(this.desk, 'commit', '--quiet', '--allow-empty', '--no-verify', '-m', message)
    gitIn(this.desk, 'push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`)
    return this.sha(branch)
  }

  remove(branch) {
    gitIn(this.bare, 'update-ref', '-d', `refs/heads/${branch}`)
  }

  sha(branch) {
    return this.branches()[branch]
  }

  branches() {
    const lines = gitIn(this.bare, 'for-each-ref', '--format=%(refname:lstrip=2) %(objectname)', 'refs/heads').split('\n').filter(Boolean)
    return Object.fromEntries(lines.map((line) => line.split(' ')))
  }

  /** A file's content on a branch, or undefined. */
  read(branch, path) {
    try {
      return gitIn(this.bare, 'show', `${branch}:${path}`)
    } catch {
      return undefined
    }
  }

  /** All of a branch's files, as `{path: text}`. */
  files(branch) {
    const paths = gitIn(this.bare, 'ls-tree', '-r', '-z', '--name-only', branch).split('\0').filter(Boolean)
    return Object.fromEntries(paths.map((path) => [path, this.read(branch, path)]))
  }

  /** The paths that a branch changes against another. */
  changed(base, head) {
    return gitIn(this.bare, 'diff', '--name-only', '-z', `${base}...${head}`).split('\0').filter(Boolean)
  }

  diff(base, head) {
    return gitIn(this.bare, 'diff', `${base}...${head}`)
  }

  /** `{author, message, parents}` of a branch's last commit. */
  last(branch) {
    const [author, parents, ...message] = gitIn(this.bare, 'log', '-1', '--format=%an <%ae>%n%P%n%B', branch).split('\n')
    return { author, parents: parents.split(' '), message: message.join('\n').trim() }
  }
}

function put(path, content) {
  rmSync(path, { recursive: true, force: true })
  if (content === null) return
  mkdirSync(dirname(path), { recursive: true })
  if (content?.linkTo !== undefined) symlinkSync(content.linkTo, path)
  else writeFileSync(path, content)
}

/** A working copy of the branch `main`, as act wants one: it reads the repository's name from an address at github.com. */
export function checkOut(repository, folder) {
  cpSync(repository.desk, folder, { recursive: true })
  gitIn(folder, 'checkout', '--quiet', '--force', '-B', 'main', repository.sha('main'))
  gitIn(folder, 'remote', 'set-url', 'origin', `https://github.com/${repository.fullName}.git`)
}
