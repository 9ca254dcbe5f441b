'use strict';

const signature = require('./signature');

// Sends a signal until it is accepted, signing it anew for every attempt: a receiver refuses old signatures.
//
// The platform's own retries send the same signature again, so they are off. Two attempts are made at once, the others
// by schedule: an app may not wait, and a scheduled event lies at least five minutes ahead. That also is where signals
// go which the platform holds back beyond 50 requests a minute. After the last one the reconciler has it.

const ATTEMPTS_AT_ONCE = 2;
const MINUTES_UNTIL_NEXT = [6, 30, 120, 720];

/** One attempt; the status, 0 when there was none. */
exports.post = async function (platform, secret, signal) {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const context = {
    id: signal.id,
    timestamp: timestamp,
    signature: signature.sign(secret, signal.id, timestamp, signal.body),
  };
  try {
    const answer = await platform.request.invokeTemplate('sendSignal', { context: context, body: signal.body });
    return answer.status;
  } catch (error) {
    return error && Number.isInteger(error.status) ? error.status : 0;
  }
};

/** Round 0 comes with the event, the others by schedule. */
exports.deliver = async function (platform, secret, signal, round) {
  let status = 0;
  for (let attempt = 0; attempt < ATTEMPTS_AT_ONCE; attempt += 1) {
    status = await exports.post(platform, secret, signal);
    if (status >= 200 && status < 300) return;
    if (!isPassing(status)) {
      console.log('Freshet: a signal was refused for good with status ' + status + advice(status));
      return;
    }
    // Asked to slow down: another attempt at once would only be one more.
    if (status === 429) break;
  }
  await postpone(platform, signal, round, status);
};

function isPassing(status) {
  return status === 0 || status === 408 || status === 429 || status >= 500;
}

function advice(status) {
  return status === 401 ? ': the webhook secret or the company in the app settings is not what Freshet has' : '';
}

async function postpone(platform, signal, round, status) {
  const minutes = MINUTES_UNTIL_NEXT[round];
  if (minutes === undefined) {
    console.log('Freshet: a signal was given up, last status ' + status + '; the reconciler finds the change');
    return;
  }
  try {
    await platform.schedule.create({
      name: 'r' + round + Date.now().toString(36) + Math.floor(Math.random() * 1e9).toString(36),
      data: { signal: signal, round: round + 1 },
      schedule_at: new Date(Date.now() + minutes * 60000).toISOString(),
    });
  } catch (error) {
    console.log('Freshet: a signal could be neither sent nor scheduled; the reconciler finds the change');
  }
}
