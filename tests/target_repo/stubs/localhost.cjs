// Looks every name below localhost up as this machine, as browsers and curl do and the C library doesn't.
//
// Owns nothing else. Loaded before everything else, by NODE_OPTIONS. https://www.rfc-editor.org/rfc/rfc6761#section-6.3

const dns = require('node:dns')

const { lookup } = dns
dns.lookup = (name, ...rest) => lookup(name.endsWith('.localhost') ? '127.0.0.1' : name, ...rest)
