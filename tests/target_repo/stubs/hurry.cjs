// Lets the pauses of a program take no time; its deadlines stay as they are.
//
// Owns `node:timers/promises` only. Loaded before everything else, by NODE_OPTIONS.

const { syncBuiltinESMExports } = require('node:module')
const timers = require('node:timers/promises')

const { setTimeout: pause } = timers
timers.setTimeout = (_milliseconds, ...rest) => pause(1, ...rest)
syncBuiltinESMExports()
