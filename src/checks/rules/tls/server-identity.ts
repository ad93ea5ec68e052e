import type { ConnectionRule } from '../../rule.js';
import { frameText } from '../../tls/chain-rules.js';
import { intendedBy } from '../../tls/verdict.js';

export const tlsServerIdentity: ConnectionRule = {
  on: 'connection',
  id: 'tls/server-identity',
  severity: 'error',
  reference: 'RFC 5922 §7.3',
  title: 'server is not who the client meant',
  explanation:
    'The name in the server’s certificate is not the host that the client wanted: a client that asks for ' +
    'good.example.com and is given evil.example.com must generate an error or warning ' +
    '(draft-ietf-sipping-sec-flows-00 §8). The host is taken from the server name indication, else from the Route ' +
    'or Request-URI of the first request inside. Names count by RFC 5922 §7.1: sip: URIs and DNS names of the ' +
    'Subject Alternative Name, the common name only where there is none, no wildcards.',
  check({ connection, verdict }, report) {
    const { intended, identity } = verdict ?? {};
    if (intended === undefined || identity === undefined || identity.status === 'match') return;
    const asked = `the client asked for ${identity.expected} (${intendedBy(intended)})`;
    const where = frameText(connection.certificateFrame);
    if (identity.status === 'mismatch') {
      report(`${asked} and was given a certificate for ${identity.found.join(', ')}`, where);
    } else {
      report(`${asked} and was given a certificate that names no SIP domain`, where, 'warning');
    }
  },
};
