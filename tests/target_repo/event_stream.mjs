// AWS event-stream frames, as Bedrock's streaming answer has them.
//
// Owns the layout and the checksums. Never reads frames.
// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html

const STRING = 7
const PRELUDE_BYTES = 12
const CHECKSUM_BYTES = 4

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1
  return crc
})

/** CRC-32 as in gzip. */
export function crc32(bytes) {
  let crc = 0xffffffff
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

/** One event of a model, as Bedrock wraps it. */
export const chunk = (event) =>
  frame(
    { ':event-type': 'chunk', ':content-type': 'application/json', ':message-type': 'event' },
    JSON.stringify({ bytes: Buffer.from(JSON.stringify(event)).toString('base64') }),
  )

/** What ends a stream that went wrong after it began. */
export const exception = (type, message) =>
  frame({ ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' }, JSON.stringify({ message }))

function frame(headers, text) {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => header(name, value)))
  const payload = Buffer.from(text)
  const all = Buffer.alloc(PRELUDE_BYTES + head.length + payload.length + CHECKSUM_BYTES)
  all.writeUInt32BE(all.length, 0)
  all.writeUInt32BE(head.length, 4)
  all.writeUInt32BE(crc32(all.subarray(0, 8)), 8)
  head.copy(all, PRELUDE_BYTES)
  payload.copy(all, PRELUDE_BYTES + head.length)
  all.writeUInt32BE(crc32(all.subarray(0, all.length - CHECKSUM_BYTES)), all.length - CHECKSUM_BYTES)
  return all
}

function header(name, value) {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(Buffer.byteLength(value))
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([STRING]), length, Buffer.from(value)])
}
