// The metadata block: what a pull request's text says of the ticket that it answers.
//
// Owns its form, which the control plane reads: lines of `key: value` in an HTML comment. What stands in it can't end it.

import { cut, line } from './text.mjs'

const OPENING = '<!-- ai-implement-meta'
/** A body has 65,536 characters at most; this much of the ticket's text is kept, in characters of base64. */
const MOST_DESCRIPTION = 30_000

export function metadataBlock({ id, identifier, title, description }) {
  const kept = cut(description, Math.floor(MOST_DESCRIPTION / 4))
  const entries = {
    issue_id: plain(id),
    issue_identifier: plain(identifier),
    issue_title: plain(title),
    issue_description_b64: Buffer.from(kept).toString('base64'),
  }
  return [OPENING, ...Object.entries(entries).filter(([, value]) => value).map(([key, value]) => `${key}: ${value}`), '-->'].join('\n')
}

const plain = (text) => line(text, 500).replaceAll('--', '‐‐')
