// What is done to words before a model or a person reads them.
//
// Owns that nothing hidden in a ticket reaches the model, and nothing hidden in a model's words reaches a comment.

// Zero-width and bidirectional controls, variation selectors beyond the first sixteen, and tag characters: people don't see them.
const INVISIBLE = /[\u00AD\u180E\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFEFF\u{E0000}-\u{E01EF}]/gu
// One that isn't closed hides all that follows it, as it does on GitHub.
const COMMENT = /<!--[\s\S]*?(?:-->|$)/g

/** Text as people see it: without comments and characters that nobody sees. */
export function visible(text) {
  let before
  let after = (text ?? '').replace(INVISIBLE, '')
  // What is left of a removed comment may make up another one.
  do [before, after] = [after, after.replace(COMMENT, '')]
  while (before !== after)
  return after
}

/** A model's words as a comment: they can neither hide anything nor call anybody. */
export function presentable(text) {
  return powerless(visible(text).replace(/(^|[^\w`/])@(?=[a-z\d])/gi, '$1@\u2060')).trim()
}

/** Words that GitHub obeys in commits and pull requests: they close issues, and keep checks from starting. */
export function powerless(text) {
  return text
    .replace(/\b(close[sd]?|fix(?:e[sd])?|resolve[sd]?)(:?\s+)(?=(?:[\w.-]+\/[\w.-]+)?#\d|https?:)/gi, '$1\u2060$2')
    .replace(/\[(?=(?:skip ci|ci skip|no ci|skip actions|actions skip)\])/gi, '[\u2060')
}

/** At most so many characters, with a word on what is missing. Never ends within a character. */
export function cut(text, most, marker = '\n\n[… cut]') {
  if (text.length <= most) return text
  const kept = text.slice(0, most - marker.length)
  return (/[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept) + marker
}

/** The same by bytes of UTF-8. */
export function cutBytes(text, most, marker = '\n\n[… cut]') {
  if (Buffer.byteLength(text) <= most) return text
  const kept = Buffer.from(text).subarray(0, most - Buffer.byteLength(marker))
  // What is left of a character that was cut is none.
  return new TextDecoder().decode(kept, { stream: true }) + marker
}

/** The end of it, where a program says why it failed. */
export const tail = (text, most) => (text.length <= most ? text : `…${text.slice(-most)}`)

/** One line of it. */
export const line = (text, most = 200) => cut((text ?? '').replace(/\s+/g, ' ').trim(), most, '…')
