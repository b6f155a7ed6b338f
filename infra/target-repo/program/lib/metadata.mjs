// The metadata block: what a pull request's text says of the ticket that it answers.
//
// Owns its form, which the control plane reads: lines of `key: value` in an HTML comment. What stands in it can't end it.

import { cutBytes, line } from './text.mjs'

const OPENING = '<!-- ai-implement-meta'
const KEYS = ['issue_id', 'issue_identifier', 'issue_title', 'issue_description_b64']
/** A body has 65,536 characters at most; this much of the ticket's text is kept, in characters of base64. */
const MOST_DESCRIPTION = 40_000

export function metadataBlock({ id, identifier, title, description }) {
  const kept = cutBytes(description, Math.floor(MOST_DESCRIPTION / 4) * 3)
  const entries = {
    issue_id: plain(id),
    issue_identifier: plain(identifier),
    issue_title: plain(title),
    issue_description_b64: Buffer.from(kept).toString('base64'),
  }
  return [OPENING, ...Object.entries(entries).filter(([, value]) => value).map(([key, value]) => `${key}: ${value}`), '-->'].join('\n')
}

/** What a pull request's text says of its ticket, as inputs of a run; empty where it says nothing. */
export function ticketIn(body) {
  const lines = new RegExp(`${OPENING}\\s*\\r?\\n([\\s\\S]*?)-->`).exec(body)?.[1].split(/\r?\n/) ?? []
  const entries = Object.fromEntries(lines.map((entry) => entry.split(/:\s*(.*)/s)).filter(([key, value]) => KEYS.includes(key) && value))
  const { issue_description_b64: encoded, ...ticket } = entries
  return encoded === undefined ? ticket : { ...ticket, issue_description: Buffer.from(encoded, 'base64').toString() }
}

/** Only what would end the comment is written otherwise. */
const plain = (text) => line(text, 500).replace(/--(!?>)/g, '‐‐$1')
