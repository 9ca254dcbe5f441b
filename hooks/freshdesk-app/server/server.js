'use strict';

const delivery = require('./lib/delivery');
const memory = require('./lib/memory');
const settings = require('./lib/settings');
const signals = require('./lib/signal');

function platform() {
  return { request: $request, schedule: $schedule };
}

/** Sends first and remembers then: what is kept only helps later events. */
async function send(args, found, learns) {
  if (!found) {
    console.log('Freshet: ' + args.event + ' does not say which ticket it is about; the reconciler finds the change');
    return;
  }
  await delivery.deliver(platform(), args.iparams.webhook_secret, found.signal, 0);
  if (learns && found.facts) await memory.learn($db, found.facts);
}

exports = {
  onAppInstallHandler: async function (args) {
    const complaint = await settings.complaint(platform(), args.iparams || {});
    if (complaint) renderData({ message: complaint });
    else renderData();
  },

  onTicketCreateHandler: async function (args) {
    await send(args, signals.ofTicket(args), true);
  },

  onTicketUpdateHandler: async function (args) {
    await send(args, signals.ofTicket(args), false);
  },

  onTicketDeleteHandler: async function (args) {
    await send(args, signals.ofTicket(args), false);
  },

  onConversationCreateHandler: async function (args) {
    await send(args, await signals.ofConversation(args, $db), true);
  },

  onConversationUpdateHandler: async function (args) {
    await send(args, await signals.ofConversation(args, $db), false);
  },

  onConversationDeleteHandler: async function (args) {
    await send(args, await signals.ofConversation(args, $db), false);
  },

  onScheduledEventHandler: async function (args) {
    const data = args.data || {};
    if (data.signal) await delivery.deliver(platform(), args.iparams.webhook_secret, data.signal, data.round);
  },
};
