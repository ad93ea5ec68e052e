import type { MessageRule } from '../../rule.js';

export const viaTransport: MessageRule = {
  on: 'message',
  about: 'hop',
  id: 'sip/via-transport',
  severity: 'warning',
  reference: 'RFC 3261 §18.1.1',
  title: 'topmost Via names another transport',
  explanation:
    'The topmost Via says how the request travelled on this hop, and the response goes back the same way. Where it ' +
    'names another transport, responses get lost or go out unprotected.',
  concerns: ({ transport, viaTransport }) =>
    transport !== undefined && viaTransport !== '' && viaTransport.toLowerCase() !== transport,
  check({ hop, transport = '' }, report) {
    report(
      `the topmost Via says ${hop.viaTransport}, the message travelled over ${transport.toUpperCase()}`,
      'Via',
    );
  },
};
