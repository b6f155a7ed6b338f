// What a gap analysis is made from: the pull request's text and its diff, and nothing else.
//
// Owns that an analysis is made of an open pull request only.

import { notice, setOutput } from '../lib/actions.mjs'
import { GitHub, refused } from '../lib/github.mjs'
import { keep } from '../lib/run_file.mjs'

export async function run() {
  const { PR_NUMBER: number, GITHUB_TOKEN } = process.env
  const github = new GitHub(GITHUB_TOKEN)
  const pull = await github.get(`/pulls/${number}`)
  const isOpen = pull?.state === 'open'
  setOutput('open', isOpen)
  if (!isOpen) return notice('The pull request is closed: no gap analysis.')
  keep({ number: pull.number, body: pull.body ?? '', diff: await diffOf(github, number) })
}

/** GitHub gives no diff of more than 20,000 lines (406): then its files' own are taken, as far as they are given. */
async function diffOf(github, number) {
  const answer = await github.diff(number)
  if (answer.status === 200) return answer.text
  if (answer.status !== 406) throw refused('GET', `/pulls/${number}`, answer)
  const files = await github.list(`/pulls/${number}/files`)
  return files.map(({ filename, status, patch }) => `--- ${status} ${filename}\n${patch ?? '(not shown)'}`).join('\n')
}
