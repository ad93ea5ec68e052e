import { firstHeader } from '../../../sip/message.js';
import type { MessageRule } from '../../rule.js';

export const contentTypeFolded: MessageRule = {
  on: 'message',
  about: 'folding',
  id: 'sip/content-type-folded',
  severity: 'note',
  reference: 'draft-ietf-sipping-sec-flows-00 §7.1',
  title: 'Content-Type is folded',
  explanation:
    'Folding is allowed (RFC 3261 §7.3.1), but a Content-Type broken across lines loses its boundary and other ' +
    'parameters in stacks that do not unfold. The draft says it should not be broken in actual implementations.',
  check({ message }, report) {
    const header = firstHeader(message, 'content-type');
    if (header === undefined) return;
    const value = message.bytes.subarray(header.valueStart, header.valueStart + header.valueLength);
    if (value.includes(0x0a)) report('the Content-Type header runs over several lines', 'Content-Type');
  },
};
