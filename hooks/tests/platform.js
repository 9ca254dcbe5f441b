'use strict';

// A stand-in for the platform that runs the app: it loads the app's own files, fills its request template and calls its
// handlers. Code runs without process, Buffer and timers, as there. Only where requests go is changed: to `base`.

const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

const APP = path.join(__dirname, '..', 'freshdesk-app');
const json = (name) => JSON.parse(fs.readFileSync(path.join(APP, name), 'utf8'));

class Platform {
  /** `hides` lists Node modules that an app cannot load. */
  constructor({ base, iparams, hides = [], perMinute = 50 }) {
    this.base = base;
    this.iparams = iparams;
    this.hides = hides;
    this.perMinute = perMinute;
    this.kept = new Map();
    this.scheduled = [];
    this.rendered = [];
    this.log = [];
    this.requests = [];
    this.manifest = json('manifest.json');
    this.templates = json('config/requests.json');
    this.handlers = this.load(path.join(APP, 'server', 'server.js'), new Map());
  }

  /** Calls the handler that the manifest names for `event`. */
  async fire(event, data, more = {}) {
    const all = { ...this.manifest.modules.common.events, ...this.manifest.modules.support_ticket.events };
    const args = {
      region: 'US', account_id: '1093377', domain: 'tidewater.freshdesk.com', event,
      timestamp: Date.now() / 1000, data, iparams: this.iparams, ...more,
    };
    await this.handlers[all[event].handler](JSON.parse(JSON.stringify(args)));
  }

  /** Fires what is scheduled, as if its time had come. */
  async runSchedule() {
    for (const entry of this.scheduled.splice(0)) await this.fire('onScheduledEvent', entry.data);
  }

  load(file, loaded) {
    if (loaded.has(file)) return loaded.get(file);
    const platform = this;
    const context = vm.createContext({
      console: { log: (...words) => platform.log.push(words.join(' ')) },
      $request: { invokeTemplate: (name, options) => platform.invoke(name, options) },
      $db: {
        set: async (key, value) => void platform.kept.set(key, JSON.parse(JSON.stringify(value))),
        get: async (key) => {
          if (!platform.kept.has(key)) throw { status: 404, message: 'Record not found' };
          return platform.kept.get(key);
        },
      },
      $schedule: { create: async (entry) => void platform.scheduled.push(JSON.parse(JSON.stringify(entry))) },
      renderData: (...words) => platform.rendered.push(words),
      exports: {},
      require: (name) => {
        if (name.startsWith('.')) return platform.load(path.join(path.dirname(file), name + '.js'), loaded);
        if (platform.hides.includes(name)) throw new Error('Cannot find module ' + name);
        return require(name);
      },
    });
    // The value of `exports` afterwards counts, since server.js assigns a new object to it.
    const exported = vm.runInContext(fs.readFileSync(file, 'utf8') + '\n;exports', context, { filename: file });
    loaded.set(file, exported);
    return exported;
  }

  async invoke(name, { context = {}, body }) {
    if (!(name in this.manifest.modules.common.requests)) throw new Error(name + ' is not declared in the manifest');
    const { schema, options } = this.templates[name];
    if (options.maxAttempts !== 1) throw new Error('a repeated attempt would carry an old signature');
    if (this.requests.length >= this.perMinute) throw { status: 429, message: 'too many requests' };
    const fill = (text) =>
      text.replace(/<%= (iparam|context)\.(\w+) %>/g, (_, kind, key) => {
        const value = (kind === 'iparam' ? this.iparams : context)[key];
        if (value === undefined) throw new Error('nothing to fill ' + kind + '.' + key + ' with');
        return value;
      });
    const headers = Object.fromEntries(Object.entries(schema.headers).map(([key, value]) => [key, fill(value)]));
    const request = { host: fill(schema.host), path: fill(schema.path), headers, body };
    this.requests.push(request);
    let answer;
    try {
      answer = await fetch(this.base + request.path, { method: schema.method, headers, body, redirect: 'manual' });
    } catch (error) {
      throw { message: 'no answer' };
    }
    const result = { status: answer.status, response: await answer.text() };
    if (answer.status < 200 || answer.status > 299) throw result;
    return result;
  }
}

module.exports = { Platform, APP };
