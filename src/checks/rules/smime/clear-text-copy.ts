import type { MessageRule } from '../../rule.js';

export const clearTextCopy: MessageRule = {
  on: 'message',
  about: 'clear-text-copies',
  id: 'smime/clear-text-copy',
  severity: 'error',
  reference: 'RFC 3261 §26.2.4',
  title: 'what was encrypted travels in the clear as well',
  explanation:
    'The content of an encrypted body is found unencrypted in another message with the same Call-ID, or in another ' +
    'part of the same one: who sees that one need not break the encryption. Seen only where the encrypted body ' +
    'could be opened.',
  check({ clearTextCopies }, report) {
    for (const { path, length, other, sealedHere } of clearTextCopies) {
      report(
        sealedHere
          ? `the ${length} bytes encrypted here are also in the clear in ${other}`
          : `these ${length} bytes are in the clear, and encrypted in ${other}`,
        path,
      );
    }
  },
};
