/**
 * The fast path for messages in the usual form (docs/fast-path.md): what other folders use of it.
 *
 * `MessageIndex.read` is the entry: it answers whether a message is plain, and where its parts stand. `isFaultless` answers
 * from the index whether the full parse could have a fault to report. Where either says no, the full parse is asked.
 */
export { isFaultless } from './faultless.js';
export { type IndexedName, MessageIndex } from './message-index.js';
export type { AddressPlaces } from './usual.js';
