// Why a run can't go on, as a sentence for people: what happened, and what to do about it.
//
// Owns the distinction between that and a fault of this program's own. Never carries a secret.

export class Failure extends Error {}
