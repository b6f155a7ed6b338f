// A second opinion on webhook signatures: GitHub's own JavaScript implementation, for a test to compare ours with.
// Owns nothing but the translation of lines; never decides what a valid signature is.
//
// Each line of standard input is a question, and each gets one line of answer:
//   {"mode":"sign","secret":S,"body":B}                  → {"signature":"sha256=…"}
//   {"mode":"verify","secret":S,"body":B,"signature":X}  → {"valid":true|false}
//   anything the library or this script refuses          → {"error":"…"}

import { createInterface } from "node:readline";
import { sign, verify } from "@octokit/webhooks-methods";

async function answer(line) {
  const { mode, secret, body, signature } = JSON.parse(line);
  switch (mode) {
    case "sign":
      return { signature: await sign(secret, body) };
    case "verify":
      return { valid: await verify(secret, body, signature) };
    default:
      throw new TypeError(`unknown mode ${JSON.stringify(mode)}`);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const reply = await answer(line).catch((error) => ({ error: error.message }));
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
