// What act tells while it runs, as a story: jobs, steps, outputs, log; and the annotations in what steps print.
//
// Owns reading act's JSON lines, and GitHub's commands in a step's words. Judges nothing.

export class Story {
  currentJob
  unsupported = []
  #rest = ''
  #entries = []

  /** Takes the next piece of act's output, which may end within a line. */
  hear(text) {
    const pieces = (this.#rest + text).split('\n')
    this.#rest = pieces.pop()
    for (const piece of pieces) this.#hearLine(piece)
  }

  #hearLine(line) {
    let entry
    try {
      entry = JSON.parse(line)
    } catch {
      entry = { msg: line }
    }
    this.#entries.push(entry)
    if (entry.jobID && !entry.jobResult) this.currentJob = entry.jobID
    if (/Skipping unsupported platform/.test(entry.msg)) this.unsupported.push(`${entry.jobID}: ${entry.msg}`)
  }

  /** `{jobs: [{id, result}], steps: [{job, id, name, result, outputs}], log}`. */
  end() {
    if (this.#rest) this.#hearLine(this.#rest)
    const jobs = this.#entries.filter(({ jobResult }) => jobResult).map(({ jobID, jobResult }) => ({ id: jobID, result: jobResult }))
    return { jobs, steps: this.#steps(), log: this.#entries.map(({ jobID = '', msg = '' }) => `[${jobID}] ${msg.trimEnd()}`).join('\n') }
  }

  #steps() {
    const steps = new Map()
    for (const { jobID, stepID, stage, step, stepResult, command, name, arg } of this.#entries) {
      if (stage !== 'Main' || stepID === undefined) continue
      const key = `${jobID}/${stepID.join('.')}`
      const seen = steps.get(key) ?? { job: jobID, id: stepID[0], name: step, result: undefined, outputs: {} }
      if (stepResult) seen.result = stepResult
      if (command === 'set-output') seen.outputs[name] = arg
      steps.set(key, seen)
    }
    return [...steps.values()]
  }
}

/** The annotations in what a step printed, as GitHub reads it: a step may ask it not to listen for a while. */
export function annotationsIn(job, printed) {
  const found = []
  let deafUntil
  for (const line of printed.split(/\r?\n/)) {
    const [, command, value] = /^::([\w-]+)(?: [^:]*)?::(.*)$/.exec(line.trim()) ?? []
    if (deafUntil !== undefined) {
      if (command === deafUntil) deafUntil = undefined
    } else if (command === 'stop-commands') deafUntil = value
    else if (['error', 'warning', 'notice'].includes(command)) found.push({ job, level: command, text: unescaped(value) })
  }
  return found
}

const unescaped = (text) => text.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%')
