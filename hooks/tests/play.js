'use strict';

// Plays events to the app and prints what came of each, one JSON object a line:
//   node play.js BASE COMPANY SECRET_FILE EVENTS_FILE [HIDDEN_MODULE...]
// EVENTS_FILE holds one {"event", "data"} a line.

const fs = require('node:fs');
const { Platform } = require('./platform');

async function main() {
  const [base, company, secretFile, eventsFile, ...hides] = process.argv.slice(2);
  const platform = new Platform({
    base, hides, perMinute: Infinity,
    iparams: {
      freshet_host: 'freshet.example.com', freshet_company: company,
      webhook_secret: fs.readFileSync(secretFile, 'utf8').trim(),
    },
  });
  for (const line of fs.readFileSync(eventsFile, 'utf8').split('\n').filter(Boolean)) {
    const { event, data } = JSON.parse(line);
    const before = platform.requests.length;
    await platform.fire(event, data);
    console.log(JSON.stringify({
      event, requests: platform.requests.slice(before), scheduled: platform.scheduled.splice(0).length,
      rendered: platform.rendered.splice(0), log: platform.log.splice(0),
    }));
  }
}

main();
