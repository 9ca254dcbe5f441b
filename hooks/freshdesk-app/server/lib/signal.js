'use strict';

const memory = require('./memory');

// What is sent of an event: that this ticket may have changed. Events carry names, addresses and text of people; none
// of it leaves the help desk this way. Freshet reads the ticket itself.

/** The signal of a ticket event, with what it teaches; null when the event names no ticket. */
exports.ofTicket = function (args) {
  const ticket = (args.data && args.data.ticket) || {};
  const ticketId = digits(ticket.id);
  if (!ticketId) return null;
  return { signal: signal(args, ticketId, null), facts: { ticketId: ticketId, internalId: digits(ticket.model_id) } };
};

/**
 * The signal of a conversation event, with what it teaches; null when nobody can tell which ticket it is about.
 *
 * A new conversation names its ticket in ticket_id and the ticket's internal number in notable_id. An edited one may hold
 * the internal number in both, and a deleted one holds neither: then only what was kept counts. A wrong number would
 * have Freshet look at somebody else's ticket and leave the right one stale, so nothing is guessed.
 */
exports.ofConversation = async function (args, db) {
  const conversation = (args.data && args.data.conversation) || {};
  const conversationId = digits(conversation.id);
  const named = digits(conversation.ticket_id);
  const internal = digits(conversation.notable_id);
  if (!conversationId && !named) return null;

  if (named && internal !== named && (internal || args.event === 'onConversationCreate')) {
    const facts = { ticketId: named, conversationId: conversationId, internalId: internal };
    return { signal: signal(args, named, conversationId), facts: facts };
  }
  const kept =
    (conversationId && (await memory.ticketOfConversation(db, conversationId))) ||
    (named && (await memory.ticketOfInternal(db, named)));
  return kept ? { signal: signal(args, kept, conversationId), facts: null } : null;
};

/** One id an event, the same however often and from wherever it is sent, so that Freshet counts it once. */
function signal(args, ticketId, conversationId) {
  const event = /^on[A-Za-z]{1,40}$/.test(args.event) ? args.event : 'onEvent';
  const body = { event: event, ticket_id: ticketId };
  if (conversationId) body.conversation_id = conversationId;
  const account = digits(args.account_id);
  if (account) body.account_id = account;
  if (/^[A-Za-z0-9.-]{1,253}$/.test(args.domain)) body.domain = args.domain;
  const moment = String(args.timestamp === undefined ? '' : args.timestamp).replace(/[^0-9]/g, '').slice(0, 20);
  // Two changes at one moment need one look at the ticket; without a moment every event is one of its own.
  const mark = moment || String(Date.now()) + '-' + Math.floor(Math.random() * 1e9);
  return { id: ['fd', event, ticketId, conversationId || '0', mark].join('_'), body: JSON.stringify(body) };
}

/** A positive whole number as its digits; null for anything else, and for what a double cannot hold. */
function digits(value) {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  return typeof text === 'string' && /^[1-9][0-9]{0,18}$/.test(text) ? text : null;
}
