// A small HTTP server on the loopback interface, for the scripted parties of a run.
//
// Owns reading a request whole, answering in JSON, and closing. Knows nothing of what is asked.

import { createServer } from 'node:http'

/**
 * Serves what `answer` does with each request, on a port of the system's choice where none is given.
 * @param {(request: {method: string, path: string, query: URLSearchParams, headers: object, bytes: Buffer, body: unknown},
 *   response: import('node:http').ServerResponse) => unknown} answer
 */
export async function serve(answer, { port = 0 } = {}) {
  const server = createServer(async (incoming, response) => {
    try {
      await answer(await whole(incoming), response)
    } catch (error) {
      console.error(error)
      if (!response.headersSent) json(response, 500, { message: `the test's own server failed: ${error.message}` })
      else response.destroy()
    }
  })
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      }),
  }
}

/** An address at which nobody listens: it was free a moment ago. */
export async function closedPort() {
  const server = await serve(() => {})
  await server.close()
  return server.url
}

export function json(response, status, body, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(body === undefined ? '' : JSON.stringify(body))
}

async function whole(incoming) {
  const parts = []
  for await (const part of incoming) parts.push(part)
  const bytes = Buffer.concat(parts)
  // The path stays as it was sent: an encoded model id is one segment.
  const [path, query = ''] = incoming.url.split(/\?(.*)/s)
  return { method: incoming.method, path, query: new URLSearchParams(query), headers: incoming.headers, bytes, body: parsed(bytes) }
}

function parsed(bytes) {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}
