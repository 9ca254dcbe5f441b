'use strict';

const delivery = require('./delivery');
const signature = require('./signature');

/**
 * What is wrong with the installation parameters, for the person who entered them; null when all is well.
 *
 * The last check is a signed message that names no ticket. Freshet refuses it with 422 and keeps nothing of it, but only
 * after host, company and signature have proved right.
 */
exports.complaint = async function (platform, iparams) {
  if (!/^(?=.{1,253}$)[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(iparams.freshet_host || '')) {
    return 'Host of Freshet: enter the host name alone, like freshet.example.com';
  }
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(iparams.freshet_company || '')) {
    return 'Company: enter the last part of the webhook URL; it has lower-case letters, digits and dashes only';
  }
  if (!signature.key(iparams.webhook_secret)) {
    return 'Webhook secret: it begins with whsec_; enter it whole, as freshet company add or rotate-secret printed it';
  }
  const status = await delivery.post(platform, iparams.webhook_secret, { id: 'fd_installation_' + Date.now(), body: '{}' });
  if (status === 422) return null;
  if (status === 401) return 'Freshet does not know this company with this secret: check both, and that its scheme is standard';
  if (status === 0) return 'Freshet could not be reached at this host over https';
  return 'This host answers, but not as Freshet does (status ' + status + '): check it against the webhook URL';
};
