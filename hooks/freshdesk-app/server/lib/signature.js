'use strict';

const bytes = require('./bytes');

const PREFIX = 'whsec_';

/** The key of a Standard Webhooks secret (24 to 64 bytes); null for a text that is none. */
exports.key = function (secret) {
  if (typeof secret !== 'string' || !secret.startsWith(PREFIX)) return null;
  const key = bytes.fromBase64(secret.slice(PREFIX.length));
  return key && key.length >= 24 && key.length <= 64 ? key : null;
};

/** The value of webhook-signature for this id, time (whole seconds) and body, all of them ASCII. */
exports.sign = function (secret, id, timestamp, body) {
  const key = exports.key(secret);
  if (!key) throw new Error('the webhook secret is not whsec_ and base64 of 24 to 64 bytes');
  return 'v1,' + bytes.toBase64(hmac(key, bytes.ofASCII(id + '.' + timestamp + '.' + body)));
};

/** HMAC-SHA256 by the runtime where it has it, else by the declared dependency, which needs nothing of the runtime. */
function hmac(key, message) {
  const crypto = runtimeCrypto();
  if (crypto) return crypto.createHmac('sha256', new Uint8Array(key)).update(new Uint8Array(message)).digest();
  const hash = require('hash.js');
  return hash.hmac(hash.sha256, key).update(message).digest();
}

function runtimeCrypto() {
  try {
    const crypto = require('crypto');
    return typeof crypto.createHmac === 'function' ? crypto : null;
  } catch (error) {
    // The platform does not say which of Node's own modules an app may load.
    return null;
  }
}
