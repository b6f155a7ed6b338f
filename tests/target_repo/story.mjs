// What act tells while it runs, as a story: jobs, steps, outputs, annotations, log.
//
// Owns reading act's JSON lines. Judges nothing.

export class Story {
  currentJob
  unsupported = []
  annotations = []
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
    const annotation = /^::(error|warning|notice)(?: [^:]*)?::(.*)$/s.exec(entry.msg?.trim() ?? '') ?? annotated(entry)
    if (annotation) this.annotations.push({ job: entry.jobID, level: annotation[1], text: unescaped(annotation[2]) })
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

/** act takes the commands for annotations out of the log and gives their text a sign of its own. */
function annotated({ command, arg }) {
  return ['error', 'warning', 'notice'].includes(command) ? [undefined, command, arg] : undefined
}

const unescaped = (text) => text.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%')
