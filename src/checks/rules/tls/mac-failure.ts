import { counted } from '../../../bytes/text.js';
import type { ConnectionRule } from '../../rule.js';

export const tlsMacFailure: ConnectionRule = {
  on: 'connection',
  id: 'tls/mac-failure',
  severity: 'error',
  reference: 'RFC 5246 §6.2.3',
  title: 'TLS records were damaged',
  explanation:
    'The MAC or authentication tag of some records does not match their content: bytes were changed or lost on the ' +
    'way, or between the wire and the capture.',
  check({ connection }, report) {
    const { macFailures } = connection;
    if (macFailures > 0) report(`${counted(macFailures, 'record')} with a wrong MAC or authentication tag`);
  },
};
