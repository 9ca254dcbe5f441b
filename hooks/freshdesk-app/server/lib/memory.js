'use strict';

// Which ticket a conversation belongs to, for the events that do not say so.
//
// The event of a deleted conversation names the conversation only, and that of an edited one may name its ticket by
// Freshdesk's internal number. Both numbers are known when a conversation or ticket is created, and kept then.

/** Long enough for nearly every edit; the reconciler has the rest. */
const KEPT_SECONDS = 180 * 24 * 3600;

const ofConversation = (id) => 'c' + id;
const ofInternal = (number) => 'm' + number;

/** Keeps what an event teaches. A store that is full or slow costs later events, not this one. */
exports.learn = async function (db, facts) {
  const entries = [];
  if (facts.conversationId) entries.push(ofConversation(facts.conversationId));
  if (facts.internalId && facts.internalId !== facts.ticketId) entries.push(ofInternal(facts.internalId));
  for (const entry of entries) {
    try {
      await db.set(entry, { ticket_id: facts.ticketId }, { ttl: KEPT_SECONDS });
    } catch (error) {
      console.log('Freshet: the ticket of a conversation could not be kept; the reconciler finds its later changes');
    }
  }
};

exports.ticketOfConversation = (db, id) => recall(db, ofConversation(id));
exports.ticketOfInternal = (db, number) => recall(db, ofInternal(number));

/** null when it was never kept, is forgotten, or cannot be read now. */
async function recall(db, entry) {
  try {
    const kept = await db.get(entry);
    return kept && kept.ticket_id ? kept.ticket_id : null;
  } catch (error) {
    return null;
  }
}
