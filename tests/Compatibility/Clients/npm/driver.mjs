// What the drivers of this folder share: how they are told what to do, and how they tell what happened.
import { readFileSync, writeSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

export { pause }
export const text = data => data === null || data === undefined ? null : data.toString()

/** One event a line, written before anything else is done: what a killed process has printed is all that it has done. */
export function say (event) {
  const line = Buffer.from(`${JSON.stringify(event)}\n`)
  for (let at = 0; at < line.length;) {
    try {
      at += writeSync(1, line, at)
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error
    }
  }
}

export const records = file => readFileSync(file, 'utf8').trimEnd().split('\n').map(line => JSON.parse(line))

export const terminated = new Promise(resolve => process.once('SIGTERM', resolve))

export function standardInputEnds () {
  const state = { now: false }
  process.stdin.on('end', () => { state.now = true }).resume()
  return state
}

export function end (code, message) {
  if (message) console.error(message)
  process.exit(code)
}

/** Runs the verb of the command line. Sockets that a client leaves open must not keep the process. */
export function finish (verbs) {
  verbs[process.argv[2]](JSON.parse(process.argv[3])).then(() => end(0), error => end(1, error.stack ?? error))
}
