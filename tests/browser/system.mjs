// The whole system in a process of its own: the product, an embedded DynamoDB, a sandbox GitHub.
// Owns its start and its end, and the ways to move its world. Knows no page.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const BINARY = join(process.env.CARGO_TARGET_DIR, 'debug', 'ai-implement');
const WHOLE_GREETING = 'Ctrl-C ends it.';

// A running system.
export class System {
  static async start(environment = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'ai-implement-browser-'));
    const ports = { PORT: '0', SANDBOX_PORT: '0' };
    const child = spawn(BINARY, ['--fresh'], { cwd: folder, env: { ...process.env, ...ports, ...environment } });
    const greeting = await heard(child);
    const found = (pattern) => greeting.match(pattern)?.[1] ?? missing(pattern, greeting);
    return new System({
      child,
      folder,
      url: found(/running on (http:\S+)/),
      sandbox: found(/sandbox GitHub is on +(http:\S+)/),
      accessCode: found(/access code is ([0-9a-f]{32})/),
    });
  }

  constructor(parts) {
    Object.assign(this, parts);
  }

  async stop() {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }

  // Somebody writes a comment, as at GitHub.
  async comment(repo, number, user, body) {
    await this.tell('/_sandbox/comments', { repo, number, user, body });
  }

  // Sets something at GitHub, by the sandbox's own controls.
  async tell(path, body) {
    const answer = await fetch(this.sandbox + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${await answer.text()}`);
    return answer.text();
  }

  // What there is at GitHub.
  async state() {
    return (await fetch(`${this.sandbox}/_sandbox/state`)).json();
  }

  // Asks the admin's API, as somebody who holds the access code.
  async api(path, { method = 'GET', body } = {}) {
    this.token ??= await this.signedIn();
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' };
    const answer = await fetch(this.url + path, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path} answers ${answer.status}: ${await answer.text()}`);
    return answer.status === 204 ? undefined : answer.json();
  }

  async signedIn() {
    const answer = await fetch(`${this.url}/api/auth`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ accessCode: this.accessCode }),
    });
    return (await answer.json()).token;
  }
}

// Everything that the system says until it is up.
function heard(child) {
  return new Promise((resolve, reject) => {
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        said += `${line}\n`;
        if (line.includes(WHOLE_GREETING)) resolve(said);
      });
    }
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the system ended with ${code}:\n${said}`)));
  });
}

function missing(pattern, greeting) {
  throw new Error(`the greeting has no ${pattern}:\n${greeting}`);
}

// Looks until something is there; what it looks at last is what a failure shows.
export async function until(what, look, patience = 15_000) {
  const end = Date.now() + patience;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`${what} did not come about within ${patience} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
