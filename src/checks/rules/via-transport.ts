import { firstHeader } from '../../sip/message.js';
import { parseVia } from '../../sip/via.js';
import type { MessageRule } from '../rule.js';

export const viaTransport: MessageRule = {
  on: 'message',
  id: 'sip/via-transport',
  severity: 'warning',
  reference: 'RFC 3261 §18.1.1',
  title: 'topmost Via names another transport',
  explanation:
    'The topmost Via says how the request travelled on this hop, and the response goes back the same way. Where it ' +
    'names another transport, responses get lost or go out unprotected.',
  check({ message, transport }, report) {
    if (transport === undefined) return;
    const header = firstHeader(message, 'via');
    if (header === undefined) return;
    const said = parseVia(header.value).transport;
    if (said !== '' && said.toLowerCase() !== transport) {
      report(`the topmost Via says ${said}, the message travelled over ${transport.toUpperCase()}`, 'Via');
    }
  },
};
