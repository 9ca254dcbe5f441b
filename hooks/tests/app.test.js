'use strict';

const assert = require('node:assert');
const { createHmac } = require('node:crypto');
const http = require('node:http');
const test = require('node:test');
const { Platform } = require('./platform');

const KEY = Buffer.from('the key of the tests, 32 bytes!!');
const IPARAMS = {
  freshet_host: 'freshet.example.com', freshet_company: 'acme', webhook_secret: 'whsec_' + KEY.toString('base64'),
};

/** Runs `body` with an app and a listener that answers the statuses it was given, then 202. */
async function withApp(options, body) {
  const answers = [...(options.answers || [])];
  const got = [];
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      got.push({ url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(answers.length ? answers.shift() : 202).end();
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const base = 'http://127.0.0.1:' + server.address().port;
  try {
    await body(new Platform({ base, iparams: IPARAMS, ...options }), got);
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

/** By Node's own crypto, with nothing of the app's. */
function assertSigned(request) {
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = request.headers;
  const code = createHmac('sha256', KEY).update(`${id}.${time}.${request.body}`).digest('base64');
  assert.strictEqual(signature, 'v1,' + code);
  assert.ok(Math.abs(Number(time) - Date.now() / 1000) < 60);
  assert.ok(!id.includes('.') && id.length <= 255);
}

const ticket = (id, more = {}) => ({ ticket: { id, model_id: 62000000000 + id, subject: 'secret words', ...more } });
const message = (more) => ({ conversation: { id: 62099000101, body: 'secret words', ...more }, actor: { email: 'a@b.c' } });

const hasDependency = (() => {
  try {
    return Boolean(require.resolve('hash.js'));
  } catch {
    return false;
  }
})();

for (const hides of [[], ['crypto']]) {
  const means = hides.length ? 'the declared dependency' : "the runtime's crypto";
  const skip = hides.length > 0 && !hasDependency && 'the package hash.js is not here: the fallback was not tried';
  test(`every event becomes a small signed body, with ${means}`, { skip }, async () => {
    await withApp({ hides }, async (app, got) => {
      await app.fire('onTicketCreate', ticket(4711));
      await app.fire('onTicketUpdate', ticket(4711, { changes: { deleted: [false, true] } }));
      await app.fire('onTicketDelete', ticket(4711), { timestamp: '1772535767123', version: '1.0.0' });
      await app.fire('onConversationCreate', message({ ticket_id: 4711, notable_id: 62000004711 }));
      assert.strictEqual(got.length, 4);
      for (const request of got) {
        assertSigned(request);
        assert.strictEqual(request.url, '/webhooks/freshdesk/acme');
        assert.strictEqual(request.headers['content-type'], 'application/json');
        assert.strictEqual(JSON.parse(request.body).ticket_id, '4711');
        assert.ok(!/secret words|a@b\.c/.test(request.body));
      }
      assert.deepStrictEqual(got.map((it) => JSON.parse(it.body).event), [
        'onTicketCreate', 'onTicketUpdate', 'onTicketDelete', 'onConversationCreate',
      ]);
      assert.strictEqual(new Set(got.map((it) => it.headers['webhook-id'])).size, 4);
    });
  });
}

test('an event that the platform delivers twice has one id', async () => {
  await withApp({}, async (app, got) => {
    await app.fire('onTicketUpdate', ticket(7), { timestamp: 1772535767.25 });
    await app.fire('onTicketUpdate', ticket(7), { timestamp: 1772535767.25 });
    await app.fire('onTicketUpdate', ticket(7), { timestamp: 1772535767.5 });
    const ids = got.map((it) => it.headers['webhook-id']);
    assert.strictEqual(ids[0], ids[1]);
    assert.notStrictEqual(ids[1], ids[2]);
  });
});

test('an edited or deleted conversation is traced to its ticket by what was kept of its creation', async () => {
  await withApp({}, async (app, got) => {
    await app.fire('onConversationCreate', message({ ticket_id: 4711, notable_id: 62000004711 }));
    await app.fire('onConversationUpdate', message({ ticket_id: 62000004711, notable_id: 62000004711 }));
    await app.fire('onConversationDelete', { conversation: { id: 62099000101 } });
    assert.deepStrictEqual(got.map((it) => JSON.parse(it.body).ticket_id), ['4711', '4711', '4711']);
  });
});

test('an older conversation of a ticket that came by event is traced by the internal number', async () => {
  await withApp({}, async (app, got) => {
    await app.fire('onTicketCreate', ticket(4711));
    await app.fire('onConversationUpdate', message({ ticket_id: 62000004711, notable_id: 62000004711 }));
    assert.strictEqual(JSON.parse(got[1].body).ticket_id, '4711');
  });
});

test('a ticket that cannot be told is not guessed', async () => {
  await withApp({}, async (app, got) => {
    await app.fire('onConversationUpdate', message({ ticket_id: 62000004711, notable_id: 62000004711 }));
    await app.fire('onConversationUpdate', message({ ticket_id: 4711 }));
    await app.fire('onConversationDelete', { conversation: { id: 62099000199 } });
    await app.fire('onTicketUpdate', { ticket: { id: 'x; drop' } });
    await app.fire('onTicketUpdate', { ticket: { id: 2 ** 60 } });
    await app.fire('onTicketUpdate', {});
    assert.strictEqual(got.length, 0);
    assert.strictEqual(app.log.filter((line) => line.includes('the reconciler')).length, 6);
  });
});

test('an edited conversation that names its ticket beside the internal number is believed', async () => {
  await withApp({}, async (app, got) => {
    await app.fire('onConversationUpdate', message({ ticket_id: 4711, notable_id: 62000004711 }));
    assert.strictEqual(JSON.parse(got[0].body).ticket_id, '4711');
  });
});

test('a retry keeps the id and is signed anew, also by schedule', async () => {
  await withApp({ answers: [503, 503, 500] }, async (app, got) => {
    await app.fire('onTicketUpdate', ticket(7));
    assert.strictEqual(app.scheduled.length, 1);
    assert.ok(Date.parse(app.scheduled[0].schedule_at) - Date.now() > 5 * 60000);
    assert.match(app.scheduled[0].name, /^[a-z0-9]{1,30}$/);
    assert.ok(!JSON.stringify(app.scheduled).includes('whsec_'));
    await app.runSchedule();
    assert.strictEqual(got.length, 4);
    got.forEach(assertSigned);
    assert.strictEqual(new Set(got.map((it) => it.headers['webhook-id'])).size, 1);
    assert.strictEqual(app.scheduled.length, 0);
  });
});

test('a listener that stays down is given up in the end, and a refusal at once', async () => {
  await withApp({ answers: Array(30).fill(503) }, async (app, got) => {
    await app.fire('onTicketUpdate', ticket(7));
    let rounds = 0;
    while (app.scheduled.length && rounds < 20) {
      rounds += 1;
      await app.runSchedule();
    }
    assert.strictEqual(rounds, 4);
    assert.strictEqual(got.length, 10);
    assert.match(app.log.at(-1), /given up/);
  });
  await withApp({ answers: [401] }, async (app, got) => {
    await app.fire('onTicketUpdate', ticket(7));
    assert.strictEqual(got.length, 1);
    assert.strictEqual(app.scheduled.length, 0);
    assert.match(app.log[0], /401.*secret/);
    assert.ok(!app.log.join().includes('whsec_'));
  });
});

test('whoever is asked to slow down does not try again at once', async () => {
  await withApp({ answers: [429] }, async (app, got) => {
    await app.fire('onTicketUpdate', ticket(7));
    assert.strictEqual(got.length, 1);
    assert.strictEqual(app.scheduled.length, 1);
  });
});

test('what the platform holds back beyond 50 requests a minute is sent later', async () => {
  await withApp({}, async (app, got) => {
    for (let id = 1; id <= 60; id += 1) await app.fire('onTicketUpdate', ticket(id));
    assert.strictEqual(got.length, 50);
    assert.strictEqual(app.scheduled.length, 10);
    app.requests.length = 0;
    await app.runSchedule();
    assert.strictEqual(new Set(got.map((it) => JSON.parse(it.body).ticket_id)).size, 60);
  });
});

test('an installation is proved before it is accepted', async () => {
  const install = async (iparams, answers) => {
    let said;
    await withApp({ iparams: { ...IPARAMS, ...iparams }, answers }, async (app, got) => {
      await app.fire('onAppInstall', {});
      got.forEach(assertSigned);
      assert.strictEqual(app.rendered.length, 1);
      said = app.rendered[0][0];
    });
    return said && said.message;
  };
  assert.strictEqual(await install({}, [422]), undefined);
  assert.match(await install({}, [401]), /secret/);
  assert.match(await install({}, [404]), /404/);
  assert.match(await install({ freshet_host: 'https://freshet.example.com/' }, []), /Host/);
  assert.match(await install({ freshet_company: 'Acme Inc' }, []), /Company/);
  // The same bytes in another spelling.
  const loose = KEY.toString('base64').replace(/E=$/, 'F=');
  for (const secret of ['abc', 'whsec_' + loose, 'whsec_abc', 'whsec_QUJD', 'whsec_' + KEY.toString('base64').replace(/=$/, '')]) {
    assert.match(await install({ webhook_secret: secret }, []), /whsec_/);
  }
});
